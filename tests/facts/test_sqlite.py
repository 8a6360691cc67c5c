"""What autosync takes for granted of SQLite, as Python's sqlite3 module brings it along."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.facts.session import Session, session
from tests.servers.database import LiveDatabase

LOCKED = "database is locked"
NO_WAIT = "PRAGMA busy_timeout = 0"


@pytest.fixture
def lite(sqlite: LiveDatabase) -> Iterator[Session]:
    with session(sqlite) as opened:
        opened.run(NO_WAIT)
        yield opened


def another(lite: Session) -> Session:
    """Another connection, which does not wait for locks."""
    other = lite.another()
    other.run(NO_WAIT)
    return other


def names(lite: Session, table: str = "t") -> list[str]:
    return lite.column(f"SELECT name FROM pragma_table_xinfo('{table}', 'main') ORDER BY cid")


# --- names ----------------------------------------------------------------------------------------


def test_column_names_fold_ascii_case_only(lite: Session) -> None:
    """fold() and names-collide."""
    assert lite.error("CREATE TABLE t (a int, A int)") == "duplicate column name: A"
    lite.run("CREATE TABLE t (ä int, Ä int)")
    assert names(lite) == ["ä", "Ä"]


def test_table_names_fold_ascii_case_only(lite: Session) -> None:
    lite.run("CREATE TABLE t (a int)", "CREATE TABLE ä (a int)", "CREATE TABLE Ä (a int)")
    assert lite.error("CREATE TABLE T (a int)") == "table T already exists"
    assert names(lite, "T") == ["a"]


def test_any_name_is_kept(lite: Session) -> None:
    """name_problem() has nothing to say."""
    odd = ["x" * 500, "a ", "a\N{GRINNING FACE}", 'a"b', "a`b", "a\nb", "select", "50% :x"]
    quoted = ['"' + name.replace('"', '""') + '" int' for name in odd]
    lite.run(f"CREATE TABLE t ({', '.join(quoted)})")
    assert names(lite) == odd


# --- texts of errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ddl"),
    [
        ("table t already exists", "CREATE TABLE t (a int)"),
        ("view v already exists", "CREATE TABLE v (a int)"),
        ("index i already exists", "CREATE INDEX i ON t (a)"),
        ("duplicate column name: A", "ALTER TABLE t ADD COLUMN A int"),
    ],
)
def test_what_exists_already(lite: Session, text: str, ddl: str) -> None:
    """It is an error; that somebody else has made it, the plan that follows tells."""
    lite.run("CREATE TABLE t (a int)", "CREATE INDEX i ON t (a)", "CREATE VIEW v AS SELECT 1 AS b")
    assert lite.error(ddl) == text


def test_a_shared_cache_is_locked_in_other_words() -> None:
    """is_busy() knows them: a table that is being written, and a schema that is being changed."""
    name = f"file:{uuid.uuid4()}?mode=memory&cache=shared"
    options = {"uri": True, "isolation_level": None, "timeout": 0}
    with closing(sqlite3.connect(name, **options)) as one:
        one.execute("CREATE TABLE t (a int)")
        with closing(sqlite3.connect(name, **options)) as two:
            two.execute("SELECT * FROM t")
            one.execute("BEGIN")
            one.execute("INSERT INTO t VALUES (1)")
            with pytest.raises(sqlite3.OperationalError, match=r"^database table is locked"):
                two.execute("SELECT * FROM t")
            one.execute("CREATE TABLE u (a int)")
            with pytest.raises(sqlite3.OperationalError, match=r"^database (table|schema) is "):
                two.execute("SELECT * FROM u")


# --- adding columns -------------------------------------------------------------------------------

NOT_NULL = "Cannot add a NOT NULL column with default value NULL"
NOT_CONSTANT = "Cannot add a column with non-constant default"
KEY_WITH_DEFAULT = "Cannot add a REFERENCES column with non-NULL default value"


@pytest.mark.parametrize(
    ("with_rows", "empty", "clause"),
    [
        (None, None, "int"),
        (None, None, "int DEFAULT 7 NOT NULL"),
        (None, None, "int DEFAULT (-1)"),
        (None, None, "int DEFAULT ('x')"),
        (None, None, "int DEFAULT - 1"),
        (None, None, "int DEFAULT true"),
        (None, None, "int DEFAULT 1e3"),
        (None, None, "int DEFAULT 0x10"),
        (None, None, "int DEFAULT x'00'"),
        (None, None, "int DEFAULT (NULL)"),
        (None, None, "text COLLATE NOCASE"),
        (None, None, "int AS (id + 1)"),
        (None, None, "int GENERATED ALWAYS AS (id + 1) VIRTUAL"),
        (None, None, "int CONSTRAINT k CHECK (a > 0)"),
        (None, None, "int CONSTRAINT k REFERENCES p (id) ON DELETE CASCADE DEFERRABLE"),
        (None, None, "int REFERENCES missing (id)"),
        (None, None, "int DEFAULT NULL REFERENCES p (id)"),
        (KEY_WITH_DEFAULT, None, "int DEFAULT 1 REFERENCES p (id)"),
        (NOT_NULL, None, "int NOT NULL"),
        (NOT_CONSTANT, None, "int DEFAULT (1 + 2)"),
        (NOT_CONSTANT, None, "int DEFAULT CURRENT_TIMESTAMP"),
        (NOT_CONSTANT, None, "int DEFAULT (datetime('now'))"),
        ("CHECK constraint failed", None, "int DEFAULT 0 CHECK (a > 0)"),
        ("cannot add a STORED column", None, "int AS (id + 1) STORED"),
        ("Cannot add a PRIMARY KEY column", "Cannot add a PRIMARY KEY column", "int PRIMARY KEY"),
        ("Cannot add a UNIQUE column", "Cannot add a UNIQUE column", "int UNIQUE"),
    ],
)
def test_add_column(lite: Session, with_rows: str | None, empty: str | None, clause: str) -> None:
    """What it refuses, with rows and without: rewrite(), adds_stored_columns, alter_table()."""
    lite.run("PRAGMA foreign_keys = ON", "CREATE TABLE p (id integer PRIMARY KEY)")
    lite.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "CREATE TABLE e (id int)")
    outcomes = [lite.error(f"ALTER TABLE {table} ADD COLUMN a {clause}") for table in ("t", "e")]
    assert outcomes == [with_rows, empty]


def test_a_key_with_a_default_is_refused_only_with_foreign_keys_on(lite: Session) -> None:
    lite.run("PRAGMA foreign_keys = OFF", "CREATE TABLE p (id integer PRIMARY KEY)")
    lite.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    assert lite.error("ALTER TABLE t ADD COLUMN a int DEFAULT 1 REFERENCES p (id)") is None


def test_a_default_fills_the_rows_there_are(lite: Session) -> None:
    lite.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    lite.run("ALTER TABLE t ADD COLUMN a int DEFAULT 7 NOT NULL")
    assert lite.rows("SELECT * FROM t") == [(1, 7)]


@pytest.mark.parametrize(
    "action",
    [
        "ADD COLUMN b int, ADD COLUMN c int",
        "ADD FOREIGN KEY (a) REFERENCES t (a)",
        "ADD CONSTRAINT k FOREIGN KEY (a, a) REFERENCES t (a, a)",
        "ADD CONSTRAINT k UNIQUE (a)",
        "DROP CONSTRAINT k",
        "ALTER COLUMN a TYPE text",
        "ALTER COLUMN a SET DEFAULT 7",
    ],
)
def test_what_alter_table_lacks(lite: Session, action: str) -> None:
    """One column at a time, and nothing else: adds_composite_keys, alters_columns."""
    lite.run("CREATE TABLE t (a int)")
    assert "syntax error" in lite.error(f"ALTER TABLE t {action}")


def test_what_alter_table_has(lite: Session) -> None:
    """The remedy of likely-rename."""
    lite.run("CREATE TABLE t (a int)", "ALTER TABLE t RENAME COLUMN a TO b")
    assert names(lite) == ["b"]


# --- foreign keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unique"),
    [
        (None, "CREATE UNIQUE INDEX u ON p (a)"),
        ("foreign key mismatch", "SELECT 1"),
        ("foreign key mismatch", "CREATE INDEX u ON p (a)"),
        ("foreign key mismatch", "CREATE UNIQUE INDEX u ON p (a) WHERE a > 0"),
        ("foreign key mismatch", "CREATE UNIQUE INDEX u ON p (a, b)"),
    ],
)
def test_a_key_to_what_is_not_unique_breaks_its_target(
    lite: Session, text: str | None, unique: str
) -> None:
    """It is accepted, and then every change of the target fails: foreign-key-target."""
    lite.run("PRAGMA foreign_keys = ON", "CREATE TABLE p (a int, b int)", unique)
    lite.run("INSERT INTO p VALUES (1, 2)", "CREATE TABLE t (id int)")
    lite.run("ALTER TABLE t ADD COLUMN a int REFERENCES p (a)")
    said = lite.error("DELETE FROM p")
    assert said is None if text is None else text in said


def test_target_columns_may_be_in_any_order(lite: Session) -> None:
    """foreign-key-target compares them as sets."""
    lite.run("PRAGMA foreign_keys = ON", "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))")
    lite.run("CREATE TABLE t (a int, b int, FOREIGN KEY (b, a) REFERENCES p (b, a))")
    lite.run("INSERT INTO p VALUES (1, 2)")
    assert lite.error("INSERT INTO t VALUES (1, 2)") is None


def test_a_unique_index_does_what_the_constraint_would(lite: Session) -> None:
    """As alter_table() adds it; NULLs are distinct in both."""
    lite.run("CREATE TABLE t (a int UNIQUE, b int)", "CREATE UNIQUE INDEX u ON t (b)")
    lite.run("INSERT INTO t VALUES (NULL, NULL), (NULL, NULL), (1, 2)")
    assert lite.error("INSERT INTO t VALUES (1, 3)") == "UNIQUE constraint failed: t.a"
    assert lite.error("INSERT INTO t VALUES (2, 2)") == "UNIQUE constraint failed: t.b"


# --- transactions and locks -----------------------------------------------------------------------


@pytest.mark.parametrize("undo", ["ROLLBACK", "ROLLBACK TO s"])
def test_ddl_is_undone(lite: Session, undo: str) -> None:
    """With its transaction or its savepoint, once BEGIN was really said."""
    lite.run("CREATE TABLE t (id int)", "BEGIN IMMEDIATE", "SAVEPOINT s")
    lite.run("ALTER TABLE t ADD COLUMN a int", "CREATE TABLE u (a int)", "CREATE INDEX i ON t (a)")
    lite.run(undo)
    assert lite.column("SELECT name FROM sqlite_master") == ["t"]
    assert names(lite) == ["id"]


@pytest.mark.parametrize(
    ("journal", "begin", "reads", "writes"),
    [
        ("delete", "BEGIN", True, True),
        ("delete", "BEGIN IMMEDIATE", True, False),
        ("delete", "BEGIN EXCLUSIVE", False, False),
        ("wal", "BEGIN IMMEDIATE", True, False),
        ("wal", "BEGIN EXCLUSIVE", True, False),
    ],
)
def test_begin(lite: Session, *, journal: str, begin: str, reads: bool, writes: bool) -> None:
    """Whom it keeps out."""
    lite.run("CREATE TABLE t (id int)")
    assert lite.value(f"PRAGMA journal_mode = {journal}") == journal
    assert lite.value("PRAGMA journal_mode") == journal
    other = another(lite)
    lite.run(begin)
    assert other.error("SELECT * FROM t") == (None if reads else LOCKED)
    assert other.error("BEGIN IMMEDIATE") == (None if writes else LOCKED)


def test_begin_exclusive_leaves_nothing_behind_when_it_fails(lite: Session) -> None:
    """New readers get in: it is tried again and again."""
    lite.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "BEGIN", "SELECT * FROM t")
    writer, reader = another(lite), another(lite)
    assert writer.error("BEGIN EXCLUSIVE") == LOCKED
    assert reader.error("SELECT * FROM t") is None


def test_a_busy_commit_keeps_readers_out_until_rollback(lite: Session) -> None:
    """Its PENDING lock stays: _commit() rolls back."""
    lite.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "BEGIN", "SELECT * FROM t")
    writer, reader = another(lite), another(lite)
    writer.run("BEGIN IMMEDIATE", "ALTER TABLE t ADD COLUMN a int")
    assert reader.error("SELECT * FROM t") is None
    assert writer.error("COMMIT") == LOCKED
    assert reader.error("SELECT * FROM t") == LOCKED
    writer.run("ROLLBACK")
    assert reader.error("SELECT * FROM t") is None
    assert names(reader) == ["id"]


def test_a_writer_does_not_wait_for_readers_in_wal(lite: Session) -> None:
    lite.run("PRAGMA journal_mode = wal", "CREATE TABLE t (id int)", "BEGIN", "SELECT * FROM t")
    writer = another(lite)
    assert writer.error("BEGIN IMMEDIATE", "ALTER TABLE t ADD COLUMN a int", "COMMIT") is None
    assert names(lite) == ["id"]


def test_busy_timeout_is_in_milliseconds(sqlite: LiveDatabase) -> None:
    """The driver's five seconds are told by the pragma, and put back by it."""
    with session(sqlite) as opened:
        assert opened.value("PRAGMA busy_timeout") == 5000
        opened.run("PRAGMA busy_timeout = 50")
        assert opened.value("PRAGMA busy_timeout") == 50


