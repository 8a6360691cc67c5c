"""What autosync takes for granted of PostgreSQL.

Not here, because no small test proves them: how long a statement takes, that a batch of 500 new
tables fits into the lock table (53200 beyond), and stalls in the lock queue.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.facts.session import Session, session
from tests.servers.database import LiveDatabase

SHORT = "SET lock_timeout = '50ms'"
TRIED = "SELECT pg_try_advisory_xact_lock(101)"
NAMES = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = '{}'::regclass AND attnum > 0 ORDER BY attnum
"""


@pytest.fixture
def pg(postgresql: LiveDatabase) -> Iterator[Session]:
    with session(postgresql) as opened:
        yield opened


def names(pg: Session, table: str = "t") -> list[str]:
    return pg.column(NAMES.format(table))


def defaults(pg: Session, declared: list[tuple[str, str]]) -> list[str]:
    """How the server spells the defaults of columns of these types."""
    columns = [f"c{n} {type_} DEFAULT {text}" for n, (type_, text) in enumerate(declared)]
    pg.run(f"CREATE TABLE spelled ({', '.join(columns)})")
    return pg.column(
        "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef "
        "WHERE adrelid = 'spelled'::regclass ORDER BY adnum"
    )


# --- names ----------------------------------------------------------------------------------------


def test_names_are_cut_at_63_bytes_silently(pg: Session) -> None:
    """And the next start fails: name_problem() counts bytes, not characters."""
    add = f"ALTER TABLE t ADD COLUMN {'щ' * 40} int"
    pg.run("CREATE TABLE t (id int)", add)
    assert names(pg) == ["id", "щ" * 31]
    assert pg.error(add) == "42701"


def test_names_of_63_bytes_are_kept(pg: Session) -> None:
    pg.run(f"CREATE TABLE t ({'a' * 63} int)", f"CREATE TABLE {'t' * 64} (id int)")
    assert names(pg) == ["a" * 63]
    assert pg.value(f"SELECT to_regclass('{'t' * 63}') IS NOT NULL")


def test_long_labels_are_an_error(pg: Session) -> None:
    pg.run(f"CREATE TYPE e AS ENUM ('{'a' * 63}')")
    assert pg.error(f"ALTER TYPE e ADD VALUE '{'b' * 64}'") == "42602"


def test_column_names_keep_their_case(pg: Session) -> None:
    """fold() changes nothing."""
    pg.run('CREATE TABLE t (a int, "A" int, ä int, "Ä" int)')
    assert names(pg) == ["a", "A", "ä", "Ä"]


# --- codes of errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sqlstate", "sql"),
    [
        ("42P07", "CREATE TABLE t (id int)"),
        ("42P07", "CREATE TABLE v (id int)"),
        ("42P07", "CREATE INDEX i ON t (id)"),
        ("42P07", "CREATE SEQUENCE s"),
        ("42P07", "CREATE VIEW v AS SELECT 1 AS one"),
        ("42701", "ALTER TABLE t ADD COLUMN id int"),
        ("42710", "ALTER TABLE t ADD CONSTRAINT k CHECK (id > 0)"),
        ("42710", "CREATE TYPE e AS ENUM ('a')"),
        ("42710", "ALTER TYPE e ADD VALUE 'a'"),
    ],
)
def test_what_exists_already(pg: Session, sqlstate: str, sql: str) -> None:
    """It is an error, and the plan that follows tells why; a view is in the way as a table is."""
    pg.run("CREATE TABLE t (id int CONSTRAINT k CHECK (id > 0))", "CREATE INDEX i ON t (id)")
    pg.run("CREATE TYPE e AS ENUM ('a')", "CREATE SEQUENCE s", "CREATE VIEW v AS SELECT 1 AS one")
    assert pg.error(sql) == sqlstate


@pytest.mark.parametrize("clause", ["", "IF NOT EXISTS"])
def test_creating_at_the_same_time(pg: Session, clause: str) -> None:
    """It is an error also with IF NOT EXISTS; the plan that follows tells why."""
    other = pg.another()
    pid = other.value("SELECT pg_backend_pid()")
    other.run("SET lock_timeout = '9s'")
    pg.run("BEGIN", "CREATE TABLE t (id int)")
    create = f"CREATE TABLE {clause} t (id int)"
    asked = pg.later(lambda: other.error(create))
    waits = f"SELECT count(*) FROM pg_locks WHERE pid = {pid} AND NOT granted"
    while not asked.done() and not pg.value(waits):
        time.sleep(0.01)
    pg.run("COMMIT")
    assert asked.result() == "23505"


def test_the_index_of_a_race_is_named(pg: Session) -> None:
    assert pg.value("SELECT to_regclass('pg_catalog.pg_type_typname_nsp_index') IS NOT NULL")


def test_deadlock(pg: Session) -> None:
    """40P01, which is tried again."""
    pg.run("CREATE TABLE a (id int)", "CREATE TABLE b (id int)")
    other = pg.another()
    for one, table in ((pg, "a"), (other, "b")):
        one.run("SET deadlock_timeout = '20ms'", "BEGIN", f"LOCK TABLE {table}")
    asked = pg.later(lambda: other.error("LOCK TABLE a"))
    ours = pg.error("LOCK TABLE b")
    pg.run("ROLLBACK")
    theirs = asked.result()
    other.run("ROLLBACK")
    assert [ours, theirs].count("40P01") == 1


