"""What autosync takes for granted of MySQL, where it is not what MariaDB does as well.

What is the same for both is asked of both in test_mariadb.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.facts.session import Session, session
from tests.servers.database import LiveDatabase

INSTANT = "ALGORITHM=INSTANT"
NOT_INSTANT = {1845, 1846}


@pytest.fixture
def my(mysql: LiveDatabase) -> Iterator[Session]:
    with session(mysql) as opened:
        yield opened


def described(my: Session, what: str, table: str = "t") -> list[Any]:
    """Something about each column, from information_schema."""
    return my.column(
        f"SELECT {what} FROM information_schema.columns WHERE table_schema = DATABASE() "
        f"AND table_name = '{table}' ORDER BY ordinal_position"
    )


def printed(my: Session, table: str = "t") -> str:
    """What SHOW CREATE TABLE prints."""
    return str(my.rows(f"SHOW CREATE TABLE {table}")[0][1])


def checks(my: Session) -> list[Any]:
    return my.column(
        "SELECT check_clause FROM information_schema.check_constraints "
        "WHERE constraint_schema = DATABASE() ORDER BY constraint_name"
    )


# --- the catalog ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "default", "extra"),
    [
        ("int", None, ""),
        ("int DEFAULT 1", "1", ""),
        ("int DEFAULT -1", "-1", ""),
        ("int DEFAULT (1 + 1)", "(1 + 1)", "DEFAULT_GENERATED"),
        ("decimal(8, 2) DEFAULT 1.5", "1.50", ""),
        ("float DEFAULT 1e3", "1000", ""),
        ("bool DEFAULT true", "1", ""),
        ("bit(8) DEFAULT b'101'", "b'101'", ""),
        ("year DEFAULT '2020'", "2020", ""),
        ("binary(3) DEFAULT 'a'", "0x61", ""),
        ("varbinary(3) DEFAULT x'41ff'", "0x41FF", ""),
        ("varchar(9) DEFAULT ''", "", ""),
        ("varchar(9) DEFAULT 'it''s'", "it's", ""),
        ("varchar(9) DEFAULT 'a\\\\b\\n'", "a\\b\n", ""),
        ("varchar(9) DEFAULT 'NULL'", "NULL", ""),
        ("varchar(9) DEFAULT (NULL)", "NULL", "DEFAULT_GENERATED"),
        ("varchar(9) DEFAULT 'now()'", "now()", ""),
        ("varchar(9) DEFAULT (now())", "now()", "DEFAULT_GENERATED"),
        ("varchar(9) DEFAULT 'a🐬?'", "a??", ""),
        ("varchar(9) DEFAULT ('it''s')", r"_utf8mb4\'it\\\'s\'", "DEFAULT_GENERATED"),
        ("varchar(9) DEFAULT ('a\\nb')", r"_utf8mb4\'a\\nb\'", "DEFAULT_GENERATED"),
        ("json DEFAULT ('{}')", r"_utf8mb4\'{}\'", "DEFAULT_GENERATED"),
        ("char(36) DEFAULT (uuid())", "uuid()", "DEFAULT_GENERATED"),
        ("date DEFAULT (CURRENT_DATE)", "curdate()", "DEFAULT_GENERATED"),
        ("datetime DEFAULT now()", "CURRENT_TIMESTAMP", "DEFAULT_GENERATED"),
        ("datetime(3) DEFAULT now(3)", "CURRENT_TIMESTAMP(3)", "DEFAULT_GENERATED"),
        (
            "datetime DEFAULT now() ON UPDATE now()",
            "CURRENT_TIMESTAMP",
            "DEFAULT_GENERATED on update CURRENT_TIMESTAMP",
        ),
        ("datetime ON UPDATE now()", None, "on update CURRENT_TIMESTAMP"),
        ("int INVISIBLE DEFAULT 3", "3", "INVISIBLE"),
        ("int DEFAULT (1 + 1) INVISIBLE", "(1 + 1)", "DEFAULT_GENERATED INVISIBLE"),
        ("int AUTO_INCREMENT UNIQUE INVISIBLE", None, "auto_increment INVISIBLE"),
        ("int AS (1) VIRTUAL", None, "VIRTUAL GENERATED"),
        ("int AS (1) STORED", None, "STORED GENERATED"),
    ],
)
def test_what_columns_tell(my: Session, definition: str, default: str | None, extra: str) -> None:
    """A value has no quotes; an expression, of which EXTRA tells, is as it would be in a string."""
    my.run(f"CREATE TABLE t (n int, a {definition})")
    assert described(my, "column_default")[1] == default
    assert described(my, "extra")[1] == extra


def test_a_default_is_lossy_in_the_catalog_alone(my: Session) -> None:
    """SHOW CREATE TABLE prints what has a character of four bytes in hexadecimal digits."""
    my.run("CREATE TABLE t (a varchar(9) DEFAULT '🐬', b varchar(9) DEFAULT '?')")
    assert described(my, "column_default") == ["?", "?"]
    assert "`a` varchar(9) DEFAULT 0xF09F90AC" in printed(my)
    assert "`b` varchar(9) DEFAULT '?'" in printed(my)


def test_what_expressions_tell(my: Session) -> None:
    """A string has its character set before it, and is escaped once more in information_schema."""
    my.run(
        "CREATE TABLE t (a varchar(9), b varchar(9) AS (concat(a, 'it''s', '\\\\')), "
        "CONSTRAINT k CHECK (a <> 'it''s'))"
    )
    assert described(my, "generation_expression") == [
        "",
        r"concat(`a`,_utf8mb4\'it\\\'s\',_utf8mb4\'\\\\\')",
    ]
    assert checks(my) == [r"(`a` <> _utf8mb4\'it\\\'s\')"]
    assert r"CHECK ((`a` <> _utf8mb4'it\'s'))" in printed(my)


def test_what_indexes_tell(my: Session) -> None:
    """A part without a column has an expression, which is escaped as others are."""
    my.run(
        "CREATE TABLE t (a int PRIMARY KEY, b text, c int, UNIQUE u (c), INDEX i (b(5), c DESC), "
        "INDEX e ((c + 1) DESC, a), INDEX h ((concat(a, 'it''s'))) INVISIBLE, FULLTEXT f (b))"
    )
    assert my.rows("""
        SELECT index_name, non_unique, column_name, sub_part, collation, index_type, is_visible,
               expression
        FROM information_schema.statistics WHERE table_schema = DATABASE()
        ORDER BY index_name, seq_in_index
    """) == [
        ("e", 1, None, None, "D", "BTREE", "YES", "(`c` + 1)"),
        ("e", 1, "a", None, "A", "BTREE", "YES", None),
        ("f", 1, "b", None, None, "FULLTEXT", "YES", None),
        ("h", 1, None, None, "A", "BTREE", "NO", r"concat(`a`,_utf8mb4\'it\\\'s\')"),
        ("i", 1, "b", 5, "A", "BTREE", "YES", None),
        ("i", 1, "c", None, "D", "BTREE", "YES", None),
        ("PRIMARY", 0, "a", None, "A", "BTREE", "YES", None),
        ("u", 0, "c", None, "A", "BTREE", "YES", None),
    ]


def test_what_checks_tell(my: Session) -> None:
    """Of which table they are, and whether they are in force, another view tells."""
    my.run(
        "CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0), "
        "CONSTRAINT l CHECK (a > 1) NOT ENFORCED)"
    )
    assert my.rows("""
        SELECT table_name, constraint_name, enforced, check_clause
        FROM information_schema.check_constraints JOIN information_schema.table_constraints
        USING (constraint_schema, constraint_name)
        WHERE constraint_schema = DATABASE() ORDER BY 2
    """) == [("t", "k", "YES", "(`a` > 0)"), ("t", "l", "NO", "(`a` > 1)")]
    assert my.error("INSERT INTO t VALUES (1)") is None
    assert my.error("INSERT INTO t VALUES (0)") == 3819


def test_names_of_checks_are_the_databases(my: Session) -> None:
    """So that one finds its table by its name: MariaDB's are their tables'."""
    my.run("CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0))")
    assert my.error("CREATE TABLE u (a int, CONSTRAINT k CHECK (a > 0))") == 3822


def test_a_reference_system_is_the_columns(my: Session) -> None:
    my.run("CREATE TABLE t (a point, b point SRID 4326, c point NOT NULL SRID 0)")
    assert described(my, "column_type") == ["point"] * 3
    assert described(my, "srs_id") == [None, 4326, 0]
    assert "`b` point /*!80003 SRID 4326 */ DEFAULT NULL" in printed(my)


def test_the_kinds_of_relations(my: Session) -> None:
    my.run("CREATE TABLE a (id int)", "CREATE VIEW b AS SELECT 1 AS one")
    assert my.column(
        "SELECT table_type FROM information_schema.tables WHERE table_schema = "
        "DATABASE() ORDER BY table_name"
    ) == ["BASE TABLE", "VIEW"]


def test_json_is_a_type(my: Session) -> None:
    my.run("CREATE TABLE t (a json)")
    assert (described(my, "column_type"), checks(my)) == (["json"], [])


def test_how_types_are_spelled(my: Session) -> None:
    """SYNONYMS and what else normal_type() knows."""
    spelled = {
        "INTEGER": "int",
        "BIGINT(20)": "bigint",
        "INTEGER UNSIGNED": "int unsigned",
        "INTEGER(5) ZEROFILL": "int(5) unsigned zerofill",
        "YEAR": "year",
        "BIT": "bit(1)",
        "BOOL": "tinyint(1)",
        "NUMERIC": "decimal(10,0)",
        "DEC(8, 2)": "decimal(8,2)",
        "FIXED": "decimal(10,0)",
        "REAL": "double",
        "DOUBLE PRECISION": "double",
        "FLOAT(24)": "float",
        "FLOAT(25)": "double",
        "JSON": "json",
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


@pytest.mark.parametrize(
    ("number", "definition"),
    [
        (1101, "text DEFAULT 'a'"),
        (1101, "blob DEFAULT 'a'"),
        (1101, "json DEFAULT '{}'"),
        (None, "text DEFAULT ('a')"),
        (None, "blob DEFAULT ('a')"),
        (None, "json DEFAULT ('{}')"),
        (1064, "varchar(36) DEFAULT uuid()"),
        (1064, "date DEFAULT CURRENT_DATE"),
        (1067, "datetime(6) DEFAULT now(3)"),
        (3770, "varchar(99) DEFAULT (version())"),
        (1818, "year(2)"),
        (1064, "uuid"),
        (3812, "int CHECK (CASE WHEN a > 1 THEN a ELSE 0 END)"),
        (3813, "int, b int CHECK (b > a)"),
    ],
)
def test_what_is_no_column(my: Session, number: int | None, definition: str) -> None:
    """tests/roundtrip/lacking.py says so of cases."""
    assert my.error(f"CREATE TABLE t (a {definition})") == number


def test_a_view_keeps_its_list_of_names_apart(my: Session) -> None:
    """Of which only the columns tell."""
    my.run("CREATE TABLE t (a int)", "CREATE VIEW v (x) AS SELECT a FROM t")
    (definition,) = my.column(
        "SELECT view_definition FROM information_schema.views WHERE table_schema = DATABASE()"
    )
    assert definition.startswith("select `")
    assert definition.partition(" from ")[0].endswith("`a` AS `a`")
    assert described(my, "column_name", "v") == ["x"]


def test_names_beyond_the_basic_plane(my: Session) -> None:
    """They are accepted, and are other names: name_problem()."""
    my.run("CREATE TABLE t (`a\N{GRINNING FACE}` int)")
    assert described(my, "column_name") == ["a?"]


def test_a_key_wants_a_unique_target(my: Session) -> None:
    """An index is not enough, and neither are the first columns of a key: 6125."""
    my.run("CREATE TABLE p (a int, b int, c int, PRIMARY KEY (a, b), INDEX (c))")
    for target in "ac":
        key = f"CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES p ({target}))"
        assert my.error(key) == 6125


def test_the_rules_of_keys(my: Session) -> None:
    """What was not said is NO ACTION, which refuses at once, as RESTRICT does."""
    my.run("CREATE TABLE p (id int PRIMARY KEY)", "INSERT INTO p VALUES (1)")
    rules = {"k": "ON DELETE CASCADE ON UPDATE SET NULL", "l": "", "m": "ON DELETE RESTRICT"}
    keys = [f"CONSTRAINT {k} FOREIGN KEY ({k}) REFERENCES p (id) {r}" for k, r in rules.items()]
    my.run(f"CREATE TABLE t (k int, l int, m int, {', '.join(keys)})")
    assert my.rows("""
        SELECT constraint_name, delete_rule, update_rule
        FROM information_schema.referential_constraints
        WHERE constraint_schema = DATABASE() ORDER BY constraint_name
    """) == [
        ("k", "CASCADE", "SET NULL"),
        ("l", "NO ACTION", "NO ACTION"),
        ("m", "RESTRICT", "NO ACTION"),
    ]
    for column in "lm":
        my.run(f"INSERT INTO t ({column}) VALUES (1)")
        assert my.error("DELETE FROM p") == 1451
        my.run("DELETE FROM t")


def test_get_lock_knows_whole_seconds(my: Session) -> None:
    """A fraction is cut off: it does not wait."""
    my.run("SELECT GET_LOCK('facts.mysql', 0)")
    other = my.another()
    start = time.monotonic()
    assert other.value("SELECT GET_LOCK('facts.mysql', 0.4)") == 0
    assert time.monotonic() - start < 0.3


# --- a key that nobody asked for ------------------------------------------------------------------


def test_the_generated_key(my: Session) -> None:
    """It is invisible, numbers itself, and is told of unless somebody has it hidden."""
    my.run("SET SESSION sql_generate_invisible_primary_key = ON", "CREATE TABLE t (a int)")
    assert described(my, "column_name") == ["my_row_id", "a"]
    assert described(my, "extra")[0] == "auto_increment INVISIBLE"
    my.run("CREATE TEMPORARY TABLE p (a int)")
    assert "`my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */" in printed(
        my, "p"
    )
    my.run("SET SESSION show_gipk_in_create_table_and_information_schema = OFF")
    assert described(my, "column_name") == ["a"]


# --- modes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT"])
def test_information_schema_knows_no_modes(my: Session, mode: str) -> None:
    my.run(
        "CREATE TABLE t (a varchar(9) DEFAULT (concat('it''s', '\\\\')), CHECK (a <> 'it''s'))",
        "CREATE VIEW v AS SELECT a, 'it''s' AS b FROM t",
    )
    view = "SELECT view_definition FROM information_schema.views WHERE table_schema = DATABASE()"
    before = described(my, "column_default"), checks(my), my.column(view)
    my.run(f"SET SESSION sql_mode = '{mode}'")
    assert (described(my, "column_default"), checks(my), my.column(view)) == before


@pytest.mark.parametrize(
    ("mode", "line"),
    [
        ("", "`a` char(3) DEFAULT 'x'"),
        ("ANSI_QUOTES", "\"a\" char(3) DEFAULT 'x'"),
        ("PAD_CHAR_TO_FULL_LENGTH", "`a` char(3) DEFAULT 'x  '"),
    ],
)
def test_show_create_table_knows_modes(my: Session, mode: str, line: str) -> None:
    my.run("CREATE TABLE t (a char(3) DEFAULT 'x')", f"SET SESSION sql_mode = '{mode}'")
    assert line in printed(my)


def test_without_escapes_it_misreads_its_own_expressions(my: Session) -> None:
    """A table cannot be altered, nor shown, whose check has an apostrophe; and one with a backslash
    gets another check.
    """
    my.run(
        "CREATE TABLE t (a varchar(9), CHECK (a <> 'it''s'))",
        "CREATE TABLE u (a varchar(9), CHECK (a <> 'b\\\\c'))",
    )
    my.run("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'")
    assert my.error("ALTER TABLE t ADD COLUMN b int") == 1064
    assert my.error("SHOW CREATE TABLE t") == 1064
    my.run("ALTER TABLE u ADD COLUMN b int")
    my.run("SET SESSION sql_mode = ''")
    assert my.error("INSERT INTO u VALUES ('b\\\\c', 1)") is None
    assert my.error("INSERT INTO t VALUES ('it''s')") == 3819


def test_a_hint_sets_a_limit_for_one_query(my: Session) -> None:
    before = my.value("SELECT @@group_concat_max_len")
    hint = f"/*+ SET_VAR(group_concat_max_len = {2**30}) */"
    my.run("SET SESSION sql_mode = 'TRADITIONAL,ANSI_QUOTES'")
    assert my.value(f"SELECT {hint} @@group_concat_max_len") == 2**30
    assert my.value("SELECT @@group_concat_max_len") == before


# --- a probe --------------------------------------------------------------------------------------


def test_how_show_create_table_prints(my: Session) -> None:
    """One line for each, comments around what older servers do not know, and a collation where a
    column has named its character set.
    """
    my.run("""
        CREATE TABLE t (`a``b` int NOT NULL AUTO_INCREMENT PRIMARY KEY, b varchar(9) COLLATE
          utf8mb4_bin DEFAULT 'x, (' COMMENT 'y', c int AS (b + 1) VIRTUAL, d json,
          e datetime DEFAULT now() ON UPDATE now(), f varchar(9) CHARACTER SET utf8mb4,
          g int INVISIBLE, h bit(3) DEFAULT b'101', INDEX i (b(5), (b + 1) DESC) INVISIBLE,
          CONSTRAINT `k``1` CHECK (b <> ')') NOT ENFORCED)
    """)
    assert printed(my).splitlines()[1:] == [
        "  `a``b` int NOT NULL AUTO_INCREMENT,",
        "  `b` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'x, (' COMMENT 'y',",
        "  `c` int GENERATED ALWAYS AS ((`b` + 1)) VIRTUAL,",
        "  `d` json DEFAULT NULL,",
        "  `e` datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,",
        "  `f` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT NULL,",
        "  `g` int DEFAULT NULL /*!80023 INVISIBLE */,",
        "  `h` bit(3) DEFAULT b'101',",
        "  PRIMARY KEY (`a``b`),",
        "  KEY `i` (`b`(5),((`b` + 1)) DESC) /*!80000 INVISIBLE */,",
        "  CONSTRAINT `k``1` CHECK ((`b` <> _utf8mb4')')) /*!80016 NOT ENFORCED */",
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci",
    ]


def test_show_create_table_knows_temporary_tables(my: Session) -> None:
    my.run("CREATE TEMPORARY TABLE t (a int DEFAULT 1, CONSTRAINT c0 CHECK (a > 0), INDEX i (a))")
    assert described(my, "column_name") == []
    assert "CONSTRAINT `c0` CHECK ((`a` > 0))" in printed(my)
    assert "KEY `i` (`a`)" in printed(my)


def test_what_shows_hidden_things_again(my: Session) -> None:
    """Remedies."""
    my.run(
        "CREATE TABLE t (a int INVISIBLE, b int, INDEX i (a) INVISIBLE, "
        "CONSTRAINT k CHECK (a > 0) NOT ENFORCED)",
        "ALTER TABLE t ALTER COLUMN a SET VISIBLE",
        "ALTER TABLE t ALTER INDEX i VISIBLE",
        "ALTER TABLE t ALTER CHECK k ENFORCED",
    )
    assert "/*!" not in printed(my)


# --- adding columns -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "actions"),
    [
        (True, "ADD COLUMN a int"),
        (True, "ADD COLUMN a int DEFAULT 7 NOT NULL"),
        (True, "ADD COLUMN a int DEFAULT -1"),
        (True, "ADD COLUMN a varchar(9) COLLATE utf8mb4_bin DEFAULT 'x(' COMMENT 'y'"),
        (True, "ADD COLUMN a datetime DEFAULT CURRENT_TIMESTAMP"),
        (True, "ADD COLUMN a int AS (id + 1) VIRTUAL"),
        (True, "ADD COLUMN a json"),
        (False, "ADD COLUMN a datetime DEFAULT (now())"),
        (False, "ADD COLUMN a int DEFAULT (-1)"),
        (False, "ADD COLUMN a json DEFAULT ('{}')"),
        (False, "ADD COLUMN a int AS (id + 1) STORED"),
        (False, "ADD COLUMN a int AUTO_INCREMENT UNIQUE"),
        (False, "ADD COLUMN a int, ADD INDEX (a)"),
        (False, "ADD COLUMN a int, ADD CHECK (a > 0)"),
    ],
)
def test_what_is_instant(my: Session, instant: bool, actions: str) -> None:  # noqa: FBT001
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    number = my.error(f"ALTER TABLE t {actions}, {INSTANT}")
    assert number is None if instant else number in NOT_INSTANT


def test_what_another_value_each_time_is_refused_for(my: Session) -> None:
    """It is unsafe for a replica that runs the statement, whatever the algorithm."""
    my.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    add = "ALTER TABLE t ADD COLUMN a varchar(36) DEFAULT (uuid())"
    assert my.error(f"{add}, {INSTANT}") == 1674


def test_digests(my: Session) -> None:
    """SHA1() and MD5() are gone; names of locks have 64 characters at most."""
    assert my.error("SELECT SHA1('x')") == 1305
    assert my.error(f"SELECT GET_LOCK('{'x' * 64}', 0)") is None
    assert my.error(f"SELECT GET_LOCK('{'x' * 65}', 0)") == 4163