def test_busy_timeout_can_be_set_inside_a_transaction(lite: Session) -> None:
    lite.run("BEGIN", "PRAGMA busy_timeout = 50", "ROLLBACK")
    assert lite.value("PRAGMA busy_timeout") == 50


# --- the catalog ----------------------------------------------------------------------------------


def test_the_kinds_of_columns(lite: Session) -> None:
    """ "hidden": 0 plain, 1 a virtual table's own, 2 computed when read, 3 stored."""
    lite.run("CREATE TABLE t (a int, b VARCHAR(9) GENERATED ALWAYS AS (a), c int AS (a) STORED)")
    lite.run("CREATE VIRTUAL TABLE f USING fts5(body)")
    query = "SELECT name, type, hidden FROM pragma_table_xinfo('{}')"
    assert lite.rows(query.format("t")) == [
        ("a", "INT", 0),
        ("b", "VARCHAR(9)", 2),
        ("c", "INT", 3),
    ]
    assert lite.rows(query.format("f")) == [("body", "", 0), ("f", "", 1), ("rank", "", 1)]


def test_texts_are_kept(lite: Session) -> None:
    """Types in any words (a few standard ones in capitals), defaults without their parentheses."""
    lite.run("""
        CREATE TABLE t (a text DEFAULT 'x', b VARCHAR ( 10 ) DEFAULT (1+2), c 'foo bar' DEFAULT -1,
          d [x y] DEFAULT ((1)), e decimal(10, 2) DEFAULT 0.00, f uuid DEFAULT current_timestamp,
          g DATETIME DEFAULT ( datetime('now') ), h int DEFAULT NULL, i DEFAULT 'it''s')
    """)
    assert lite.rows("SELECT type, dflt_value FROM pragma_table_xinfo('t')") == [
        ("TEXT", "'x'"),
        ("VARCHAR ( 10 )", "1+2"),
        ("foo bar", "-1"),
        ("x y", "(1)"),
        ("decimal(10, 2)", "0.00"),
        ("uuid", "current_timestamp"),
        ("DATETIME", "datetime('now')"),
        ("INT", "NULL"),
        ("", "'it''s'"),
    ]