def test_a_failed_statement_ends_the_transaction(pg: Session) -> None:
    """25P02 until a savepoint is gone back to: what may fail runs in guarded()."""
    pg.run("BEGIN", "SAVEPOINT s")
    assert pg.error("SELECT nothing") == "42703"
    assert pg.error("SELECT 1") == "25P02"
    pg.run("ROLLBACK TO s")
    assert pg.error("SELECT 1") is None


# --- locks and timeouts ---------------------------------------------------------------------------


def test_lock_timeout(pg: Session) -> None:
    """55P03: an ALTER gives up waiting for a reader, and leaves nothing."""
    pg.run("CREATE TABLE t (id int)", "BEGIN", "SELECT * FROM t")
    other = pg.another()
    assert other.error(SHORT, "ALTER TABLE t ADD COLUMN a int") == "55P03"
    assert names(other) == ["id"]


def test_a_lock_timeout_of_zero_waits_for_ever(pg: Session) -> None:
    """Here until another limit ends it (57014): the patience is at least one millisecond."""
    pg.run("CREATE TABLE t (id int)", "BEGIN", "LOCK TABLE t")
    other = pg.another()
    other.run("SELECT set_config('lock_timeout', '0ms', false)", "SET statement_timeout = '50ms'")
    assert other.error("SELECT * FROM t") == "57014"


def test_set_config_is_undone_with_its_savepoint(pg: Session) -> None:
    """But not by releasing it: unit() puts the caller's timeout back."""
    now = "SELECT current_setting('lock_timeout')"
    local = "SELECT set_config('lock_timeout', '{}', true)"
    pg.run("SET lock_timeout = '7s'", "BEGIN", "SAVEPOINT s", local.format("50ms"))
    assert pg.value(now) == "50ms"
    pg.run("ROLLBACK TO s")
    assert pg.value(now) == "7s"
    pg.run("SAVEPOINT s", local.format("50ms"), "RELEASE s")
    assert pg.value(now) == "50ms"
    pg.run("COMMIT")
    assert pg.value(now) == "7s"


@pytest.mark.parametrize("value", ["0", "50ms", "2500ms", "1min"])
def test_a_timeout_can_be_put_back_as_it_is_told(pg: Session, value: str) -> None:
    shown = pg.value(f"SELECT set_config('lock_timeout', '{value}', false)")
    assert pg.value(f"SELECT set_config('lock_timeout', '{shown}', false)") == shown


def test_the_advisory_lock_does_not_wait(pg: Session) -> None:
    """True for one session (as often as it asks), False at once for all others until the end."""
    other = pg.another()
    pg.run("BEGIN")
    assert [pg.value(TRIED), pg.value(TRIED), other.value(TRIED)] == [True, True, False]
    pg.run("COMMIT", "BEGIN")
    assert other.value(TRIED)
    assert pg.value(TRIED)
    pg.run("ROLLBACK")
    assert other.value(TRIED)


def test_the_advisory_lock_goes_with_its_savepoint(pg: Session) -> None:
    """It is released by ROLLBACK TO, and kept by RELEASE until the transaction ends."""
    other = pg.another()
    pg.run("BEGIN", "SAVEPOINT s", TRIED, "ROLLBACK TO s")
    assert other.value(TRIED)
    pg.run("SAVEPOINT s", TRIED, "RELEASE s")
    assert not other.value(TRIED)


def test_the_advisory_lock_needs_a_transaction(pg: Session) -> None:
    """Without one it is gone with the statement: check_usable() rejects AUTOCOMMIT."""
    assert pg.value(TRIED)
    assert pg.another().value(TRIED)
    pg.run("SELECT set_config('lock_timeout', '50ms', true)")
    assert pg.value("SELECT current_setting('lock_timeout')") != "50ms"


def test_the_advisory_lock_is_the_databases(postgresql: LiveDatabase, pg: Session) -> None:
    """So that one key serves all databases of a server."""
    pg.run("BEGIN", TRIED)
    elsewhere = LiveDatabase("postgresql", postgresql.url.set(database="template1"))
    with session(elsewhere) as other:
        assert other.value(TRIED)
    elsewhere.dispose()


def test_comparing_again_needs_read_committed(pg: Session) -> None:
    """Under REPEATABLE READ the lock statement fixes what the catalog shows."""
    pg.run("CREATE TABLE t (id int)")
    other, third = pg.another(), pg.another()
    other.run("BEGIN ISOLATION LEVEL REPEATABLE READ", TRIED)
    third.run("BEGIN ISOLATION LEVEL READ COMMITTED", TRIED)
    pg.run("ALTER TABLE t ADD COLUMN a int")
    assert names(other) == ["id"]
    assert names(third) == ["id", "a"]


