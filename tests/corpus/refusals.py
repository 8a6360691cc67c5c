"""What is refused, and what is only noted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Enum,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from autosync.schema import MOST_OTHERS
from tests.corpus.additions import USERS, column, groups, pk, two, users
from tests.corpus.case import Case, Models

LONG = "x" * 80
MYSQLS = ("mariadb", "mysql")


def with_options(**options: Any) -> Models:
    """The table of users, kept in some way."""
    return lambda md: Table("users", md, pk(), Column("name", String(50)), **options)


def keyed_by_text(**options: Any) -> Models:
    """A table that STRICT allows."""
    return lambda md: Table("users", md, pk(), Column("name", Text), **options)


def many_indexed(size: int) -> Models:
    """A table with an index of so many columns."""
    columns = [f"c{number}" for number in range(size)]
    return lambda md: Table(
        "many", md, pk(), *(Column(name, Integer) for name in columns), Index("i_many", *columns)
    )


def concatenated(size: int) -> Any:
    """A call with so many arguments."""
    return text(f"concat({', '.join(['1'] * size)})")


def crowd(md: MetaData) -> None:
    for number in range(MOST_OTHERS + 1):
        Table(f"crowd_{number:03}", md, pk())


def wide(size: int) -> Models:
    """A table of so many columns."""
    return lambda md: Table("wide", md, pk(), *(Column(f"c{n}", Integer) for n in range(1, size)))


def view_of_users(md: MetaData) -> None:
    Table("base", md, pk(), Column("name", String(50)))


COLUMNS = [
    Case(
        "type",
        live=users(column("age", Integer)),
        models=users(column("age", String(10))),
        rows=USERS,
        refused={"column users.age": "column-type"},
    ),
    Case(
        "longer string",
        live=users(),
        models=lambda md: Table("users", md, pk(), Column("name", String(60))),
        rows=USERS,
        refused={"column users.name": "column-type"},
        on={"sqlite": {"refused": {}, "notes": {"column users.name": "type-alike"}}},
    ),
    Case(
        "same type in other words",
        live=users(column("x", Integer)),
        models=users(column("x", Integer)),
        rows=USERS,
        near="column-type",
    ),
    Case(
        "nullable live, not null declared",
        live=users(),
        models=lambda md: Table("users", md, pk(), Column("name", String(50), nullable=False)),
        rows=USERS,
        refused={"column users.name": "column-nullable"},
    ),
    Case(
        "not null live, nullable declared",
        live=lambda md: Table("users", md, pk(), Column("name", String(50), nullable=False)),
        models=users(),
        rows=USERS,
        refused={"column users.name": "column-nullable"},
    ),
    Case(
        "not null on both sides",
        live=users(column("x", Integer, nullable=False)),
        models=users(column("x", Integer, nullable=False)),
        near="column-nullable",
    ),
    Case(
        "another default",
        live=users(column("x", Integer, server_default="1")),
        models=users(column("x", Integer, server_default="2")),
        rows=USERS,
        refused={"column users.x": "column-default"},
    ),
    Case(
        "a default is missing",
        live=users(column("x", Integer)),
        models=users(column("x", Integer, server_default="2")),
        rows=USERS,
        refused={"column users.x": "column-default"},
    ),
    Case(
        "the same default in other words",
        live=users(column("x", Integer, server_default="1")),
        models=users(column("x", Integer, server_default=text("1"))),
        rows=USERS,
        near="column-default",
    ),
    Case(
        "a default of the database's own",
        live=users(column("x", Integer, server_default="1")),
        models=users(column("x", Integer)),
        rows=USERS,
        notes={"column users.x": "default-extra"},
    ),
    Case(
        "computed differs",
        live=users(column("x", Integer, Computed("LENGTH(name) + 1", persisted=True))),
        models=users(column("x", Integer, Computed("LENGTH(name) + 2", persisted=True))),
        rows=USERS,
        refused={"column users.x": "column-generated"},
    ),
    Case(
        "computed is the same",
        live=users(column("x", Integer, Computed("LENGTH(name)+1", persisted=True))),
        models=users(column("x", Integer, Computed("LENGTH(name) + 1", persisted=True))),
        rows=USERS,
        near="column-generated",
    ),
    Case(
        "collation differs",
        live=users(column("x", String(9))),
        models=users(column("x", String(9, collation="C"))),
        rows=USERS,
        refused={"column users.x": "column-collation"},
        databases=["postgresql"],
    ),
    Case(
        "collation is the same",
        live=users(column("x", String(9, collation="NOCASE"))),
        models=users(column("x", String(9, collation="nocase"))),
        rows=USERS,
        databases=["sqlite"],
        near="column-collation",
    ),
    Case(
        "not null without default",
        live=users(),
        models=users(column("must", Integer, nullable=False)),
        rows=USERS,
        refused={"column users.must": "not-null-without-default"},
    ),
    Case(
        "not null with a callable default",
        live=users(),
        models=users(column("must", Integer, nullable=False, default=lambda: 1)),
        rows=USERS,
        refused={"column users.must": "not-null-without-default"},
    ),
    Case(
        "volatile default",
        live=users(),
        models=users(column("r", Text, server_default=text("random()::text"))),
        rows=USERS,
        refused={"column users.r": "rewrites-table"},
        databases=["postgresql"],
    ),
    Case(
        "volatile default of mariadb",
        live=users(),
        models=users(column("r", String(36), server_default=text("(uuid())"))),
        rows=USERS,
        refused={"column users.r": "rewrites-table"},
        databases=["mariadb", "mysql"],
    ),
    Case(
        "current time on sqlite",
        live=users(),
        models=users(column("r", Text, server_default=func.current_timestamp())),
        rows=USERS,
        refused={"column users.r": "rewrites-table"},
        databases=["sqlite"],
    ),
    Case(
        "stored computed",
        live=users(),
        models=users(column("x", Integer, Computed("length(name)", persisted=True))),
        rows=USERS,
        refused={"column users.x": "rewrites-table"},
        on={"sqlite": {"refused": {"column users.x": "stored-column"}}},
    ),
    Case(
        "primary key column",
        live=users(),
        models=users(column("second", Integer, primary_key=True)),
        rows=USERS,
        refused={"column users.second": "primary-key-column"},
    ),
    Case(
        "primary key stays",
        live=users(),
        models=users(column("second", Integer)),
        rows=USERS,
        pending=["column users.second"],
        near="primary-key-column",
    ),
    Case(
        "primary key differs",
        live=lambda md: Table(
            "users",
            md,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("name", String(50)),
        ),
        models=lambda md: Table(
            "users",
            md,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("name", String(50), primary_key=True),
        ),
        refused={
            "primary_key users(id, name)": "primary-key",
            "column users.name": "column-nullable",
        },
        on={
            "postgresql": {
                "refused": {
                    "primary_key users(id, name)": "primary-key",
                    "column users.name": "column-nullable",
                }
            }
        },
    ),
    Case(
        "likely rename",
        live=users(column("email", String(40))),
        models=users(column("email_address", String(40))),
        rows=USERS,
        refused={"column users.email_address": "likely-rename"},
        notes={"column users.email": "column-extra"},
    ),
    Case(
        "another column beside an orphan",
        live=users(column("email", String(40))),
        models=users(column("town", String(40))),
        rows=USERS,
        pending=["column users.town"],
        notes={"column users.email": "column-extra"},
        near="likely-rename",
    ),
    Case(
        "string without a length",
        live=users(),
        models=users(column("x", String)),
        rows=USERS,
        refused={"column users.x": "not-rendered"},
        databases=("mariadb", "mysql"),
    ),
    Case(
        "string with a length",
        live=users(),
        models=users(column("x", String(9))),
        rows=USERS,
        pending=["column users.x"],
        databases=("mariadb", "mysql"),
        near="not-rendered",
    ),
    Case(
        "parameter in a default",
        live=users(),
        models=users(column("x", String(9), server_default=text("' :zz'"))),
        rows=USERS,
        refused={"column users.x": "default-has-parameters"},
    ),
    Case(
        "escaped colon in a default",
        live=users(),
        models=users(column("x", String(9), server_default=text("'\\:zz'"))),
        rows=USERS,
        pending=["column users.x"],
        near="default-has-parameters",
    ),
    Case(
        "required column that the models lack",
        live=users(column("must", Integer, nullable=False)),
        models=users(),
        refused={"column users.must": "required-column"},
    ),
    Case(
        "filled column that the models lack",
        live=users(column("may", Integer, nullable=False, server_default="1")),
        models=users(),
        rows=USERS,
        notes={"column users.may": "column-extra"},
        near="required-column",
    ),
    Case(
        "name too long",
        live=users(),
        models=users(column(LONG, Integer)),
        rows=USERS,
        refused={f"column users.{LONG}": "name-unusable"},
        databases=["postgresql", "mariadb", "mysql"],
    ),
    Case(
        "name too long in bytes",
        live=users(),
        models=users(column("Ж" * 40, Integer)),
        rows=USERS,
        refused={f"column users.{'Ж' * 40}": "name-unusable"},
        databases=["postgresql"],
    ),
    Case(
        "colliding names",
        live=users(),
        models=users(column("Mail", Integer), column("mail", Integer)),
        rows=USERS,
        refused={"column users.Mail": "names-collide", "column users.mail": "names-collide"},
        databases=["sqlite", "mariadb", "mysql"],
    ),
]

TABLES = [
    Case(
        "another engine",
        live=with_options(mysql_engine="MyISAM"),
        models=with_options(mysql_engine="InnoDB"),
        rows=USERS,
        refused={"table users": "table-options"},
        databases=["mariadb", "mysql"],
    ),
    Case(
        "another character set of the table",
        live=with_options(mysql_charset="latin1"),
        models=with_options(mysql_charset="utf8mb4"),
        rows=USERS,
        refused={"table users": "table-options"},
        databases=["mariadb", "mysql"],
    ),
    Case(
        "another collation of the table",
        live=with_options(mysql_collate="utf8mb4_bin"),
        models=with_options(mysql_collate="utf8mb4_unicode_ci"),
        rows=USERS,
        refused={"table users": "table-options"},
        databases=["mariadb", "mysql"],
    ),
    Case(
        "options that the models leave open",
        live=with_options(mysql_engine="MyISAM", mysql_charset="latin1"),
        models=users(),
        rows=USERS,
        databases=["mariadb", "mysql"],
        near="table-options",
    ),
    Case(
        "AUTOINCREMENT lost",
        live=users(),
        models=with_options(sqlite_autoincrement=True),
        rows=USERS,
        refused={"table users": "table-options"},
        databases=["sqlite"],
    ),
    Case(
        "AUTOINCREMENT that the models do not ask for",
        live=with_options(sqlite_autoincrement=True),
        models=users(),
        rows=USERS,
        databases=["sqlite"],
        near="table-options",
    ),
    Case(
        "WITHOUT ROWID lost",
        live=lambda md: Table("users", md, Column("name", String(50), primary_key=True)),
        models=lambda md: Table(
            "users", md, Column("name", String(50), primary_key=True), sqlite_with_rowid=False
        ),
        refused={"table users": "table-options"},
        databases=["sqlite"],
    ),
    Case(
        "STRICT lost",
        live=keyed_by_text(),
        models=keyed_by_text(sqlite_strict=True),
        refused={"table users": "table-options"},
        databases=["sqlite"],
        since=(2, 0),
    ),
    Case(
        "STRICT where the models are not",
        live=keyed_by_text(sqlite_strict=True),
        models=keyed_by_text(),
        refused={"table users": "table-options"},
        databases=["sqlite"],
        since=(2, 0),
    ),
    Case(
        "ON CONFLICT lost",
        live=lambda md: Table("users", md, pk(), Column("n", Integer, unique=True)),
        models=lambda md: Table(
            "users",
            md,
            pk(),
            Column("n", Integer, unique=True, sqlite_on_conflict_unique="REPLACE"),
        ),
        refused={"table users": "table-options"},
        databases=["sqlite"],
    ),
    Case(
        "ON CONFLICT where the models have none",
        live=lambda md: None,
        models=users(column("n", Integer, nullable=False)),
        ddl={
            "sqlite": [
                "CREATE TABLE users (id INTEGER NOT NULL, name VARCHAR(50), "
                "n INTEGER NOT NULL ON CONFLICT IGNORE, PRIMARY KEY (id))"
            ]
        },
        refused={"table users": "table-options"},
        databases=["sqlite"],
    ),
    Case(
        "a view in its place",
        live=view_of_users,
        models=users(),
        ddl={
            name: ["CREATE VIEW users AS SELECT id, name FROM base"]
            for name in ("sqlite", "postgresql", "mariadb", "mysql")
        },
        refused={"table users": "not-a-table"},
        notes={"table base": "table-extra"},
    ),
    Case(
        "no such schema",
        live=users(),
        models=two(users(), lambda md: Table("orders", md, pk(), schema="nowhere")),
        rows=USERS,
        refused={"table nowhere.orders": "schema-missing"},
        databases=["postgresql", "mariadb", "mysql"],
    ),
    Case(
        "a key to a refused table",
        live=users(),
        models=two(
            users(column("gid", ForeignKey("groups.id"))),
            lambda md: Table(
                "groups", md, pk(), Column("x", String(9), server_default=text("':no'"))
            ),
        ),
        rows=USERS,
        refused={
            "table groups": "default-has-parameters",
            "foreign_key users(gid)": "depends-on-refused",
            "column users.gid": "depends-on-refused",
        },
    ),
    Case(
        "an extra table",
        live=two(users(), groups()),
        models=users(),
        rows=USERS,
        notes={"table groups": "table-extra"},
    ),
    Case(
        "an extra nullable column",
        live=users(column("old", Integer)),
        models=users(),
        rows=USERS,
        notes={"column users.old": "column-extra"},
    ),
    Case(
        "an extra index",
        live=users(lambda: Index("ix_name", "name")),
        models=users(),
        rows=USERS,
        notes={"index users.ix_name": "index-extra"},
    ),
    Case(
        "a table that is too wide",
        live=users(),
        models=two(users(), wide(2_001)),
        rows=USERS,
        refused={"table wide": "limit-exceeded"},
        databases=["sqlite"],
    ),
    Case(
        "a table as wide as it may be",
        live=users(),
        models=two(users(), wide(2_000)),
        rows=USERS,
        pending=["table wide"],
        databases=["sqlite"],
        near="limit-exceeded",
    ),
    Case(
        "an extra index that is there twice",
        live=users(lambda: Index("ix_name", "name"), lambda: Index("ix_name_2", "name")),
        models=users(lambda: Index("ix_name", "name")),
        rows=USERS,
        notes={"index users.ix_name_2": "index-twice"},
    ),
    Case(
        "an extra check",
        live=users(lambda: CheckConstraint("name > 'a'", name="ck_id")),
        models=users(),
        rows=USERS,
        notes={"check users.ck_id": "constraint-extra"},
    ),
    Case(
        "a comment differs",
        live=users(comment="old"),
        models=users(comment="new"),
        rows=USERS,
        notes={"table users": "comment-differs"},
        databases=["postgresql", "mariadb", "mysql"],
    ),
]

CONSTRAINTS = [
    Case(
        "foreign key missing",
        live=two(groups(), users(column("gid", Integer))),
        models=two(groups(), users(column("gid", ForeignKey("groups.id")))),
        rows=USERS,
        refused={"foreign_key users(gid)": "foreign-key-missing"},
    ),
    Case(
        "on delete differs",
        live=two(groups(), users(column("gid", ForeignKey("groups.id", name="fk")))),
        models=two(
            groups(), users(column("gid", ForeignKey("groups.id", name="fk", ondelete="CASCADE")))
        ),
        rows=USERS,
        refused={"foreign_key users.fk": "foreign-key-differs"},
    ),
    Case(
        "on delete is the same",
        live=two(groups(), users(column("gid", ForeignKey("groups.id", ondelete="SET NULL")))),
        models=two(groups(), users(column("gid", ForeignKey("groups.id", ondelete="set null")))),
        rows=USERS,
        near="foreign-key-differs",
    ),
    Case(
        "foreign key not valid",
        live=two(groups(), users(column("gid", Integer))),
        models=two(groups(), users(column("gid", ForeignKey("groups.id", name="fk")))),
        ddl={
            "postgresql": [
                "ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (gid) REFERENCES groups (id) "
                "NOT VALID"
            ]
        },
        rows=USERS,
        refused={"foreign_key users.fk": "foreign-key-not-valid"},
        databases=["postgresql"],
    ),
    Case(
        "foreign key valid",
        live=two(groups(), users(column("gid", ForeignKey("groups.id", name="fk")))),
        models=two(groups(), users(column("gid", ForeignKey("groups.id", name="fk")))),
        near="foreign-key-not-valid",
    ),
    Case(
        "target is not unique",
        live=two(groups(), users()),
        models=two(groups(), users(column("title", ForeignKey("groups.title")))),
        rows=USERS,
        refused={
            "foreign_key users(title)": "foreign-key-target",
            "column users.title": "depends-on-refused",
        },
        on={
            "sqlite": {
                "refused": {},
                "pending": ["column users.title", "foreign_key users(title)"],
                "hazards": {"foreign_key users(title)": "PRAGMA foreign_keys is off here"},
            }
        },
    ),
    Case(
        "composite key on sqlite",
        live=two(
            lambda md: Table(
                "places",
                md,
                Column("x", Integer, primary_key=True),
                Column("y", Integer, primary_key=True),
            ),
            users(),
        ),
        models=two(
            lambda md: Table(
                "places",
                md,
                Column("x", Integer, primary_key=True),
                Column("y", Integer, primary_key=True),
            ),
            users(
                column("px", Integer),
                column("py", Integer),
                lambda: ForeignKeyConstraint(["px", "py"], ["places.x", "places.y"]),
            ),
        ),
        rows=USERS,
        refused={
            "foreign_key users(px, py)": "constraint-unsupported",
            "column users.px": "depends-on-refused",
            "column users.py": "depends-on-refused",
        },
        databases=["sqlite"],
    ),
    Case(
        "key with a default that points nowhere",
        live=two(groups(), users()),
        models=two(groups(), users(column("gid", ForeignKey("groups.id"), server_default="7"))),
        rows=USERS,
        refused={
            "foreign_key users(gid)": "foreign-key-default",
            "column users.gid": "depends-on-refused",
        },
        on={
            "sqlite": {
                "refused": {
                    "foreign_key users(gid)": "constraint-unsupported",
                    "column users.gid": "depends-on-refused",
                }
            }
        },
    ),
    Case(
        "key with a default that points somewhere",
        live=two(groups(), users()),
        models=two(groups(), users(column("gid", ForeignKey("groups.id"), server_default="7"))),
        rows={**USERS, "groups": [{"id": 7}]},
        pending=["column users.gid", "foreign_key users(gid)"],
        databases=["postgresql", "mariadb", "mysql"],
        near="foreign-key-default",
    ),
    Case(
        "unique missing",
        live=users(),
        models=users(lambda: UniqueConstraint("name")),
        rows=USERS,
        refused={"unique users(name)": "unique-missing"},
    ),
    Case(
        "unique column with a default, two rows",
        live=users(),
        models=users(column("x", String(9), unique=True, server_default="x")),
        rows=USERS,
        refused={"unique users(x)": "unique-default", "column users.x": "depends-on-refused"},
    ),
    Case(
        "unique where not even NULLs are distinct",
        live=users(),
        models=users(
            column("x", Integer),
            lambda: UniqueConstraint("x", name="uq_x", postgresql_nulls_not_distinct=True),
        ),
        rows=USERS,
        refused={"unique users.uq_x": "unique-default", "column users.x": "depends-on-refused"},
        databases=["postgresql"],
        since=(2, 0),
        server=15,
    ),
    Case(
        "unique differs",
        live=users(lambda: UniqueConstraint("name", name="uq")),
        models=users(lambda: UniqueConstraint("name", "id", name="uq")),
        rows=USERS,
        refused={"unique users.uq": "unique-differs"},
        databases=["postgresql", "mariadb", "mysql"],
    ),
    Case(
        "check missing",
        live=users(),
        models=users(lambda: CheckConstraint("name > 'a'", name="ck")),
        rows=USERS,
        refused={"check users.ck": "check-missing"},
    ),
    Case(
        "check differs",
        live=users(lambda: CheckConstraint("name > 'a'", name="ck")),
        models=users(lambda: CheckConstraint("name > 'b'", name="ck")),
        rows=USERS,
        refused={"check users.ck": "check-differs"},
    ),
    Case(
        "check is the same in other words",
        live=users(lambda: CheckConstraint("name IN ('a', 'b') AND name <> 'x'", name="ck")),
        models=users(lambda: CheckConstraint("name in ('a','b') and name <> 'x'", name="ck")),
        databases=["postgresql", "mariadb", "mysql"],
    ),
    Case(
        "index missing",
        live=users(),
        models=users(lambda: Index("ix", "name")),
        rows=USERS,
        refused={"index users.ix": "index-missing"},
    ),
    Case(
        "index differs",
        live=users(lambda: Index("ix", "name")),
        models=users(lambda: Index("ix", "name", "id")),
        rows=USERS,
        refused={"index users.ix": "index-differs"},
    ),
    Case(
        "index never finished",
        live=users(lambda: Index("ix", "name", "id")),
        models=users(lambda: Index("ix", "name", "id")),
        rows=USERS,
        ddl={
            "postgresql": [
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass"
            ]
        },
        refused={"index users.ix": "index-invalid"},
        databases=["postgresql"],
    ),
    Case(
        "large table",
        live=users(),
        models=users(column("mail", String(9), unique=True)),
        rows=USERS,
        refused={"unique users(mail)": "large-table", "column users.mail": "depends-on-refused"},
        options={"max_rows_scanned": 1},
        databases=["sqlite"],
    ),
    Case(
        "large table that can be altered gently",
        live=users(),
        models=users(
            column("mail", String(9), unique=True),
            column("nick", String(9), index=True),
            lambda: Index("both", "name", "nick", unique=True),
        ),
        rows=USERS,
        pending=[
            "column users.mail",
            "column users.nick",
            "unique users(mail)",
            "index users.both",
            "index users.ix_users_nick",
        ],
        options={"max_rows_scanned": 1},
        databases=["postgresql", "mariadb", "mysql"],
        near="large-table",
    ),
    Case(
        "large table with a new key",
        live=users(),
        models=users(column("boss", ForeignKey("users.id"), server_default="1", nullable=False)),
        rows=USERS,
        refused={
            "foreign_key users(boss)": "large-table",
            "column users.boss": "depends-on-refused",
        },
        on={
            "postgresql": {
                "refused": {},
                "pending": ["column users.boss", "foreign_key users(boss)"],
            }
        },
        options={"max_rows_scanned": 1},
        databases=["postgresql", "mariadb", "mysql"],
    ),
    Case(
        "table that is too large to be copied",
        live=users(),
        models=users(column("boss", ForeignKey("users.id"))),
        rows=USERS,
        refused={
            "foreign_key users(boss)": "large-table",
            "column users.boss": "depends-on-refused",
        },
        options={"max_rows_scanned": 3},
        databases=["mariadb", "mysql"],
    ),
    Case(
        "large table with a new check",
        live=users(),
        models=users(
            column("age", Integer), lambda: CheckConstraint("age > length(name)", name="older")
        ),
        rows=USERS,
        refused={"check users.older": "large-table", "column users.age": "depends-on-refused"},
        options={"max_rows_scanned": 1},
    ),
    Case(
        "table just small enough",
        live=users(),
        models=users(column("mail", String(9), unique=True)),
        rows=USERS,
        pending=["column users.mail", "unique users(mail)"],
        options={"max_rows_scanned": 2},
        near="large-table",
    ),
]

ENUMS = [
    Case(
        "labels missing",
        live=users(column("kind", Enum("a", name="letter"))),
        models=users(column("kind", Enum("a", "b", name="letter"))),
        rows=USERS,
        refused={"enum letter": "enum-labels"},
        databases=["postgresql"],
    ),
    Case(
        "labels extra",
        live=users(column("kind", Enum("a", "b", name="letter"))),
        models=users(column("kind", Enum("a", name="letter"))),
        rows=USERS,
        notes={"enum letter": "label-extra"},
        databases=["postgresql"],
    ),
    Case(
        "labels in another order",
        live=users(column("kind", Enum("a", "b", name="letter"))),
        models=users(column("kind", Enum("b", "a", name="letter"))),
        rows=USERS,
        refused={"enum letter": "enum-order"},
        databases=["postgresql"],
    ),
    Case(
        "a domain of that name",
        live=users(),
        models=users(column("kind", Enum("a", name="letter"))),
        ddl={"postgresql": ["CREATE DOMAIN letter AS text"]},
        rows=USERS,
        refused={"enum letter": "enum-kind", "column users.kind": "depends-on-refused"},
        databases=["postgresql"],
    ),
    Case(
        "a native enum where there was text",
        live=users(column("kind", String(9))),
        models=users(column("kind", Enum("a", name="letter"))),
        rows=USERS,
        refused={"column users.kind": "column-type", "enum letter": "depends-on-refused"},
        databases=["postgresql"],
    ),
]


def _domain(md: MetaData) -> None:
    from sqlalchemy.dialects.postgresql import DOMAIN

    users(lambda: Column("mail", DOMAIN("mail_address", String(40))))(md)


def _pointing_at_a_new_column(md: MetaData) -> None:
    users(column("code", Integer, unique=True))(md)
    Table("cards", md, pk(), Column("code", ForeignKey("users.code")))


def _pointing_at_a_refused_column(md: MetaData) -> None:
    users(column("code", Integer, unique=True, nullable=False))(md)
    Table("cards", md, pk(), Column("code", ForeignKey("users.code")))


def _pointing_at_what_is_not_unique(md: MetaData) -> None:
    users(lambda: UniqueConstraint("name"))(md)
    Table("cards", md, pk(), Column("code", ForeignKey("users.name")))


def _cycle_with_an_enum(md: MetaData) -> None:
    groups()(md)
    users()(md)
    Table(
        "a",
        md,
        pk(),
        Column("b_id", ForeignKey("b.id")),
        Column("g", ForeignKey("groups.id")),
        Column("kind", Enum("x", name="kinds")),
    )
    Table("b", md, pk(), Column("a_id", ForeignKey("a.id")), Column("u", ForeignKey("users.id")))


FOUND_IN_REVIEW = [
    Case(
        "check that the default breaks",
        live=users(),
        models=users(
            column("age", Integer, server_default="0"),
            lambda: CheckConstraint("age > 0", name="ck_age"),
        ),
        rows=USERS,
        refused={"check users.ck_age": "check-fails", "column users.age": "depends-on-refused"},
    ),
    Case(
        "check that an old row breaks",
        live=users(),
        models=users(
            column("age", Integer), lambda: CheckConstraint("name <> 'bob' OR age > 0", name="ck")
        ),
        rows=USERS,
        refused={"check users.ck": "check-fails", "column users.age": "depends-on-refused"},
        on={
            # NULL is not false: neither is it with ada
            name: {
                "refused": {},
                "pending": ["column users.age", "check users.ck"],
            }
            for name in ("sqlite", "postgresql", "mariadb", "mysql")
        },
    ),
    Case(
        "check that an old row breaks with a default",
        live=users(),
        models=users(
            column("age", Integer, default=0, nullable=False),
            lambda: CheckConstraint("name <> 'bob' OR age > 0", name="ck"),
        ),
        rows=USERS,
        refused={"check users.ck": "check-fails", "column users.age": "depends-on-refused"},
    ),
    Case(
        "check that the default keeps",
        live=users(),
        models=users(
            column("age", Integer, server_default="7"),
            lambda: CheckConstraint("age > 0", name="ck_age"),
        ),
        rows=USERS,
        pending=["column users.age", "check users.ck_age"],
        near="check-fails",
    ),
    Case(
        "check not enforced",
        live=users(),
        models=users(lambda: CheckConstraint("name > 'a'", name="ck")),
        ddl={
            "mysql": ["ALTER TABLE users ADD CONSTRAINT ck CHECK (name > 'a') NOT ENFORCED"],
        },
        refused={"check users.ck": "constraint-not-enforced"},
        databases=("mysql",),
    ),
    Case(
        "check in force",
        live=users(),
        models=users(lambda: CheckConstraint("name > 'a'", name="ck")),
        ddl={"mysql": ["ALTER TABLE users ADD CONSTRAINT ck CHECK (name > 'a')"]},
        databases=("mysql",),
        near="constraint-not-enforced",
    ),
    Case(
        "invisible column",
        live=users(),
        models=users(column("age", Integer)),
        ddl=dict.fromkeys(MYSQLS, ("ALTER TABLE users ADD age INTEGER INVISIBLE",)),
        refused={"column users.age": "column-invisible"},
        databases=MYSQLS,
    ),
    Case(
        "visible column",
        live=users(),
        models=users(column("age", Integer)),
        ddl=dict.fromkeys(MYSQLS, ("ALTER TABLE users ADD age INTEGER",)),
        databases=MYSQLS,
        near="column-invisible",
    ),
    Case(
        "index out of use",
        live=users(),
        models=users(lambda: Index("ix", "name")),
        ddl={
            "mysql": ["CREATE INDEX ix ON users (name) INVISIBLE"],
        },
        refused={"index users.ix": "index-invisible"},
        databases=("mysql",),
    ),
    Case(
        "index in use",
        live=users(),
        models=users(lambda: Index("ix", "name")),
        ddl=dict.fromkeys(MYSQLS, ("CREATE INDEX ix ON users (name)",)),
        databases=MYSQLS,
        near="index-invisible",
    ),
    Case(
        "foreign key not enforced",
        live=two(groups(), users(column("gid", Integer))),
        models=two(groups(), users(column("gid", ForeignKey("groups.id", name="fk")))),
        ddl={
            "postgresql": [
                "ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (gid) REFERENCES groups (id) "
                "NOT ENFORCED"
            ]
        },
        rows=USERS,
        refused={"foreign_key users.fk": "constraint-not-enforced"},
        databases=["postgresql"],
        server=18,
    ),
    Case(
        "foreign key enforced",
        live=two(groups(), users(column("gid", ForeignKey("groups.id", name="fk")))),
        models=two(groups(), users(column("gid", ForeignKey("groups.id", name="fk")))),
        rows=USERS,
        near="constraint-not-enforced",
    ),
    Case(
        "NOT NULL not valid",
        live=users(),
        models=lambda md: Table("users", md, pk(), Column("name", String(50), nullable=False)),
        ddl={"postgresql": ["ALTER TABLE users ADD CONSTRAINT filled NOT NULL name NOT VALID"]},
        rows=USERS,
        refused={"column users.name": "not-null-not-valid"},
        databases=["postgresql"],
        server=18,
    ),
    Case(
        "NOT NULL valid",
        live=lambda md: Table("users", md, pk(), Column("name", String(50), nullable=False)),
        models=lambda md: Table("users", md, pk(), Column("name", String(50), nullable=False)),
        rows={"users": [{"id": 1, "name": "a"}]},
        near="not-null-not-valid",
    ),
    Case(
        "an index of too many columns",
        live=users(),
        models=two(users(), many_indexed(33)),
        rows=USERS,
        refused={"table many": "limit-exceeded"},
        databases=["postgresql"],
    ),
    Case(
        "an index of as many columns as there may be",
        live=users(),
        models=two(users(), many_indexed(32)),
        rows=USERS,
        pending=["table many"],
        databases=["postgresql"],
        near="limit-exceeded",
    ),
    Case(
        "a default that is none of its type",
        live=users(),
        models=users(column("age", Integer, server_default="seven")),
        rows=USERS,
        refused={"column users.age": "not-accepted"},
        databases=["postgresql"],
    ),
    Case(
        "a default that is one of its type",
        live=users(),
        models=users(column("age", Integer, server_default="7")),
        rows=USERS,
        pending=["column users.age"],
        near="not-accepted",
    ),
    Case(
        "a default with more arguments than there may be",
        live=users(),
        models=users(column("word", Text, server_default=concatenated(101))),
        rows=USERS,
        refused={"column users.word": "limit-exceeded"},
        databases=["postgresql"],
    ),
    Case(
        "a default with as many arguments as there may be",
        live=users(),
        models=users(column("word", Text, server_default=concatenated(100))),
        rows=USERS,
        pending=["column users.word"],
        databases=["postgresql"],
        near="limit-exceeded",
    ),
    Case(
        "check not valid",
        live=users(),
        models=users(lambda: CheckConstraint("name > 'a'", name="ck")),
        ddl={"postgresql": ["ALTER TABLE users ADD CONSTRAINT ck CHECK (name > 'a') NOT VALID"]},
        rows=USERS,
        refused={"check users.ck": "check-not-valid"},
        databases=["postgresql"],
    ),
    Case(
        "check valid",
        live=users(lambda: CheckConstraint("name > 'a'", name="ck")),
        models=users(lambda: CheckConstraint("name > 'a'", name="ck")),
        rows=USERS,
        near="check-not-valid",
    ),
    Case(
        "domain that does not exist",
        live=users(),
        models=_domain,
        rows=USERS,
        refused={"column users.mail": "type-missing"},
        databases=["postgresql"],
        since=(2, 0),
    ),
    Case(
        "domain that exists",
        live=users(),
        models=_domain,
        setup={"postgresql": ["CREATE DOMAIN mail_address AS varchar(40)"]},
        rows=USERS,
        pending=["column users.mail"],
        databases=["postgresql"],
        since=(2, 0),
        near="type-missing",
    ),
    Case(
        "check inside an old column is missing",
        live=users(column("age", Integer)),
        models=users(column("age", Integer, CheckConstraint("age > 0"))),
        rows=USERS,
        refused={"check users(age)": "check-missing"},
    ),
    Case(
        "not null with a default that the server is said to have",
        live=users(),
        models=users(column("x", Integer, FetchedValue(), nullable=False)),
        rows=USERS,
        refused={"column users.x": "not-null-without-default"},
    ),
    Case(
        "not null with a default of null",
        live=users(),
        models=users(column("x", Integer, server_default=text("NULL"), nullable=False)),
        rows=USERS,
        refused={"column users.x": "not-null-without-default"},
    ),
    Case(
        "new table that points at a new column",
        live=users(),
        models=_pointing_at_a_new_column,
        rows=USERS,
        pending=["column users.code", "unique users(code)", "table cards"],
    ),
    Case(
        "new table that points at a refused column",
        live=users(),
        models=_pointing_at_a_refused_column,
        rows=USERS,
        refused={
            "column users.code": "not-null-without-default",
            "unique users(code)": "depends-on-refused",
            "table cards": "depends-on-refused",
        },
    ),
    Case(
        "new table that points at what is not unique",
        live=users(),
        models=_pointing_at_what_is_not_unique,
        rows=USERS,
        refused={"unique users(name)": "unique-missing", "table cards": "foreign-key-target"},
        on={
            "sqlite": {
                "refused": {"unique users(name)": "unique-missing"},
                "pending": ["table cards"],
                "hazards": {"table cards": "because name is not unique"},
            }
        },
    ),
    Case(
        "cycle with an enum and two parents",
        live=two(groups(), users()),
        models=_cycle_with_an_enum,
        rows=USERS,
        pending=["table a", "table b"],
        on={"postgresql": {"pending": ["table a", "table b", "enum kinds"]}},
    ),
    Case(
        "computed before its base",
        live=users(),
        models=users(
            column("total", Integer, Computed("base * 2", persisted=False)),
            column("base", Integer),
        ),
        rows=USERS,
        pending=["column users.total", "column users.base"],
        databases=["sqlite", "mariadb", "mysql"],
    ),
    Case(
        "unique index over a default",
        live=users(),
        models=users(column("slug", String(9), unique=True, index=True, server_default="x")),
        rows=USERS,
        refused={
            "index users.ix_users_slug": "unique-default",
            "column users.slug": "depends-on-refused",
        },
    ),
    Case(
        "unique of an old column with duplicates and a default",
        live=users(),
        models=users(
            column("q", String(9), default="", nullable=False),
            lambda: UniqueConstraint("name", "q"),
        ),
        rows={"users": [{"name": "ada"}, {"name": "ada"}]},
        refused={"unique users(name, q)": "unique-default", "column users.q": "depends-on-refused"},
    ),
    Case(
        "default of a label that is refused",
        live=users(column("kind", Enum("a", name="letter"))),
        models=users(
            column("kind", Enum("a", "it's", name="letter")),
            column("other", Enum("a", "it's", name="letter"), server_default="it's"),
        ),
        refused={"enum letter": "enum-labels", "column users.other": "depends-on-refused"},
        databases=["postgresql"],
    ),
    Case(
        "unique index that was never finished",
        live=users(lambda: Index("uq", "name", unique=True)),
        models=users(lambda: Index("uq", "name", unique=True)),
        rows=USERS,
        ddl={
            "postgresql": [
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'uq'::regclass"
            ]
        },
        refused={"index users.uq": "index-invalid"},
        databases=["postgresql"],
    ),
    Case(
        "colliding tables",
        live=users(),
        models=two(
            users(), two(lambda md: Table("Cars", md, pk()), lambda md: Table("cars", md, pk()))
        ),
        rows=USERS,
        refused={"table Cars": "names-collide", "table cars": "names-collide"},
        databases=["sqlite"],
    ),
    Case(
        "a sequence in its place",
        live=lambda md: None,
        models=users(),
        ddl={"postgresql": ["CREATE SEQUENCE users"], "mariadb": ["CREATE SEQUENCE users"]},
        refused={"table users": "not-a-table"},
        databases=["postgresql", "mariadb"],
    ),
    Case(
        "unique in a partitioned table",
        live=lambda md: Table(
            "logs", md, Column("id", Integer), postgresql_partition_by="HASH (id)"
        ),
        models=lambda md: Table(
            "logs",
            md,
            Column("id", Integer),
            Column("code", Integer, unique=True),
            postgresql_partition_by="HASH (id)",
        ),
        refused={
            "unique logs(code)": "constraint-unsupported",
            "column logs.code": "depends-on-refused",
        },
        databases=["postgresql"],
    ),
    Case(
        "check written by hand",
        live=lambda md: None,
        models=users(column("age", Integer), lambda: CheckConstraint("age > 0")),
        ddl={
            "sqlite": [
                "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50), "
                "age INT /* in years */, CHECK ([age] > 0 -- alive\n))"
            ]
        },
        databases=["sqlite"],
    ),
    Case(
        "percent signs",
        live=users(column("x", String(9), server_default="50%")),
        models=users(
            column("x", String(9), server_default="50%"),
            column("y", String(9), server_default="60%"),
            lambda: CheckConstraint("y <> '1%'", name="ck_y"),
        ),
        rows=USERS,
        pending=["column users.y", "check users.ck_y"],
    ),
    Case(
        "deferred from the start",
        live=two(groups(), users(column("gid", ForeignKey("groups.id", initially="DEFERRED")))),
        models=two(groups(), users(column("gid", ForeignKey("groups.id", initially="DEFERRED")))),
        rows=USERS,
        databases=["postgresql"],
    ),
    Case(
        "check of json",
        live=users(column("doc", Text), lambda: CheckConstraint("json_valid(doc)", name="ck_doc")),
        models=users(
            column("doc", Text), lambda: CheckConstraint("json_valid(doc)", name="ck_doc")
        ),
        rows=USERS,
        databases=["mariadb", "mysql"],
    ),
    Case(
        "collated index",
        live=users(column("x", String(9, collation="NOCASE"), unique=True, index=True)),
        models=users(column("x", String(9, collation="NOCASE"), unique=True, index=True)),
        rows=USERS,
        databases=["sqlite"],
    ),
    Case(
        "quotes inside a string are not quotes",
        live=users(lambda: CheckConstraint("name <> '`a`'", name="ck")),
        models=users(lambda: CheckConstraint("name <> 'a'", name="ck")),
        rows=USERS,
        refused={"check users.ck": "check-differs"},
    ),
    Case(
        "more tables than are listed",
        live=two(users(), crowd),
        models=users(column("x", Integer)),
        rows=USERS,
        pending=["column users.x"],
        notes={
            **{f"table crowd_{number:03}": "table-extra" for number in range(MOST_OTHERS)},
            "table ...": "more-extra",
        },
    ),
    Case(
        "a broken view is nobody's business",
        live=users(),
        models=users(column("x", Integer)),
        setup={"sqlite": ["CREATE VIEW v AS SELECT * FROM gone"]},
        rows=USERS,
        pending=["column users.x"],
        notes={},
        databases=["sqlite"],
    ),
]

CASES = [*COLUMNS, *TABLES, *CONSTRAINTS, *ENUMS, *FOUND_IN_REVIEW]