def test_the_text_of_a_table_grows_with_it(lite: Session) -> None:
    """As written, and so parse() finds what is told nowhere else."""
    lite.run("CREATE TABLE t (a int /* , ( */ CHECK(a>0) )")
    lite.run("ALTER TABLE t ADD COLUMN b text COLLATE NOCASE CONSTRAINT k CHECK (b <> ')')")
    assert lite.value("SELECT sql FROM sqlite_master WHERE name = 't'") == (
        "CREATE TABLE t (a int /* , ( */ CHECK(a>0) , "
        "b text COLLATE NOCASE CONSTRAINT k CHECK (b <> ')'))"
    )


def test_the_kinds_of_relations(lite: Session) -> None:
    """pragma_table_list knows shadow tables, which sqlite_master takes for tables."""
    lite.run("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT 1 AS one")
    lite.run("CREATE VIRTUAL TABLE f USING fts5(body)")
    if sqlite3.sqlite_version_info >= (3, 37):
        kinds = dict(lite.rows("SELECT name, type FROM pragma_table_list WHERE schema = 'main'"))
        wanted = {"t": "table", "v": "view", "f": "virtual", "f_data": "shadow"}
        assert {name: kinds[name] for name in wanted} == wanted
    told = dict(lite.rows("SELECT name, type FROM sqlite_master WHERE type <> 'index'"))
    assert {told[name] for name in ("t", "f", "f_data")} == {"table"}
    assert lite.value("SELECT sql FROM sqlite_master WHERE name = 'f'").split()[1] == "VIRTUAL"


