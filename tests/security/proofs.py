"""What servers do with what is sent to them: whether a tenant's function runs, tried out.

``{f}`` is a function that tells if it was evaluated; ``{stable_f}`` and ``{volatile_f}`` are others
of PostgreSQL. Where it would run, the places of ``places.py`` do not send such a statement, or not
about this; ``test_live_text.py`` has the whole way.
"""

from __future__ import annotations

from typing import NamedTuple


class Proof(NamedTuple):
    """A statement such as a place sends it, and whether the server runs the function for it."""

    database: str
    place: str
    setup: tuple[str, ...]
    statement: str
    runs: bool

    def __str__(self) -> str:
        return f"{self.database} {self.place} {self.statement}"


TABLE = "CREATE TABLE t (id integer PRIMARY KEY, a integer, b varchar(20))"
ROW = "INSERT INTO t (id, a, b) VALUES (1, 1, 'x')"
COUNT = "SELECT count(*) FROM (SELECT 1 AS one FROM t LIMIT 1) q"
PROBE = "CREATE TEMPORARY TABLE p (a integer)"
BROKEN = "SELECT 1 FROM (SELECT id, a FROM t) q WHERE NOT ({f}(a) > 0) LIMIT 1"
"""Whether a row breaks a check that is yet to be added."""
DOMAIN = "others.d"
PAIR = f"CREATE TYPE pair AS (x {DOMAIN}, y integer)"
ONE_DATABASE = "WHERE table_schema = DATABASE()"
"""Where views are opened: those of other tests, on the same server, are not to be."""
HERE = "(table_schema, table_name) IN (('{here}', 't'))"


def _of(database: str, place: str, *proofs: tuple[tuple[str, ...], str, bool]) -> list[Proof]:
    return [Proof(database, place, *one) for one in proofs]


