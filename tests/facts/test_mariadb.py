"""What autosync takes for granted of MariaDB, and as far as it is the same, of MySQL.

Not here, because no small test proves it: how long a statement takes. A
deadlock between DDL statements (1213) is not provoked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from autosync.dialects.mysql import locks
from tests.facts.session import Session, session
from tests.servers.database import LiveDatabase

INSTANT = "ALGORITHM=INSTANT"
NOT_INSTANT = {1845, 1846}
WAITING = (
    "SELECT count(*) FROM information_schema.processlist "
    "WHERE db = DATABASE() AND state LIKE 'Waiting for table metadata lock'"
)


pytestmark = pytest.mark.databases("mariadb", "mysql")
MARIADB = pytest.mark.databases("mariadb")
"""What MySQL does otherwise; test_mysql.py says how."""
ALIKE: dict[int, set[int | None]] = {
    1005: {1005, 1824, 3780, 6125},
    1103: {1103, 1059},
    1826: {1826, 3822},
    1901: {1901, 3818},
}
"""With which numbers MySQL may say what MariaDB says with one."""


def alike(number: int | None) -> set[int | None]:
    return {number} if number is None else ALIKE.get(number, {number})


@pytest.fixture
def my(database: LiveDatabase) -> Iterator[Session]:
    with session(database) as opened:
        yield opened


def names(my: Session, table: str = "t") -> list[str]:
    return described(my, "column_name", table)


def described(my: Session, what: str, table: str = "t") -> list[Any]:
    """Something about each column, from information_schema."""
    return my.column(
        f"SELECT {what} FROM information_schema.columns WHERE table_schema = DATABASE() "
        f"AND table_name = '{table}' ORDER BY ordinal_position"
    )


def printed(my: Session, table: str = "t") -> str:
    """What SHOW CREATE TABLE prints."""
    return str(my.rows(f"SHOW CREATE TABLE {table}")[0][1])


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (None, "a" * 64),
        (None, "щ" * 64),
        (1059, "a" * 65),
        (1166, "a "),
        (None, "a`b%c:d'e.f"),
    ],
)
def test_column_names(my: Session, number: int | None, name: str) -> None:
    """64 characters of the basic plane, and no space at the end."""
    my.run("CREATE TABLE t (id int)")
    assert my.error(f"ALTER TABLE t ADD COLUMN `{name.replace('`', '``')}` int") == number
    assert names(my)[1:] == ([name] if number is None else [])


@pytest.mark.parametrize(
    ("number", "name"),
    [(None, "t" * 64), (1103, "t" * 65), (1103, "t ")],
)
def test_table_names(my: Session, number: int | None, name: str) -> None:
    assert my.error(f"CREATE TABLE `{name}` (id int)") in alike(number)


@MARIADB
def test_names_beyond_the_basic_plane(my: Session) -> None:
    my.run("CREATE TABLE t (id int)")
    assert my.error("ALTER TABLE t ADD COLUMN `a\N{GRINNING FACE}` int") == 1300
    assert my.error("CREATE TABLE `t\N{GRINNING FACE}` (id int)") == 1300


@pytest.mark.parametrize(
    ("number", "one", "two"),
    [
        (1060, "a", "A"),
        (1060, "ä", "Ä"),
        (1060, "щ", "Щ"),
        (1060, "id", "İd"),
        (None, "e", "é"),
        (None, "ss", "ß"),
        (None, "a_b", "a b"),
    ],
)
def test_column_names_fold_case(my: Session, number: int | None, one: str, two: str) -> None:
    """Of all letters, but not accents: fold() and names-collide."""
    assert my.error(f"CREATE TABLE t (`{one}` int, `{two}` int)") == number


# --- codes of errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "ddl"),
    [
        (1050, "CREATE TABLE t (id int)"),
        (1050, "CREATE TABLE v (id int)"),
        (1060, "ALTER TABLE t ADD COLUMN ID int"),
        (1061, "ALTER TABLE t ADD INDEX i (id)"),
        (1826, "ALTER TABLE t ADD CONSTRAINT k CHECK (id > 0)"),
    ],
)
def test_what_exists_already(my: Session, number: int, ddl: str) -> None:
    """It is an error; that somebody else has made it, the plan that follows tells."""
    my.run("CREATE TABLE t (id int, INDEX i (id), CONSTRAINT k CHECK (id > 0))")
    my.run("CREATE VIEW v AS SELECT 1 AS one")
    assert my.error(ddl) in alike(number)


# --- transactions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commits", "ddl"),
    [
        (True, "CREATE TABLE new (id int)"),
        (True, "ALTER TABLE t ADD COLUMN a int"),
        (True, "CREATE INDEX i ON t (id)"),
        (True, "CREATE TABLE t (id int)"),
        (False, "CREATE TEMPORARY TABLE p (id int)"),
        (False, "DROP TEMPORARY TABLE IF EXISTS p"),
        (False, "SHOW CREATE TABLE t"),
        (False, "SET SESSION lock_wait_timeout = 9"),
        (False, "SELECT GET_LOCK('facts', 0)"),
    ],
)
def test_what_commits(my: Session, commits: bool, ddl: str) -> None:  # noqa: FBT001
    """Every DDL statement does, even one that fails; a probe on a temporary table does not."""
    my.run("CREATE TABLE t (id int)", "BEGIN", "INSERT INTO t VALUES (1)")
    my.error(ddl)
    my.run("ROLLBACK")
    assert my.column("SELECT id FROM t") == [1] * commits


@MARIADB
def test_a_sequence_commits(my: Session) -> None:
    my.run("CREATE TABLE t (id int)", "BEGIN", "INSERT INTO t VALUES (1)", "CREATE SEQUENCE s")
    my.run("ROLLBACK")
    assert my.column("SELECT id FROM t") == [1]


def test_an_alter_of_several_actions_is_atomic(my: Session) -> None:
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (1)")
    assert my.error("ALTER TABLE t ADD COLUMN a int, ADD UNIQUE (id)") == 1062
    assert names(my) == ["id"]


def test_create_table_is_atomic(my: Session) -> None:
    """With its indexes and keys inside it, none of them is lost."""
    create = "CREATE TABLE t (id int, INDEX i (id), FOREIGN KEY (id) REFERENCES {} (id))"
    assert my.error(create.format("missing")) in alike(1005)
    assert names(my) == []
    my.run("CREATE TABLE parent (id int PRIMARY KEY)", create.format("parent"))
    assert "KEY `i` (`id`)" in printed(my)


# --- locks and timeouts ---------------------------------------------------------------------------


def test_get_lock_survives_implicit_commits(my: Session) -> None:
    """One lock around all units, until it is released."""
    other = my.another()
    assert my.value("SELECT GET_LOCK('facts.1', 0)") == 1
    my.run("CREATE TABLE t (id int)", "BEGIN", "COMMIT")
    assert other.value("SELECT GET_LOCK('facts.1', 0)") == 0
    assert my.value("SELECT RELEASE_LOCK('facts.1')") == 1
    assert other.value("SELECT GET_LOCK('facts.1', 0)") == 1


@MARIADB
def test_get_lock_is_the_servers(my: Session) -> None:
    """So the database is in its name, as a digest: MySQL takes 64 characters, MariaDB 192. SHA1(),
    which MySQL 9.6 no longer has, is ours.
    """
    other = my.another()
    other.run("USE information_schema")
    my.run("SELECT GET_LOCK('facts.2', 0)")
    assert other.value("SELECT GET_LOCK('facts.2', 0)") == 0
    assert len(locks.named("x" * 64, "secret")) <= 64
    assert my.error(f"SELECT GET_LOCK('{'x' * 192}', 0)") is None
    assert my.error(f"SELECT GET_LOCK('{'x' * 193}', 0)") == 1059


def test_get_lock_can_be_nested(my: Session) -> None:
    """The session that has it gets it again, and has to release it as often."""
    other = my.another()
    assert [my.value("SELECT GET_LOCK('facts.3', 0)") for _ in range(2)] == [1, 1]
    my.run("SELECT RELEASE_LOCK('facts.3')")
    assert other.value("SELECT GET_LOCK('facts.3', 0)") == 0


@MARIADB
def test_get_lock_takes_fractions_of_a_second(my: Session) -> None:
    my.run("SELECT GET_LOCK('facts.4', 0)")
    other = my.another()
    start = time.monotonic()
    assert other.value("SELECT GET_LOCK('facts.4', 0.05)") == 0
    assert 0.04 < time.monotonic() - start < 0.9


@pytest.mark.parametrize(
    "ddl", [f"ALTER TABLE t ADD COLUMN a int, {INSTANT}", "LOCK TABLES t WRITE"]
)
def test_who_waits_for_a_table_makes_a_victim(my: Session, ddl: str) -> None:
    """1213, at once, for the transaction that has read the table and is now to write to it."""
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "BEGIN", "SELECT * FROM t")
    other, third = my.another(), my.another()
    waiting = other.later(lambda: other.error(ddl))
    limit = time.monotonic() + 20
    while not third.value(WAITING):
        assert time.monotonic() < limit
    assert my.error("UPDATE t SET id = 2") == 1213
    assert waiting.result(20) is None


@pytest.mark.parametrize(
    "ddl", [f"ALTER TABLE t ADD COLUMN a int, {INSTANT}", "LOCK TABLES t WRITE"]
)
def test_who_does_not_wait_makes_none(my: Session, ddl: str) -> None:
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "BEGIN", "SELECT * FROM t")
    other = my.another()
    other.run("SET SESSION lock_wait_timeout = 0, innodb_lock_wait_timeout = 0")
    assert other.error(ddl) == 1205
    assert my.error("UPDATE t SET id = 2", "COMMIT") is None
    assert other.error(ddl) is None


def test_a_key_can_be_added_under_lock_tables(my: Session) -> None:
    """To the table that is locked for writing, if the one that it points at is for reading."""
    my.run("CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE t (id int)")
    my.run("LOCK TABLES t WRITE, p READ", "ALTER TABLE t ADD COLUMN a int REFERENCES p (id)")
    my.run("UNLOCK TABLES")
    assert names(my) == ["id", "a"]


def test_lock_wait_timeout(my: Session) -> None:
    """1205, after whole seconds: a fraction is an error, and zero does not wait."""
    my.run("CREATE TABLE t (id int)", "BEGIN", "SELECT * FROM t")
    other = my.another()
    assert other.error("SET SESSION lock_wait_timeout = 0.5") == 1232
    alter = "ALTER TABLE t ADD COLUMN a int"
    assert other.error("SET SESSION lock_wait_timeout = 1", alter) == 1205
    assert other.error("SET SESSION lock_wait_timeout = 0", alter) == 1205


@pytest.mark.parametrize("variable", ["lock_wait_timeout", "innodb_lock_wait_timeout"])
def test_a_timeout_can_be_put_back_as_it_is_told(my: Session, variable: str) -> None:
    before = my.value(f"SELECT @@SESSION.{variable}")
    my.run(f"SET SESSION {variable} = 3", f"SET SESSION {variable} = {before}")
    assert my.value(f"SELECT @@SESSION.{variable}") == before


def test_reading_does_not_wait_for_an_open_transaction(my: Session) -> None:
    my.run("CREATE TABLE t (id int)", "BEGIN", "INSERT INTO t VALUES (1)")
    other = my.another()
    other.run("SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1")
    assert names(other) == ["id"]
    assert "`id`" in printed(other)


# --- adding columns -------------------------------------------------------------------------------


@MARIADB
def test_not_null_without_default_invents_values(my: Session) -> None:
    """They are accepted: not-null-without-default refuses them."""
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    my.run(
        "ALTER TABLE t ADD COLUMN a int NOT NULL, ADD COLUMN b varchar(9) NOT NULL, "
        "ADD COLUMN c date NOT NULL, ADD COLUMN d enum('x', 'y') NOT NULL, "
        f"ADD COLUMN e json NOT NULL, {INSTANT}"
    )
    assert my.rows("SELECT a, b, CAST(c AS char), d, e FROM t") == [(0, "", "0000-00-00", "x", "")]
    assert my.error("UPDATE t SET a = 1") == 4025


def test_a_default_fills_the_rows_there_are(my: Session) -> None:
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    my.run(f"ALTER TABLE t ADD COLUMN a int DEFAULT 7 NOT NULL, {INSTANT}")
    assert my.rows("SELECT * FROM t") == [(1, 7)]


@pytest.mark.parametrize(
    ("instant", "actions"),
    [
        (True, "ADD COLUMN a int"),
        (True, "ADD COLUMN a int, ADD COLUMN b int"),
        (True, "ADD COLUMN a int DEFAULT 7 NOT NULL"),
        (True, "ADD COLUMN a varchar(9) COLLATE utf8mb4_bin DEFAULT 'x(' COMMENT 'y'"),
        (True, "ADD COLUMN a datetime DEFAULT CURRENT_TIMESTAMP"),
        (True, "ADD COLUMN a date DEFAULT CURRENT_DATE"),
        (True, "ADD COLUMN a int AS (id + 1) VIRTUAL"),
        (True, "ADD COLUMN a json"),
        (False, "ADD COLUMN a varchar(36) DEFAULT (uuid())"),
        (False, "ADD COLUMN a int DEFAULT nextval(s)"),
        (False, "ADD COLUMN a int AS (id + 1) STORED"),
        (False, "ADD COLUMN a int AS (id + 1) VIRTUAL, ADD COLUMN b int"),
        (False, "ADD COLUMN a int DEFAULT (id)"),
        (False, "ADD COLUMN a int AUTO_INCREMENT UNIQUE"),
        (False, "ADD COLUMN a int, ADD UNIQUE (a)"),
        (False, "ADD COLUMN a int, ADD INDEX (a)"),
        (False, "ADD COLUMN a int, ADD CHECK (a > 0)"),
        (False, "ADD COLUMN a int, ADD FOREIGN KEY (a) REFERENCES parent (id)"),
    ],
)
@MARIADB
def test_what_is_instant(my: Session, instant: bool, actions: str) -> None:  # noqa: FBT001
    """1845 or 1846 for what is not: rewrite(), and the promise of a step."""
    my.run("CREATE TABLE parent (id int PRIMARY KEY)", "CREATE SEQUENCE s")
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    number = my.error(f"ALTER TABLE t {actions}, {INSTANT}")
    assert number is None if instant else number in NOT_INSTANT


@pytest.mark.parametrize(
    "options",
    ["ENGINE=MyISAM", "ENGINE=Aria", "ROW_FORMAT=COMPRESSED", "COMMENT='fulltext'"],
)
@MARIADB
def test_where_nothing_is_instant(my: Session, options: str) -> None:
    """Another engine, a compressed table or a FULLTEXT index: _engine_obstacle()."""
    index = ", FULLTEXT (a)" if "fulltext" in options else ""
    my.run(f"CREATE TABLE t (a text{index}) {options}", "INSERT INTO t VALUES ('x')")
    assert my.error(f"ALTER TABLE t ADD COLUMN b int, {INSTANT}") in NOT_INSTANT
    engine, form = my.rows(
        "SELECT engine, row_format FROM information_schema.tables WHERE table_schema = DATABASE()"
    )[0]
    told = {"ENGINE": engine, "ROW_FORMAT": form.upper()}
    name, _, value = options.partition("=")
    assert told.get(name, value) == value


@MARIADB
def test_rand_gives_all_rows_the_same_value(my: Session) -> None:
    """It counts as instant: rewrite() refuses defaults that are not constant."""
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (2)")
    my.run(f"ALTER TABLE t ADD COLUMN a double DEFAULT (rand()), {INSTANT}")
    assert my.value("SELECT count(DISTINCT a) FROM t") == 1


@MARIADB
def test_an_inline_check_is_not_validated(my: Session) -> None:
    """Without a name, in ADD COLUMN: alter_table() adds it as the table's, which is (4025)."""
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    my.run("ALTER TABLE t ADD COLUMN a int DEFAULT 0 CHECK (a > 0)")
    assert my.column("SELECT a FROM t") == [0]
    assert my.error("ALTER TABLE t ADD COLUMN b int DEFAULT 0, ADD CHECK (b > 0)") == 4025