@pytest.mark.parametrize(
    ("blocks", "query"),
    [
        (True, "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = {}"),
        (True, "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conrelid = {}"),
        (True, "SELECT pg_get_indexdef(indexrelid, 1, false) FROM pg_index WHERE indrelid = {}"),
        (False, "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = {}"),
        (False, "SELECT relname, reltuples FROM pg_class WHERE oid = {}"),
        (False, "SELECT conname, conkey FROM pg_constraint WHERE conrelid = {}"),
    ],
)
def test_what_blocks_behind_an_alter(pg: Session, blocks: bool, query: str) -> None:  # noqa: FBT001
    """Only what spells expressions: read() asks that of the wanted tables alone."""
    pg.run("CREATE TABLE t (a int DEFAULT 1 + 1, CHECK (a > 0))")
    pg.run("CREATE INDEX i ON t ((a + 1))")
    oid = pg.value("SELECT 't'::regclass::oid")
    pg.run("BEGIN", "LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    other = pg.another()
    assert other.error(SHORT, query.format(oid)) == ("55P03" if blocks else None)


# --- transactions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ddl",
    [
        "CREATE TABLE new (id serial PRIMARY KEY)",
        "ALTER TABLE t ADD COLUMN a int",
        "CREATE INDEX i ON t (id)",
        "CREATE TYPE e AS ENUM ('a', 'b')",
        "ALTER TYPE old ADD VALUE 'b'",
        "CREATE SEQUENCE s",
        "COMMENT ON TABLE t IS 'x'",
        "CREATE TEMPORARY TABLE p (LIKE t) ON COMMIT DROP",
    ],
)
def test_ddl_is_undone_with_its_savepoint(pg: Session, ddl: str) -> None:
    """A probe leaves nothing, and neither does a unit that failed."""
    pg.run("CREATE TABLE t (id int)", "CREATE TYPE old AS ENUM ('a')")
    seen = """
        SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_type),
               (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_enum),
               (SELECT count(*) FROM pg_description)
    """
    pg.run("BEGIN")
    before = pg.rows(seen)
    pg.run("SAVEPOINT s", ddl)
    assert pg.rows(seen) != before
    pg.run("ROLLBACK TO s")
    assert pg.rows(seen) == before


def test_on_commit_drop(pg: Session) -> None:
    """A probe would not even outlive a commit."""
    pg.run("BEGIN", "CREATE TEMPORARY TABLE p (id int) ON COMMIT DROP", "COMMIT")
    assert pg.value("SELECT to_regclass('pg_temp.p')") is None


def test_an_alter_of_several_actions_is_atomic(pg: Session) -> None:
    pg.run("CREATE TABLE t (id int)")
    assert pg.error("ALTER TABLE t ADD COLUMN a int, ADD COLUMN id int") == "42701"
    assert names(pg) == ["id"]


def test_concurrently_needs_to_be_outside_a_transaction(pg: Session) -> None:
    """What gently() says."""
    pg.run("CREATE TABLE t (id int)", "BEGIN")
    assert pg.error("CREATE INDEX CONCURRENTLY i ON t (id)") == "25001"


# --- adding columns -------------------------------------------------------------------------------


def test_not_null_without_default_needs_an_empty_table(pg: Session) -> None:
    pg.run("CREATE TABLE t (id int)", "CREATE TABLE empty (id int)", "INSERT INTO t VALUES (1)")
    assert pg.error("ALTER TABLE t ADD COLUMN a int NOT NULL") == "23502"
    assert pg.error("ALTER TABLE empty ADD COLUMN a int NOT NULL") is None


def test_a_default_fills_the_rows_there_are(pg: Session) -> None:
    pg.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    pg.run("ALTER TABLE t ADD COLUMN a int DEFAULT 7 NOT NULL")
    assert pg.rows("SELECT * FROM t") == [(1, 7)]


@pytest.mark.parametrize(
    ("rewrites", "clause"),
    [
        (False, "int"),
        (False, "int DEFAULT 7 NOT NULL"),
        (False, "text DEFAULT 'x' COLLATE \"C\""),
        (False, "timestamptz DEFAULT now()"),
        (False, "timestamp DEFAULT CURRENT_TIMESTAMP"),
        (False, "int CHECK (a > 0)"),
        (False, "plain DEFAULT 1"),
        (False, "e DEFAULT 'a'"),
        (True, "float DEFAULT random()"),
        (True, "timestamptz DEFAULT clock_timestamp()"),
        (True, "uuid DEFAULT md5(random()::text)::uuid"),
        (True, "int DEFAULT nextval('s')"),
        (True, "serial"),
        (True, "int GENERATED BY DEFAULT AS IDENTITY"),
        (True, "int GENERATED ALWAYS AS (id + 1) STORED"),
        (True, "checked DEFAULT 1"),
    ],
)
def test_what_rewrites_the_table(pg: Session, rewrites: bool, clause: str) -> None:  # noqa: FBT001
    """The file of an empty copy in pg_temp changes exactly where the table's own does."""
    pg.run(
        "CREATE SEQUENCE s",
        "CREATE TYPE e AS ENUM ('a')",
        "CREATE DOMAIN plain AS int",
        "CREATE DOMAIN checked AS int CHECK (VALUE > 0)",
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t VALUES (1)",
        "BEGIN",
        "CREATE TEMPORARY TABLE copy (LIKE t) ON COMMIT DROP",
    )
    outcomes = [changes_its_file(pg, table, clause) for table in ("t", "pg_temp.copy")]
    assert outcomes == [rewrites, rewrites]


def changes_its_file(pg: Session, table: str, clause: str) -> bool:
    file = f"SELECT pg_relation_filenode('{table}'::regclass)"
    before = pg.value(file)
    pg.run(f"ALTER TABLE {table} ADD COLUMN a {clause}")
    return bool(pg.value(file) != before)