def test_temporary_tables_shadow(lite: Session) -> None:
    """An ALTER would hit them: sqlite_temp_master tells them, and not-a-table refuses."""
    lite.run("CREATE TABLE t (id int)", "CREATE TEMPORARY TABLE t (a int)")
    lite.run("ALTER TABLE t ADD COLUMN b int")
    assert names(lite) == ["id"]
    assert lite.rows("SELECT type, name FROM sqlite_temp_master") == [("table", "t")]


def test_the_order_of_a_primary_key(lite: Session) -> None:
    lite.run("CREATE TABLE t (a int, b int, c int, PRIMARY KEY (c, a))")
    assert lite.column("SELECT pk FROM pragma_table_xinfo('t')") == [2, 0, 1]


@pytest.mark.parametrize(
    ("numbers", "columns"),
    [
        (True, "id INTEGER PRIMARY KEY, a int"),
        (True, "id integer, a int, PRIMARY KEY (id)"),
        (False, "id INT PRIMARY KEY, a int"),
        (False, "id BIGINT PRIMARY KEY, a int"),
        (False, "id INTEGER, a int, PRIMARY KEY (id, a)"),
    ],
)
def test_what_numbers_itself(lite: Session, numbers: bool, columns: str) -> None:  # noqa: FBT001
    """Only an INTEGER that is the whole primary key."""
    lite.run(f"CREATE TABLE t ({columns})", "INSERT INTO t (a) VALUES (7)")
    assert lite.column("SELECT id FROM t") == ([1] if numbers else [None])