@MARIADB
def test_a_named_inline_check_is_a_syntax_error(my: Session) -> None:
    my.run("CREATE TABLE t (id int)")
    assert my.error("ALTER TABLE t ADD COLUMN a int CONSTRAINT k CHECK (a > 0)") == 1064
    assert my.error("ALTER TABLE t ADD COLUMN a int, ADD CONSTRAINT k CHECK (a > 0)") is None


@MARIADB
def test_system_versioned_tables_take_no_columns(my: Session) -> None:
    """4119; their table_type is told by KINDS."""
    my.run("CREATE TABLE t (id int) WITH SYSTEM VERSIONING")
    assert my.error("ALTER TABLE t ADD COLUMN a int") == 4119


def test_modify_forgets_what_it_is_not_told(my: Session) -> None:
    """Remedies repeat the whole definition."""
    my.run("CREATE TABLE t (a int DEFAULT 7 NOT NULL COMMENT 'x')", "ALTER TABLE t MODIFY a bigint")
    assert re.search(r"`a` bigint(\(20\))? DEFAULT NULL", printed(my))


# --- foreign keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "type_", "target"),
    [
        (None, "int", "int"),
        (None, "integer(4)", "int"),
        (None, "varchar(9)", "varchar(40)"),
        (None, "char(9)", "char(4)"),
        (1005, "int", "bigint"),
        (1005, "int", "int unsigned"),
        (1005, "int", "varchar(9)"),
        (1005, "varchar(9)", "varchar(9) CHARACTER SET latin1"),
    ],
)
def test_key_types(my: Session, number: int | None, type_: str, target: str) -> None:
    """key_types_agree(): the same type and sign; lengths do not matter."""
    my.run(f"CREATE TABLE parent (id {target} PRIMARY KEY)", "CREATE TABLE t (id int)")
    alter = f"ALTER TABLE t ADD COLUMN a {type_}, ADD FOREIGN KEY (a) REFERENCES parent (id)"
    assert my.error(alter) in alike(number)