POSTGRESQL = [
    *_of(
        "postgresql",
        "dialects/postgresql/probe.py:_attempt",
        ((), "CREATE TEMPORARY TABLE p (a integer DEFAULT {f}(1))", False),
        ((), "CREATE TEMPORARY TABLE p (a integer DEFAULT {stable_f}(1))", False),
        ((), "CREATE TEMPORARY TABLE p (a integer DEFAULT {volatile_f}(1))", False),
        ((), "CREATE TEMPORARY TABLE p (a integer, CHECK ({f}(1) > 0 AND {f}(a) > 0))", False),
        ((), "CREATE TEMPORARY TABLE p (a integer, CHECK ({volatile_f}(1) > 0))", False),
        ((), f"CREATE TEMPORARY TABLE p (a {DOMAIN} DEFAULT 1)", False),
        ((), f"CREATE TEMPORARY TABLE p (a {DOMAIN} DEFAULT '1')", False),
        ((), f"CREATE TEMPORARY TABLE p (a {DOMAIN}[] DEFAULT '{{1}}')", True),
        ((PAIR,), "CREATE TEMPORARY TABLE p (a pair DEFAULT '(1,2)')", True),
        ((PAIR,), "CREATE TEMPORARY TABLE p (a pair, CHECK (a <> '(1,2)'))", False),
        ((), f"CREATE TEMPORARY TABLE p (a {DOMAIN}[], CHECK (a <> '{{1}}'))", True),
        (
            (),
            "CREATE TEMPORARY TABLE p (a integer, b integer GENERATED ALWAYS AS ({f}(a)) STORED)",
            False,
        ),
        (
            (),
            "CREATE TEMPORARY TABLE p (a integer, b integer GENERATED ALWAYS AS ({f}(1)) STORED)",
            True,
        ),
        ((PROBE,), "CREATE INDEX ON p (({f}(a)))", False),
        ((PROBE,), "CREATE INDEX ON p ((a + {f}(1)))", True),
        ((PROBE,), "CREATE INDEX ON p (a) WHERE {f}(a) > 0", False),
        ((PROBE,), "CREATE INDEX ON p (a) WHERE {f}(1) > 0", True),
        ((PROBE,), f"CREATE INDEX ON p ((1::{DOMAIN}))", True),
        ((PROBE,), "ALTER TABLE p ADD CONSTRAINT x EXCLUDE ((a + {f}(1)) WITH =)", True),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/probe.py:rewrites",
        (
            (
                "CREATE TABLE t (a integer DEFAULT {volatile_f}(1) CHECK ({f}(a) > 0))",
                f"ALTER TABLE t ADD COLUMN d {DOMAIN}",
                "CREATE INDEX ON t (({f}(1)))",
                "CREATE STATISTICS s ON ({f}(1)), a FROM t",
            ),
            "CREATE TEMPORARY TABLE p (LIKE t)",
            False,
        ),
        ((PROBE,), "ALTER TABLE p ADD COLUMN b integer DEFAULT {f}(1)", True),
        ((PROBE,), "ALTER TABLE p ADD COLUMN b integer DEFAULT {stable_f}(1)", True),
        ((PROBE,), "ALTER TABLE p ADD COLUMN b integer DEFAULT {volatile_f}(1)", False),
        ((PROBE,), "ALTER TABLE p ADD COLUMN b integer CHECK ({f}(1) > 0)", True),
        ((PROBE,), f"ALTER TABLE p ADD COLUMN b {DOMAIN}", True),
        ((PROBE,), f"ALTER TABLE p ADD COLUMN b integer DEFAULT 1::{DOMAIN}", True),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/probe.py:_takes",
        ((), "SELECT CAST('1' AS pg_catalog.\"int4\")", False),
        ((), "SELECT CAST('{1}' AS pg_catalog.\"_int4\")", False),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/trial.py:rejections",
        ((), "CREATE TEMPORARY TABLE p (a integer DEFAULT {f}(1))", False),
        ((), f"CREATE TEMPORARY TABLE p (a {DOMAIN} DEFAULT '1')", False),
        ((), f"CREATE TEMPORARY TABLE p (a {DOMAIN}[] DEFAULT '{{1}}')", True),
        ((), "CREATE TEMPORARY TABLE p (a integer) PARTITION BY RANGE ({f}(a))", False),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/trial.py:_tried",
        ((PROBE,), "ALTER TABLE p ADD COLUMN b integer DEFAULT {f}(1)", True),
        ((PROBE,), "ALTER TABLE p ADD CHECK ({f}(1) > 0)", True),
        ((PROBE,), "ALTER TABLE p ADD UNIQUE (a)", False),
        ((PROBE,), "CREATE INDEX ON p (({f}(1)))", True),
        ((PROBE,), "CREATE INDEX ON p (a) WHERE {f}(1) > 0", True),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/views.py:_attempt",
        (
            (),
            "CREATE VIEW pg_temp.p AS SELECT {f}(1), {volatile_f}(2), 1::others.d FROM {f}(3) q "
            "WHERE {f}(4) = 4 ORDER BY {stable_f}(5) LIMIT {f}(6)",
            False,
        ),
        ((PAIR,), "CREATE VIEW pg_temp.p AS SELECT '(1,2)'::pair AS a", True),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/views.py:_read",
        (
            ("CREATE VIEW v AS SELECT {f}(1) AS a",),
            "SELECT pg_get_viewdef('v'::regclass)",
            False,
        ),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/catalog.py:_tables",
        (
            (TABLE, "CREATE INDEX i ON t (({f}(1))) WHERE {f}(1) > 0"),
            "SELECT pg_get_indexdef('i'::regclass), pg_get_expr(indpred, indrelid) FROM pg_index "
            "WHERE indrelid = 't'::regclass",
            False,
        ),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/catalog.py:_texts",
        (
            ("CREATE TABLE t (a integer DEFAULT {f}(1))",),
            "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 't'::regclass",
            False,
        ),
    ),
    *_of(
        "postgresql",
        "dialects/postgresql/__init__.py:type_exists",
        ((), f"SELECT to_regtype('{DOMAIN}')", False),
    ),
    *_of(
        "postgresql",
        "dialects/base.py:count_rows",
        ((TABLE, ROW, "CREATE INDEX ON t (({f}(1)))"), COUNT, True),
        ((TABLE, ROW, "CREATE INDEX ON t (a) WHERE {f}(1) > 0"), COUNT, True),
        ((TABLE, ROW, "CREATE STATISTICS s ON ({f}(1)), a FROM t"), COUNT, True),
        ((TABLE, "CREATE TABLE c () INHERITS (t)", "CREATE INDEX ON c (({f}(1)))"), COUNT, True),
        ((TABLE, ROW, "CREATE INDEX ON t (({f}(a)))"), COUNT, False),
        (
            (TABLE, ROW, "ALTER TABLE t ADD CHECK ({f}(1) > 0), ADD CHECK ({volatile_f}(1) > 0)"),
            COUNT,
            False,
        ),
        ((TABLE, ROW, "ALTER TABLE t ALTER a SET DEFAULT {volatile_f}(1)"), COUNT, False),
        (("CREATE VIEW t AS SELECT 1 AS id WHERE {f}(1) > 0",), COUNT, True),
    ),
    *_of(
        "postgresql",
        "revisions/migrate.py:_version",
        (
            ("CREATE VIEW migrate_version AS SELECT {volatile_f}(1) AS version",),
            "SELECT version FROM migrate_version",
            True,
        ),
    ),
    *_of(
        "postgresql",
        "facts.py:_ask",
        ((), f"SELECT 1 WHERE CAST('1' AS {DOMAIN}) = 2", True),
        (
            (TABLE, "CREATE TABLE c (CHECK ({f}(1) > 0)) INHERITS (t)"),
            "SELECT 1 FROM t WHERE id = 1 LIMIT 1",
            True,
        ),
        ((TABLE, ROW), BROKEN, True),
    ),
]