def test_what_keys_tell(lite: Session) -> None:
    """The last comes first; no target columns for a bare REFERENCES; nothing of deferring."""
    lite.run("CREATE TABLE p (x int, y int, PRIMARY KEY (y, x))")
    lite.run(
        "CREATE TABLE t (a int, b int, FOREIGN KEY (a, b) REFERENCES p, FOREIGN KEY (b, a) "
        "REFERENCES p (x, y) ON UPDATE SET NULL ON DELETE CASCADE DEFERRABLE)"
    )
    query = 'SELECT id, "from", "to", on_update, on_delete FROM pragma_foreign_key_list(\'t\')'
    assert lite.rows(query + " ORDER BY id, seq") == [
        (0, "b", "x", "SET NULL", "CASCADE"),
        (0, "a", "y", "SET NULL", "CASCADE"),
        (1, "a", None, "NO ACTION", "NO ACTION"),
        (1, "b", None, "NO ACTION", "NO ACTION"),
    ]


def test_what_indexes_tell(lite: Session) -> None:
    """Where each comes from, and its parts; expressions and WHERE are in its text alone."""
    lite.run("CREATE TABLE t (a int UNIQUE, b text, c text, PRIMARY KEY (b))")
    create = "CREATE UNIQUE INDEX i on t (b desc, c collate NOCASE, lower(b)) where a > 0"
    lite.run(create)
    listed = "SELECT name, \"unique\", origin, partial FROM pragma_index_list('t')"
    assert sorted(lite.rows(listed)) == [
        ("i", 1, "c", 1),
        ("sqlite_autoindex_t_1", 1, "u", 0),
        ("sqlite_autoindex_t_2", 1, "pk", 0),
    ]
    parts = "SELECT cid, name, \"desc\", coll, key FROM pragma_index_xinfo('i') ORDER BY seqno"
    assert lite.rows(parts) == [
        (1, "b", 1, "BINARY", 1),
        (2, "c", 0, "NOCASE", 1),
        (-2, None, 0, "BINARY", 1),
        (-1, None, 0, "BINARY", 0),
    ]
    texts = lite.column("SELECT sql FROM sqlite_master WHERE type = 'index' ORDER BY name")
    assert texts == [create.replace("on t", "on t"), None, None]


def test_attached_databases_have_catalogs_of_their_own(lite: Session) -> None:
    """Whose name is the schema; the pragmas take it as an argument."""
    lite.run("ATTACH ':memory:' AS other", "CREATE TABLE other.t (a int)")
    assert names(lite) == []
    assert lite.column("SELECT name FROM pragma_table_xinfo('t', 'other')") == ["a"]
    assert lite.column("SELECT name FROM other.sqlite_master") == ["t"]


def test_views_are_resolved_when_they_are_read(lite: Session) -> None:
    """Their text is kept as it was, also of a star; and their triggers go with them."""
    lite.run("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT * FROM t -- all of it")
    lite.run("CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN SELECT 1; END")
    assert lite.column("SELECT sql FROM sqlite_master WHERE name = 'v'") == [
        "CREATE VIEW v AS SELECT * FROM t -- all of it"
    ]
    lite.run("ALTER TABLE t ADD COLUMN b int")
    assert lite.column("SELECT name FROM pragma_table_info('v')") == ["a", "b"]
    lite.run("DROP VIEW v")
    assert lite.column("SELECT name FROM sqlite_master WHERE type = 'trigger'") == []