@pytest.mark.parametrize(
    ("scans", "clause"),
    [
        (0, "ADD COLUMN a int"),
        (0, "ADD COLUMN a int DEFAULT 1 NOT NULL"),
        (0, "ADD COLUMN a int REFERENCES parent (id)"),
        (0, "ADD COLUMN a int CONSTRAINT k REFERENCES parent (id) DEFERRABLE"),
        (1, "ADD COLUMN a int DEFAULT 1 REFERENCES parent (id)"),
        (1, "ADD COLUMN a int CHECK (a > 0)"),
        (1, "ADD FOREIGN KEY (id) REFERENCES parent (id)"),
        (0, "ADD FOREIGN KEY (id) REFERENCES parent (id) NOT VALID"),
    ],
)
def test_what_reads_the_rows(pg: Session, scans: int, clause: str) -> None:
    """Told by the transaction's own count of scans: a nullable inline key reads nothing."""
    pg.run("CREATE TABLE parent (id int PRIMARY KEY)", "INSERT INTO parent VALUES (1)")
    pg.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "BEGIN")
    pg.run(f"ALTER TABLE t {clause}")
    counted = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relid = 't'::regclass"
    assert pg.value(counted) == scans


def test_a_new_key_locks_its_target(pg: Session) -> None:
    """Writers of the target wait: one_parent_per_statement, and a hazard."""
    pg.run("CREATE TABLE parent (id int PRIMARY KEY)", "CREATE TABLE t (id int)", "BEGIN")
    pg.run("ALTER TABLE t ADD COLUMN a int REFERENCES parent (id)")
    locks = pg.column(
        "SELECT mode FROM pg_locks WHERE relation = 'parent'::regclass AND pid = pg_backend_pid()"
    )
    assert "ShareRowExclusiveLock" in locks
    assert "AccessExclusiveLock" not in locks
    other = pg.another()
    assert other.error(SHORT, "SELECT * FROM parent") is None
    assert other.error("INSERT INTO parent VALUES (1)") == "55P03"


@pytest.mark.parametrize(
    ("sqlstate", "ddl"),
    [
        ("42809", "ALTER TABLE v ADD COLUMN a int"),
        ("42809", "ALTER TABLE part ADD COLUMN a int"),
        ("42809", "ALTER TABLE typed ADD COLUMN a int"),
        (None, "ALTER TABLE parted ADD COLUMN a int"),
        (None, "ALTER FOREIGN TABLE far ADD COLUMN a int"),
        (None, "ALTER TABLE far ADD COLUMN b int"),
    ],
)
def test_what_takes_columns(pg: Session, sqlstate: str | None, ddl: str) -> None:
    """A foreign table does, but only on this side: not-a-table refuses it."""
    create_all_kinds(pg)
    assert pg.error(ddl) == sqlstate


def create_all_kinds(pg: Session) -> None:
    pg.run(
        "CREATE TABLE plain (id int)",
        "CREATE VIEW v AS SELECT id FROM plain",
        "CREATE MATERIALIZED VIEW m AS SELECT id FROM plain",
        "CREATE SEQUENCE s",
        "CREATE TABLE parted (id int) PARTITION BY LIST (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES IN (1)",
        "CREATE TYPE pair AS (id int)",
        "CREATE TABLE typed OF pair",
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER w",
        "CREATE FOREIGN TABLE far (id int) SERVER elsewhere",
        "CREATE TEMPORARY TABLE temp (id int)",
    )


# --- foreign keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sqlstate", "type_", "target"),
    [
        (None, "int", "bigint"),
        (None, "bigint", "smallint"),
        (None, "int", "numeric(9)"),
        (None, "text", "varchar(9)"),
        (None, "varchar(9)", "varchar(40)"),
        (None, "char(9)", "text"),
        ("42804", "int", "text"),
        ("42804", "varchar(9)", "int"),
        ("42804", "text", "uuid"),
    ],
)
def test_key_types(pg: Session, sqlstate: str | None, type_: str, target: str) -> None:
    """key_types_agree() allows whole families."""
    pg.run(f"CREATE TABLE parent (id {target} PRIMARY KEY)", "CREATE TABLE t (id int)")
    assert pg.error(f"ALTER TABLE t ADD COLUMN a {type_} REFERENCES parent (id)") == sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "unique"),
    [
        (None, "ALTER TABLE parent ADD UNIQUE (a)"),
        (None, "CREATE UNIQUE INDEX ON parent (a)"),
        ("42830", "CREATE INDEX ON parent (a)"),
        ("42830", "CREATE UNIQUE INDEX ON parent (a) WHERE b > 0"),
        ("42830", "CREATE UNIQUE INDEX ON parent (a, b)"),
        ("55000", "ALTER TABLE parent ADD UNIQUE (a) DEFERRABLE"),
        ("55000", "ALTER TABLE parent ADD PRIMARY KEY (a) DEFERRABLE"),
    ],
)
def test_key_targets(pg: Session, sqlstate: str | None, unique: str) -> None:
    """foreign-key-target: unique at once, over all rows, and no more columns than the key has."""
    pg.run("CREATE TABLE parent (a int, b int)", "CREATE TABLE t (id int)", unique)
    assert pg.error("ALTER TABLE t ADD COLUMN c int REFERENCES parent (a)") == sqlstate


def test_target_columns_may_be_in_any_order(pg: Session) -> None:
    """foreign-key-target compares them as sets."""
    pg.run("CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b))")
    assert (
        pg.error("CREATE TABLE t (a int, b int, FOREIGN KEY (b, a) REFERENCES parent (b, a))")
        is None
    )


def test_deferred_means_deferrable(pg: Session) -> None:
    """is_deferred() makes a key deferrable, too."""
    pg.run("CREATE TABLE p (id int PRIMARY KEY)")
    pg.run("CREATE TABLE t (a int REFERENCES p (id) INITIALLY DEFERRED)")
    found = pg.rows("SELECT condeferrable, condeferred FROM pg_constraint WHERE contype = 'f'")
    assert found == [(True, True)]