def test_a_key_needs_an_index_of_its_target(my: Session) -> None:
    my.run("CREATE TABLE parent (a int)", "CREATE TABLE t (a int)")
    key = "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES parent (a)"
    assert my.error(key) in alike(1005)
    assert my.error("CREATE UNIQUE INDEX u ON parent (a)", key) is None


def test_target_columns_have_to_be_in_the_order_of_their_index(my: Session) -> None:
    my.run("CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b))")
    key = "CREATE TABLE {0} (a int, b int, FOREIGN KEY ({1}) REFERENCES parent ({1}))"
    assert my.error(key.format("t", "b, a")) in alike(1005)
    assert my.error(key.format("t", "a, b")) is None


def test_the_implicit_index_of_a_key(my: Session) -> None:
    """It has the key's name and columns, and is not made where there is one."""
    my.run("CREATE TABLE parent (id int PRIMARY KEY)")
    key = "CONSTRAINT k FOREIGN KEY (a) REFERENCES parent (id)"
    my.run(f"CREATE TABLE t (a int, {key})")
    indexes = (
        "SELECT index_name, column_name FROM information_schema.statistics "
        "WHERE table_schema = DATABASE() AND table_name = '{}'"
    )
    assert my.rows(indexes.format("t")) == [("k", "a")]
    my.run(f"CREATE TABLE u (a int, INDEX i (a), {key.replace('k ', 'l ', 1)})")
    assert my.rows(indexes.format("u")) == [("i", "a")]