CONSTANT = "CREATE SQL SECURITY INVOKER VIEW v AS SELECT substr(b, {f}(1)) AS c FROM t"
"""What MariaDB evaluates as soon as it opens the view."""
OPENED = (TABLE, ROW, CONSTANT)
ROUNDED = "SELECT round(a, {f}(1)) AS c FROM t"
"""What it evaluates as soon as it plans to execute it."""


MARIADB = [
    *_of(
        "mariadb",
        "dialects/mysql/views.py:_traced",
        ((TABLE, ROW), f"EXPLAIN SELECT * FROM ({ROUNDED}) q", True),
        ((TABLE, ROW), f"PREPARE s FROM 'SELECT * FROM ({ROUNDED}) q'", False),
        ((TABLE, ROW), "PREPARE s FROM 'SELECT * FROM (SELECT substr(b, {f}(1)) FROM t) q'", True),
        ((TABLE, ROW), "PREPARE s FROM 'SELECT * FROM (SELECT substr(b, {g}(1)) FROM t) q'", True),
        (OPENED, "PREPARE s FROM 'SELECT * FROM (SELECT c FROM v) q'", True),
    ),
    *_of(
        "mariadb",
        "dialects/mysql/rows.py:_packed",
        (
            OPENED,
            "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE()",
            True,
        ),
        (
            OPENED,
            "SELECT column_name FROM information_schema.columns "
            f"WHERE table_schema IN (DATABASE()) AND {HERE}",
            False,
        ),
        (
            OPENED,
            "SELECT table_type, table_comment, table_collation, engine "
            "FROM information_schema.tables WHERE table_schema IN (DATABASE())",
            False,
        ),
        (
            OPENED,
            "SELECT index_name FROM information_schema.statistics "
            "WHERE table_schema IN (DATABASE())",
            False,
        ),
        (
            OPENED,
            "SELECT column_name FROM information_schema.key_column_usage "
            "WHERE table_schema IN (DATABASE())",
            False,
        ),
        (
            OPENED,
            "SELECT check_clause FROM information_schema.check_constraints "
            "WHERE constraint_schema IN (DATABASE())",
            False,
        ),
    ),
    *_of(
        "mariadb",
        "dialects/mysql/rows.py:_there",
        (OPENED, "SELECT table_name FROM information_schema.tables", False),
    ),
    *_of(
        "mariadb",
        "dialects/mysql/views.py:with_definitions",
        (
            OPENED,
            "SELECT view_definition, algorithm, definer, security_type, check_option "
            "FROM information_schema.views WHERE table_schema IN (DATABASE())",
            False,
        ),
        (OPENED, f"SELECT is_updatable FROM information_schema.views {ONE_DATABASE}", True),
    ),
    *_of(
        "mariadb",
        "dialects/mysql/calls.py:_views_in",
        (OPENED, "SELECT view_definition FROM information_schema.views", False),
    ),
    *_of(
        "mariadb",
        "dialects/mysql/__init__.py:estimated_rows",
        (OPENED, f"SELECT table_rows FROM information_schema.tables {ONE_DATABASE}", True),
        (
            OPENED,
            "SELECT table_rows FROM information_schema.tables "
            "WHERE table_schema = COALESCE(NULL, DATABASE()) AND table_name = 't'",
            False,
        ),
    ),
    *_of(
        "mariadb",
        "dialects/mysql/instant.py:_obstacles",
        (
            OPENED,
            "SELECT engine, row_format FROM information_schema.tables "
            "WHERE table_schema = COALESCE(NULL, DATABASE()) AND table_name = 't'",
            False,
        ),
    ),
    *_of(
        "mariadb",
        "dialects/mysql/probe.py:probe",
        ((), "CREATE TEMPORARY TABLE p (a integer DEFAULT (interval({f}(1), 2)))", False),
        ((), "CREATE TEMPORARY TABLE p (a integer, CHECK (interval({f}(1), 2) = 1))", False),
        ((), "CREATE TEMPORARY TABLE p (a integer, b integer AS (interval({f}(1), 2)))", False),
    ),
    *_of(
        "mariadb",
        "dialects/mysql/trial.py:_send",
        ((), "CREATE TEMPORARY TABLE p LIKE t", False),
        ((PROBE,), "ALTER TABLE p ADD COLUMN n integer DEFAULT (interval({f}(1), 2))", False),
        ((PROBE,), "ALTER TABLE p ADD COLUMN n integer, ADD CHECK (interval({f}(1), n))", False),
        ((PROBE,), "ALTER TABLE p ADD COLUMN n integer AS (interval({f}(1), a))", False),
    ),
    *_of("mariadb", "dialects/mysql/probe.py:_printed", (OPENED, "SHOW CREATE TABLE t", False)),
    *_of(
        "mariadb",
        "dialects/base.py:count_rows",
        (OPENED, COUNT, False),
        (OPENED, COUNT.replace("FROM t", "FROM v"), True),
    ),
    *_of(
        "mariadb",
        "reflection.py:table",
        (OPENED, "SHOW CREATE TABLE t", False),
        (OPENED, "SHOW CREATE TABLE v", True),
        (OPENED, "DESCRIBE v", True),
    ),
    *_of("mariadb", "facts.py:_ask", ((TABLE, ROW), BROKEN, True)),
]