# --- enum types -----------------------------------------------------------------------------------


def test_a_new_label_cannot_be_used_before_it_is_committed(pg: Session) -> None:
    """55P04: each extended type is a unit of its own."""
    pg.run("CREATE TYPE e AS ENUM ('a', 'c')", "CREATE TABLE t (e e)", "BEGIN")
    pg.run("ALTER TYPE e ADD VALUE 'b' BEFORE 'c'")
    assert pg.error("ALTER TABLE t ADD COLUMN f e DEFAULT 'b'") == "55P04"
    pg.run("ROLLBACK", "ALTER TYPE e ADD VALUE 'b' BEFORE 'c'")
    assert pg.error("ALTER TABLE t ADD COLUMN f e DEFAULT 'b'") is None


def test_the_labels_of_a_new_type_can_be_used_at_once(pg: Session) -> None:
    """A probe makes the types that are missing, and then its table."""
    pg.run("BEGIN", "CREATE TYPE e AS ENUM ('a', 'b')")
    assert pg.error("CREATE TABLE t (e e DEFAULT 'b')") is None


def test_the_order_of_labels(pg: Session) -> None:
    """BEFORE puts a label in its place; enumsortorder tells it."""
    pg.run("CREATE TYPE e AS ENUM ('a', 'd')")
    pg.run("ALTER TYPE e ADD VALUE 'c' BEFORE 'd'", "ALTER TYPE e ADD VALUE 'b' BEFORE 'c'")
    assert pg.column("SELECT enumlabel FROM pg_enum ORDER BY enumsortorder") == list("abcd")


def test_the_kinds_of_types(pg: Session) -> None:
    """Every relation has a composite type, too: TYPES leaves those out by relkind."""
    pg.run("CREATE TYPE e AS ENUM ('a')", "CREATE DOMAIN d AS int", "CREATE TYPE c AS (id int)")
    pg.run("CREATE TABLE t (id int)")
    found = pg.rows("""
        SELECT t.typname, t.typtype::text, c.relkind::text FROM pg_type t
        LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typnamespace = 'public'::regnamespace AND t.typname IN ('e', 'd', 'c', 't')
        ORDER BY t.typname
    """)
    assert found == [("c", "c", "c"), ("d", "d", None), ("e", "e", None), ("t", "c", "r")]
    assert pg.error("CREATE TYPE d AS ENUM ('a')") == "42710"


# --- the catalog ----------------------------------------------------------------------------------


def test_the_kinds_of_relations(pg: Session) -> None:
    """What KINDS and _kind() tell apart."""
    create_all_kinds(pg)
    found = pg.rows("""
        SELECT relname, relkind::text, relispartition, reloftype <> 0, relpersistence::text
        FROM pg_class WHERE relname IN
          ('plain', 'v', 'm', 's', 'parted', 'part', 'typed', 'far', 'temp')
        ORDER BY relname
    """)
    assert found == [
        ("far", "f", False, False, "p"),
        ("m", "m", False, False, "p"),
        ("part", "r", True, False, "p"),
        ("parted", "p", False, False, "p"),
        ("plain", "r", False, False, "p"),
        ("s", "S", False, False, "p"),
        ("temp", "r", False, False, "t"),
        ("typed", "r", False, True, "p"),
        ("v", "v", False, False, "p"),
    ]


def test_temporary_tables_shadow(pg: Session) -> None:
    """Without being in current_schemas(false): RELATIONS asks for their schema by itself."""
    pg.run("CREATE TABLE t (id int)", "CREATE TEMPORARY TABLE t (a int)")
    assert pg.column("SELECT current_schemas(false)") == [["public"]]
    assert names(pg, "t") == ["a"]
    assert names(pg, "public.t") == ["id"]
    assert pg.value(
        "SELECT relnamespace = pg_my_temp_schema() FROM pg_class WHERE oid = 't'::regclass"
    )


def test_the_first_schema_of_the_path_wins(pg: Session) -> None:
    """array_position(current_schemas(false)) is the order in which a name is looked for."""
    pg.run("CREATE SCHEMA other", "CREATE TABLE t (id int)", "CREATE TABLE other.t (a int)")
    pg.run("SET search_path = other, nothing, public")
    assert pg.value("SELECT current_schemas(false)") == ["other", "public"]
    assert pg.value("SELECT current_schema()") == "other"
    assert names(pg, "t") == ["a"]


def test_the_estimate_of_rows(pg: Session) -> None:
    """-1 before the first ANALYZE (14 and later): the rows are counted then."""
    rows = "SELECT reltuples::bigint FROM pg_class WHERE relname = 't'"
    pg.run("CREATE TABLE t (id int)", "INSERT INTO t SELECT generate_series(1, 300)")
    if pg.value("SELECT current_setting('server_version_num')::int") >= 140000:
        assert pg.value(rows) == -1
    pg.run("ANALYZE t")
    assert pg.value(rows) == 300


def test_the_kinds_of_columns(pg: Session) -> None:
    """Identity, generated, serial and plain ones, with the expression that COLUMNS reads."""
    pg.run("""
        CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED BY DEFAULT AS IDENTITY,
                        c int GENERATED ALWAYS AS (e + 1) STORED, d serial, e int)
    """)
    found = pg.rows("""
        SELECT a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = 't'::regclass AND a.attnum > 0 ORDER BY a.attnum
    """)
    assert found == [
        ("a", "", None),
        ("d", "", None),
        ("", "s", "(e + 1)"),
        ("", "", "nextval('t_d_seq'::regclass)"),
        ("", "", None),
    ]