@MARIADB
def test_restrict_is_no_action(my: Session) -> None:
    """Both refuse at once, also within a transaction; the catalog has only one of them to tell."""
    my.run("CREATE TABLE p (id int PRIMARY KEY)", "INSERT INTO p VALUES (1)")
    for rule in ("RESTRICT", "NO ACTION"):
        my.run(
            "CREATE OR REPLACE TABLE t (a int, FOREIGN KEY (a) REFERENCES p (id) "
            f"ON DELETE {rule})",
            "INSERT INTO t VALUES (1)",
            "BEGIN",
        )
        assert my.error("DELETE FROM p") == 1451
        my.run("ROLLBACK")


@MARIADB
def test_the_rules_of_keys(my: Session) -> None:
    my.run("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))")
    my.run(
        "CREATE TABLE t (a int, b int, CONSTRAINT k FOREIGN KEY (a, b) REFERENCES p (a, b) "
        "ON DELETE CASCADE ON UPDATE SET NULL, CONSTRAINT l FOREIGN KEY (a) REFERENCES p (a))"
    )
    assert my.rows("""
        SELECT constraint_name, delete_rule, update_rule
        FROM information_schema.referential_constraints
        WHERE constraint_schema = DATABASE() ORDER BY constraint_name
    """) == [("k", "CASCADE", "SET NULL"), ("l", "RESTRICT", "RESTRICT")]
    assert my.rows("""
        SELECT constraint_name, column_name, referenced_table_name, referenced_column_name
        FROM information_schema.key_column_usage
        WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
        ORDER BY constraint_name, ordinal_position
    """) == [("k", "a", "p", "a"), ("k", "b", "p", "b"), ("l", "a", "p", "a")]