COMPUTED = "ALTER TABLE t ADD COLUMN c integer GENERATED ALWAYS AS (f(a)) VIRTUAL"
VIEW = "CREATE VIEW v AS SELECT f(1) AS c, a FROM t WHERE a = f(2) ORDER BY f(3) LIMIT f(4)"


SQLITE = [
    *_of(
        "sqlite",
        "dialects/sqlite/views.py:_explained",
        ((TABLE, ROW, VIEW), "EXPLAIN SELECT * FROM main.v", False),
        ((TABLE, ROW, VIEW), "SELECT * FROM main.v", True),
    ),
    *_of(
        "sqlite",
        "dialects/sqlite/views.py:_is_one_program",
        ((TABLE, ROW, VIEW), "PRAGMA main.table_xinfo(v)", False),
    ),
    *_of(
        "sqlite",
        "dialects/sqlite/__init__.py:query",
        (
            (TABLE, ROW, VIEW, COMPUTED),
            "SELECT x.name, x.dflt_value FROM main.sqlite_master m, "
            "pragma_table_xinfo(m.name, 'main') x WHERE m.type = 'table'",
            False,
        ),
        (
            (TABLE, ROW, "CREATE INDEX i ON t (f(a)) WHERE f(a) > 0"),
            "SELECT x.* FROM pragma_index_list('t') l, pragma_index_xinfo(l.name) x",
            False,
        ),
    ),
    *_of(
        "sqlite",
        "dialects/base.py:count_rows",
        ((TABLE, ROW, COMPUTED, "CREATE INDEX i ON t (f(a)) WHERE f(a) > 0"), COUNT, False),
    ),
    *_of(
        "sqlite",
        "facts.py:_ask",
        ((TABLE, ROW, COMPUTED), "SELECT 1 FROM t GROUP BY c HAVING count(*) > 1", True),
        ((TABLE, ROW, COMPUTED), "SELECT 1 FROM (SELECT a, c FROM t) q WHERE NOT (a > 0)", False),
    ),
]

PROOFS = [*POSTGRESQL, *MARIADB, *SQLITE]