def test_a_dropped_column_stays_in_the_catalog(pg: Session) -> None:
    pg.run("CREATE TABLE t (id int, a int)", "ALTER TABLE t DROP COLUMN a")
    assert len(names(pg)) == 2
    assert pg.column(
        "SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass "
        "AND attnum > 0 AND NOT attisdropped"
    ) == ["id"]


def test_only_a_columns_own_collation_differs_from_its_types(pg: Session) -> None:
    pg.run('CREATE TABLE t (a text, b text COLLATE "C", c varchar COLLATE "default", d int)')
    assert pg.column("""
        SELECT CASE WHEN a.attcollation <> t.typcollation THEN
                 (SELECT collname FROM pg_collation c WHERE c.oid = a.attcollation) END
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = 't'::regclass AND a.attnum > 0 ORDER BY a.attnum
    """) == [None, "C", None, None]


def test_the_rules_of_keys(pg: Session) -> None:
    """The letters of confdeltype; and the columns of both sides in their order."""
    pg.run("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))")
    rules = ["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]
    for number, rule in enumerate(rules):
        pg.run(
            f"CREATE TABLE t{number} (a int, b int, "
            f"FOREIGN KEY (b, a) REFERENCES p (b, a) ON DELETE {rule})"
        )
    query = "SELECT confdeltype::text, conkey, confkey FROM pg_constraint WHERE contype = 'f'"
    found = pg.rows(query + " ORDER BY conrelid")
    assert [row[0] for row in found] == ["a", "r", "c", "n", "d"]
    assert found[0][1:] == ([2, 1], [2, 1])


def test_a_key_that_was_not_validated(pg: Session) -> None:
    """convalidated tells, and VALIDATE, the remedy, makes it true."""
    valid = "SELECT convalidated FROM pg_constraint WHERE conname = 'k'"
    pg.run("CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE t (id int)")
    pg.run("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES p (id) NOT VALID")
    assert not pg.value(valid)
    pg.run("ALTER TABLE t VALIDATE CONSTRAINT k")
    assert pg.value(valid)


def test_a_check_that_was_not_validated(pg: Session) -> None:
    """VALIDATE is the remedy here, too."""
    pg.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (0)")
    pg.run("ALTER TABLE t ADD CONSTRAINT k CHECK (id > 0) NOT VALID")
    assert not pg.value("SELECT convalidated FROM pg_constraint WHERE conname = 'k'")
    assert pg.error("ALTER TABLE t VALIDATE CONSTRAINT k") == "23514"


def test_inherited_checks_are_not_local(pg: Session) -> None:
    """CONSTRAINTS leaves them out."""
    pg.run("CREATE TABLE t (id int CONSTRAINT k CHECK (id > 0))")
    pg.run("CREATE TABLE u (CONSTRAINT l CHECK (id > 1)) INHERITS (t)")
    assert pg.rows(
        "SELECT conname, conislocal FROM pg_constraint WHERE conrelid = 'u'::regclass "
        "AND contype = 'c' ORDER BY conname"
    ) == [("k", False), ("l", True)]


def test_the_order_of_index_parts(pg: Session) -> None:
    """Bit 1 of indoption is DESC, bit 2 NULLS FIRST, and each implies the other if nothing is said.

    A part that is an expression has attribute number 0, pg_get_indexdef() spells it.
    """
    pg.run("CREATE TABLE t (a int, b text)")
    pg.run(
        "CREATE INDEX i ON t (a, a DESC, a NULLS FIRST, a DESC NULLS LAST, lower(b)) INCLUDE (b)"
    )
    found = pg.rows("""
        SELECT indoption::int2[]::int[], indkey::int2[]::int[], indnkeyatts::int,
               pg_get_indexdef(indexrelid, 5, false)
        FROM pg_index WHERE indexrelid = 'i'::regclass
    """)
    assert found == [([0, 3, 2, 1, 0], [1, 1, 1, 1, 0, 2], 5, "lower(b)")]


def test_an_index_that_was_not_finished(pg: Session) -> None:
    """It is not valid, and REINDEX CONCURRENTLY, the remedy, finishes it."""
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"
    pg.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (1)")
    assert pg.error("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)") == "23505"
    assert not pg.value(valid)
    pg.run("DELETE FROM t", "REINDEX INDEX CONCURRENTLY i")
    assert pg.value(valid)


def test_nulls_not_distinct(pg: Session) -> None:
    """Known from version 15 on, as is its column in pg_index."""
    known = pg.value("SELECT current_setting('server_version_num')::int") >= 150000
    pg.run("CREATE TABLE t (id int)")
    wanted = None if known else "42601"
    assert pg.error("ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (id)") == wanted
    assert pg.error("SELECT indnullsnotdistinct FROM pg_index") == (None if known else "42703")


def test_a_missing_type_is_null_to_to_regtype(pg: Session) -> None:
    """type_exists() asks without an error."""
    pg.run("CREATE SCHEMA s", "CREATE DOMAIN s.d AS int")
    names_ = [
        "s.d",
        "d",
        "nothing",
        "character varying(9)",
        "integer[]",
        "timestamp with time zone",
    ]
    known = [pg.value(f"SELECT to_regtype('{name}') IS NOT NULL") for name in names_]
    assert known == [True, False, False, True, True, True]


def test_row_security_off_fails_rather_than_hides(pg: Session) -> None:
    """42501: guarded() asks in this way, and takes no hidden row for none."""
    role = f"facts_{pg.value('SELECT pg_backend_pid()')}"
    pg.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", f"CREATE ROLE {role}")
    try:
        pg.run(f"GRANT SELECT ON t TO {role}", "ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        pg.run(f"SET ROLE {role}")
        assert pg.column("SELECT id FROM t") == []
        assert pg.error("SET row_security = off", "SELECT id FROM t") == "42501"
        pg.run("RESET ROLE")
    finally:
        pg.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


# --- a probe --------------------------------------------------------------------------------------


def test_like_copies_columns_alone(pg: Session) -> None:
    """Types and NOT NULL come along; defaults, keys, checks and indexes do not."""
    pg.run("CREATE TABLE t (id int PRIMARY KEY, a varchar(9) DEFAULT 'x' CHECK (a > ''))")
    pg.run("CREATE TEMPORARY TABLE p (LIKE t)")
    assert pg.rows("""
        SELECT format_type(atttypid, atttypmod), attnotnull, atthasdef FROM pg_attribute
        WHERE attrelid = 'pg_temp.p'::regclass AND attnum > 0 ORDER BY attnum
    """) == [("integer", True, False), ("character varying(9)", False, False)]
    assert pg.value("SELECT count(*) FROM pg_index WHERE indrelid = 'p'::regclass") == 0
    kinds = "SELECT contype::text FROM pg_constraint WHERE conrelid = 'p'::regclass"
    assert set(pg.column(kinds)) <= {"n"}  # NOT NULL, from version 18 on


def test_pg_temp_is_a_schema_to_name(pg: Session) -> None:
    pg.run("CREATE TEMPORARY TABLE p (id int)", "CREATE INDEX i ON pg_temp.p (id)")
    pg.run("ALTER TABLE pg_temp.p ADD COLUMN a int")
    assert names(pg, "pg_temp.p") == ["id", "a"]


def test_how_types_are_spelled(pg: Session) -> None:
    """SYNONYMS and what else normal_type() knows."""
    spelled = {
        "INT": "integer",
        "INT4": "integer",
        "INT8": "bigint",
        "INT2": "smallint",
        "BOOL": "boolean",
        "DECIMAL": "numeric",
        "NUMERIC(10)": "numeric(10,0)",
        "NUMERIC(10, 2)": "numeric(10,2)",
        "FLOAT": "double precision",
        "FLOAT(24)": "real",
        "FLOAT(25)": "double precision",
        "FLOAT8": "double precision",
        "FLOAT4": "real",
        "VARCHAR": "character varying",
        "VARCHAR(9)": "character varying(9)",
        "CHAR": "character(1)",
        "CHAR(9)": "character(9)",
        "BIT": "bit(1)",
        "VARBIT": "bit varying",
        "BIT VARYING(4)": "bit varying(4)",
        "TIMESTAMP": "timestamp without time zone",
        "TIMESTAMPTZ": "timestamp with time zone",
        "TIMESTAMP(3)": "timestamp(3) without time zone",
        "TIME": "time without time zone",
        "TIMETZ": "time with time zone",
        "INTEGER[][]": "integer[]",
        "INTERVAL DAY TO SECOND": "interval day to second",
    }
    columns = [f"c{number} {type_}" for number, type_ in enumerate(spelled)]
    pg.run(f"CREATE TABLE t ({', '.join(columns)})")
    found = pg.column(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert dict(zip(spelled, found, strict=True)) == spelled


def test_how_defaults_are_spelled(pg: Session) -> None:
    """normal_default() takes these casts off."""
    spelled = {
        ("varchar(9)", "'x'"): "'x'::character varying",
        ("varchar(9)", "'it''s'"): "'it''s'::character varying",
        ("int", "-1"): "'-1'::integer",
        ("int", "'7'"): "7",
        ("numeric(9, 2)", "0"): "0",
        ("numeric(9, 2)", "'0'"): "'0'::numeric",
        ("numeric(9, 2)", "1e3"): "'1000'::numeric",
        ("json", "'{}'"): "'{}'::json",
        ("boolean", "'t'"): "true",
        ("boolean", "false"): "false",
        ("int", "1 + 1"): "(1 + 1)",
        ("int", "(0)"): "0",
        ("timestamptz", "CURRENT_TIMESTAMP"): "CURRENT_TIMESTAMP",
        ("timestamptz", "now()"): "now()",
        ("timestamp", "timezone('utc', now())"): "timezone('utc'::text, now())",
        ("text", "current_user"): "CURRENT_USER",
    }
    assert dict(zip(spelled, defaults(pg, list(spelled)), strict=True)) == spelled


def test_a_default_of_null(pg: Session) -> None:
    """It is none: some are kept with a cast, and some not at all."""
    assert defaults(pg, [("varchar(9)", "NULL"), ("int", "NULL")]) == ["NULL::character varying"]


def test_now_is_one_moment(pg: Session) -> None:
    """NOW: these three mean the same."""
    assert pg.value("SELECT now() = CURRENT_TIMESTAMP AND now() = transaction_timestamp()")


# --- views ----------------------------------------------------------------------------------------


def test_replacing_a_view_resets_its_options(pg: Session) -> None:
    pg.run("CREATE TABLE t (a int, b int)")
    pg.run("CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t")
    pg.run("CREATE OR REPLACE VIEW v AS SELECT a, b FROM t")
    assert pg.column("SELECT reloptions FROM pg_class WHERE relname = 'v'") == [None]


@pytest.mark.parametrize("columns", ["b", "a::bigint", "b, a"])
def test_a_view_keeps_the_columns_it_has(pg: Session, columns: str) -> None:
    pg.run("CREATE TABLE t (a int, b int)", "CREATE VIEW v AS SELECT a FROM t")
    assert pg.error(f"CREATE OR REPLACE VIEW v AS SELECT {columns} FROM t") == "42P16"


def test_a_star_becomes_the_columns_there_are(pg: Session) -> None:
    """Also where only rows are asked for."""
    pg.run("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT EXISTS (SELECT * FROM t) AS e")
    pg.run("ALTER TABLE t ADD COLUMN b int")
    assert "EXISTS ( SELECT t.a\n" in pg.value("SELECT pg_get_viewdef('v'::regclass)")


# --- what came after 12 ---------------------------------------------------------------------------

NEWER = {
    "SELECT gen_random_uuid()": 13,
    "SELECT NULL::int4multirange": 14,
    "SELECT ('{}'::jsonb)['a']": 14,
    "SHOW idle_session_timeout": 14,
    "REINDEX INDEX at_once": 14,
    "ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (n)": 15,
    "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t ON DELETE SET NULL (n)": 15,
    "SHOW debug_parallel_query": 16,
    "SHOW transaction_timeout": 17,
    "ALTER TABLE d ADD EXCLUDE USING btree (n WITH =)": 17,
    "ALTER TABLE t ADD v int GENERATED ALWAYS AS (n + 1) VIRTUAL": 18,
    "ALTER TABLE t ADD CONSTRAINT o NOT NULL n NOT VALID": 18,
    "ALTER TABLE t ADD CHECK (n > 0) NOT ENFORCED": 18,
    "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES t NOT ENFORCED": 18,
    "ALTER TABLE d ADD FOREIGN KEY (n) REFERENCES t NOT VALID": 18,
    "CREATE TABLE w (m int4range, n int4range, PRIMARY KEY (m, n WITHOUT OVERLAPS))": 18,
    "SELECT conenforced, conperiod FROM pg_constraint": 18,
}
"""The first version that takes each: queries.SINCE, limits.py and settings.py go by them."""


@pytest.mark.parametrize("sql", NEWER)
def test_the_version_that_brought_it(pg: Session, sql: str) -> None:
    pg.run(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "CREATE TABLE d (n int) PARTITION BY LIST (n)",
        "CREATE INDEX at_once ON d (n)",
    )
    version = int(pg.value("SHOW server_version_num")) // 10_000
    assert (pg.error(sql) is None) == (version >= NEWER[sql])


def test_not_valid_is_not_null_for_the_catalog(pg: Session) -> None:
    """Since 18, what was never validated counts as NOT NULL in pg_attribute all the same."""
    pg.run("CREATE TABLE t (n int)")
    added = pg.error("ALTER TABLE t ADD CONSTRAINT o NOT NULL n NOT VALID") is None
    seen = pg.value(
        "SELECT attnotnull FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum = 1"
    )
    assert seen is added


def test_what_is_not_enforced_is_not_validated_either(pg: Session) -> None:
    pg.run("CREATE TABLE t (n int)")
    if pg.error("ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT ENFORCED") is None:
        assert pg.error("ALTER TABLE t VALIDATE CONSTRAINT c") == "55000"
        assert pg.column("SELECT convalidated FROM pg_constraint WHERE conname = 'c'") == [False]


def test_a_key_to_a_partitioned_table_has_a_row_for_each_partition(pg: Session) -> None:
    pg.run(
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (19)",
        "CREATE TABLE t (n int REFERENCES p)",
    )
    rows = "SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'f'"
    assert pg.value(rows) == 3
    assert pg.value(f"{rows} AND conparentid = 0") == 1


def test_an_expression_in_a_partition_key_is_column_0(pg: Session) -> None:
    pg.run("CREATE TABLE t (a int, b text) PARTITION BY RANGE (a, lower(b))")
    assert pg.value("SELECT partattrs::text FROM pg_partitioned_table") == "1 0"


def test_dropped_columns_count(pg: Session) -> None:
    """They stay in relnatts, and 1,600 is the end."""
    pg.run(f"CREATE TABLE t ({', '.join(f'c{n} int' for n in range(1600))})")
    pg.run("ALTER TABLE t DROP COLUMN c0")
    assert pg.value("SELECT relnatts FROM pg_class WHERE oid = 't'::regclass") == 1600
    assert pg.error("ALTER TABLE t ADD COLUMN d int") == "54011"


def test_concurrently_is_not_for_partitioned_tables(pg: Session) -> None:
    pg.run("CREATE TABLE t (n int) PARTITION BY LIST (n)")
    assert pg.error("CREATE INDEX CONCURRENTLY ON t (n)") == "0A000"


def test_read_write_has_to_come_first(pg: Session) -> None:
    """A transaction that is read-only by default can only be made another one before it reads."""
    pg.run("SET default_transaction_read_only = on", "BEGIN", "SET TRANSACTION READ WRITE")
    pg.run("CREATE TABLE t (n int)", "ROLLBACK", "BEGIN", "SELECT 1 FROM pg_class")
    assert pg.error("SET TRANSACTION READ WRITE") == "25001"


def test_a_part_of_a_date_style_leaves_the_other(pg: Session) -> None:
    pg.run("SET DateStyle = 'German'", "SET DateStyle = 'ISO'")
    assert pg.value("SHOW DateStyle") == "ISO, DMY"