# --- the catalog ----------------------------------------------------------------------------------


@MARIADB
def test_the_kinds_of_relations(my: Session) -> None:
    my.run("CREATE TABLE a (id int)", "CREATE VIEW b AS SELECT 1 AS one", "CREATE SEQUENCE c")
    my.run("CREATE TABLE d (id int) WITH SYSTEM VERSIONING")
    assert my.column(
        "SELECT table_type FROM information_schema.tables WHERE table_schema = "
        "DATABASE() ORDER BY table_name"
    ) == ["BASE TABLE", "VIEW", "SEQUENCE", "SYSTEM VERSIONED"]


@MARIADB
def test_json_is_text_with_a_check(my: Session) -> None:
    """Which is left out, since the model has a JSON type and no check."""
    my.run("CREATE TABLE t (a json, `b``c` json, CONSTRAINT k CHECK (json_length(a) > 1))")
    assert described(my, "column_type") == ["longtext"] * 2
    assert described(my, "collation_name") == ["utf8mb4_bin"] * 2
    assert my.rows("""
        SELECT constraint_name, check_clause FROM information_schema.check_constraints
        WHERE constraint_schema = DATABASE() ORDER BY constraint_name
    """) == [("a", "json_valid(`a`)"), ("b`c", "json_valid(`b``c`)"), ("k", "json_length(`a`) > 1")]


@MARIADB
def test_what_columns_tell(my: Session) -> None:
    """A default of NULL is the word, and ON UPDATE is in EXTRA."""
    my.run("""
        CREATE TABLE t (a int AUTO_INCREMENT PRIMARY KEY, b int, c int NOT NULL,
          d int AS (b) VIRTUAL, e int AS (b) STORED, f datetime DEFAULT now() ON UPDATE now(),
          g varchar(4) DEFAULT 'NULL')
    """)
    found = my.rows("""
        SELECT is_nullable, column_default, extra, generation_expression
        FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY ordinal_position
    """)
    now = "current_timestamp()"
    assert found == [
        ("NO", None, "auto_increment", None),
        ("YES", "NULL", "", None),
        ("NO", None, "", None),
        ("YES", "NULL", "VIRTUAL GENERATED", "`b`"),
        ("YES", "NULL", "STORED GENERATED", "`b`"),
        ("YES", now, f"on update {now}", None),
        ("YES", "'NULL'", "", None),
    ]


@MARIADB
def test_what_indexes_tell(my: Session) -> None:
    """The primary key is called PRIMARY; a part has its length and (from 10.8) its order."""
    my.run(
        "CREATE TABLE t (a int PRIMARY KEY, b text, c int, UNIQUE u (c), INDEX i (b(5), c DESC), "
        "FULLTEXT f (b))"
    )
    assert my.rows("""
        SELECT index_name, non_unique, column_name, sub_part, collation, index_type
        FROM information_schema.statistics WHERE table_schema = DATABASE()
        ORDER BY index_name, seq_in_index
    """) == [
        ("f", 1, "b", None, None, "FULLTEXT"),
        ("i", 1, "b", 5, "A", "BTREE"),
        ("i", 1, "c", None, "D", "BTREE"),
        ("PRIMARY", 0, "a", None, "A", "BTREE"),
        ("u", 0, "c", None, "A", "BTREE"),
    ]


@MARIADB
def test_how_types_are_spelled(my: Session) -> None:
    """SYNONYMS and what else normal_type() knows."""
    spelled = {
        "INTEGER": "int(11)",
        "BIGINT": "bigint(20)",
        "SMALLINT": "smallint(6)",
        "INTEGER UNSIGNED": "int(10) unsigned",
        "YEAR": "year(4)",
        "BIT": "bit(1)",
        "BOOL": "tinyint(1)",
        "NUMERIC": "decimal(10,0)",
        "NUMERIC(8)": "decimal(8,0)",
        "DEC(8, 2)": "decimal(8,2)",
        "FIXED": "decimal(10,0)",
        "REAL": "double",
        "DOUBLE PRECISION": "double",
        "FLOAT(24)": "float",
        "FLOAT(25)": "double",
        "JSON": "longtext",
        "NCHAR(4)": "char(4)",
        "NATIONAL VARCHAR(4)": "varchar(4)",
        "CHARACTER VARYING(4)": "varchar(4)",
        "CHAR": "char(1)",
        "BINARY": "binary(1)",
        "BLOB(16)": "tinyblob",
        "TEXT(500)": "text",
        "TEXT(70000)": "mediumtext",
        "ENUM('a', 'B')": "enum('a','B')",
    }
    columns = [f"c{number} {type_}" for number, type_ in enumerate(spelled)]
    my.run(f"CREATE TABLE t ({', '.join(columns)})")
    assert dict(zip(spelled, described(my, "column_type"), strict=True)) == spelled


def test_national_types_are_utf8mb3(my: Session) -> None:
    """Whose name CHARACTER SET utf8 has, too: same_collation() takes both for one."""
    my.run("CREATE TABLE t (a nchar(4), b varchar(4) CHARACTER SET utf8)")
    assert described(my, "character_set_name") == ["utf8mb3", "utf8mb3"]


@MARIADB
def test_how_defaults_are_spelled(my: Session) -> None:
    """What normal_default() takes for equal."""
    spelled = {
        ("bool", "true"): "1",
        ("int", "'0'"): "0",
        ("decimal(8, 2)", "0"): "0.00",
        ("decimal(8, 2)", "'1.5'"): "1.50",
        ("int", "1e3"): "1000",
        ("datetime", "now()"): "current_timestamp()",
        ("datetime(3)", "CURRENT_TIMESTAMP(3)"): "current_timestamp(3)",
        ("datetime", "LOCALTIME"): "current_timestamp()",
        ("date", "CURRENT_DATE"): "curdate()",
        ("varchar(36)", "(uuid())"): "uuid()",
        ("int", "(1+2)"): "(1 + 2)",
        ("varchar(9)", "'it''s'"): "'it''s'",
        ("varchar(9)", "''"): "''",
        ("bit", "b'1'"): "b'1'",
        ("int", "NULL"): "NULL",
    }
    columns = [f"c{n} {type_} DEFAULT {text}" for n, (type_, text) in enumerate(spelled)]
    my.run(f"CREATE TABLE t ({', '.join(columns)})")
    assert dict(zip(spelled, described(my, "column_default"), strict=True)) == spelled


# --- a probe --------------------------------------------------------------------------------------


@MARIADB
def test_show_create_table_knows_temporary_tables(my: Session) -> None:
    """And information_schema does not: definitions.py reads what the former prints."""
    my.run("CREATE TEMPORARY TABLE t (a int DEFAULT 1, CONSTRAINT c0 CHECK (a > 0))")
    assert names(my) == []
    assert (
        my.value("SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()")
        == 0
    )
    assert "`a` int(11) DEFAULT 1" in printed(my)
    assert "CONSTRAINT `c0` CHECK (`a` > 0)" in printed(my)


@MARIADB
def test_how_show_create_table_prints(my: Session) -> None:
    """One line for each, the same order of words, and the character set behind the last ")"."""
    my.run("""
        CREATE TABLE t (`a``b` int NOT NULL AUTO_INCREMENT PRIMARY KEY, b varchar(9) COLLATE
          utf8mb4_bin DEFAULT 'x, (' COMMENT 'y', c int AS (`a``b` + 1) VIRTUAL, d json,
          e datetime DEFAULT now() ON UPDATE now(), CONSTRAINT `k``1` CHECK (b <> ')'))
    """)
    lines = printed(my).splitlines()
    assert lines[1:7] == [
        "  `a``b` int(11) NOT NULL AUTO_INCREMENT,",
        "  `b` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'x, (' COMMENT 'y',",
        "  `c` int(11) GENERATED ALWAYS AS (`a``b` + 1) VIRTUAL,",
        "  `d` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL "
        "CHECK (json_valid(`d`)),",
        "  `e` datetime DEFAULT current_timestamp() ON UPDATE current_timestamp(),",
        "  PRIMARY KEY (`a``b`),",
    ]
    assert lines[7] == "  CONSTRAINT `k``1` CHECK (`b` <> ')')"
    assert "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci" in lines[8]


def test_a_column_inherits_its_tables_collation(my: Session) -> None:
    """A probe is made with the live table's."""
    my.run("CREATE TEMPORARY TABLE t (a text) DEFAULT CHARSET=latin1 COLLATE=latin1_bin")
    my.run("CREATE TABLE u (a text) DEFAULT CHARSET=latin1 COLLATE=latin1_bin")
    assert "DEFAULT CHARSET=latin1 COLLATE=latin1_bin" in printed(my)
    assert described(my, "collation_name", "u") == ["latin1_bin"]


def test_temporary_tables_shadow(my: Session) -> None:
    """Also where the database is named: a probe has a name of its own."""
    my.run("CREATE TABLE t (id int)", "CREATE TEMPORARY TABLE t (a int)")
    database = my.value("SELECT DATABASE()")
    assert "`a`" in printed(my, f"{database}.t")
    my.run("DROP TEMPORARY TABLE IF EXISTS t")
    assert "`id`" in printed(my)


def test_an_auto_increment_needs_a_key_and_no_check(my: Session) -> None:
    """1075 and 1901: a probe has the column without it."""
    assert my.error("CREATE TEMPORARY TABLE t (a int AUTO_INCREMENT)") == 1075
    check = "CREATE TABLE t (a int AUTO_INCREMENT PRIMARY KEY, CHECK (a > 0))"
    assert my.error(check) in alike(1901)


# --- views ----------------------------------------------------------------------------------------

VIEWS = "FROM information_schema.views WHERE table_schema = DATABASE()"


@MARIADB
def test_the_trace_spells_a_query(my: Session) -> None:
    """Before the optimizer looks at any row; the databases of tables with an alias are missing."""
    my.run("CREATE TABLE t (id int PRIMARY KEY, a int)", "SET optimizer_trace = 'enabled=on'")
    my.run("EXPLAIN SELECT * FROM (SELECT x.id FROM t AS x WHERE (a)>1 and true) p")
    (trace,) = my.column("SELECT trace FROM information_schema.optimizer_trace")
    assert (
        '"expanded_query": "/* select#1 */ select x.`id` AS `id` from (/* select#2 */ '
        'select x.`id` AS `id` from t x where x.a > 1 and 1) p"' in trace
    )


def test_a_view_has_the_columns_of_its_making(my: Session) -> None:
    my.run("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT * FROM t")
    my.run("ALTER TABLE t ADD COLUMN b int")
    database = my.value("SELECT DATABASE()")
    assert my.column(f"SELECT view_definition {VIEWS}") == [
        f"select `{database}`.`t`.`a` AS `a` from `{database}`.`t`"
    ]


@MARIADB
def test_replacing_a_view_resets_what_it_does_not_name(my: Session) -> None:
    query = "VIEW v AS SELECT a FROM t WHERE a > 1"
    my.run("CREATE TABLE t (a int)")
    my.run(f"CREATE ALGORITHM=MERGE SQL SECURITY INVOKER {query} WITH CHECK OPTION")
    my.run(f"CREATE OR REPLACE {query}")
    assert my.rows(f"SELECT algorithm, security_type, check_option {VIEWS}") == [
        ("UNDEFINED", "DEFINER", "NONE")
    ]
