"""What is applied, on all databases."""

from __future__ import annotations

import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator

from tests.corpus.case import Case

USERS = {"users": [{"name": "ada"}, {"name": "bob"}]}


class Color(enum.Enum):
    """A Python enum, whose names are the labels."""

    red = 1
    green = 2


class Tags(TypeDecorator):  # type: ignore[type-arg,misc]  # not generic in 1.4
    """A list of words, kept as text."""

    impl = String(200)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else ",".join(value)

    def process_literal_param(self, value: Any, dialect: Any) -> str:
        return ",".join(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else value.split(",")


def pk() -> Column[Any]:
    return Column("id", Integer, primary_key=True)


def users(*more: Any, **options: Any) -> Any:
    """The models of a table of users, with more columns than the live one."""
    return lambda md: Table("users", md, pk(), Column("name", String(50)), *_fresh(more), **options)


def _fresh(items: Any) -> list[Any]:
    """New objects for each MetaData: columns and constraints belong to one table only."""
    return [item() if callable(item) and not isinstance(item, type) else item for item in items]


def column(name: str, *args: Any, **kw: Any) -> Any:
    """A column that is made anew, with its keys and checks, for each table."""
    return lambda: Column(name, *map(_anew, args), **kw)


def _anew(item: Any) -> Any:
    return item._copy() if isinstance(item, SchemaItem) else item


def two(first: Any, second: Any) -> Any:
    def build(md: MetaData) -> None:
        first(md)
        second(md)

    return build


def groups(*more: Any) -> Any:
    return lambda md: Table("groups", md, pk(), Column("title", String(20)), *_fresh(more))


def new_column(name: str, *args: Any, **kw: Any) -> Case:
    """One more column on a table with rows, of no particular interest but its type or default."""
    options = {
        key: kw.pop(key) for key in ("databases", "on", "near", "hazards", "since") if key in kw
    }
    return Case(
        name,
        live=users(),
        models=users(
            lambda: Column(
                "added",
                *[a() if callable(a) and not isinstance(a, type) else a for a in args],
                **kw,
            )
        ),
        rows=USERS,
        pending=["column users.added"],
        **options,
    )


def _partial(md: MetaData) -> None:
    table = Table("users", md, pk(), Column("name", String(50)), Column("mail", String(30)))
    Index("ix_lower", func.lower(table.c.mail))
    Index("ix_part", table.c.mail, postgresql_where=table.c.mail != "x")


TYPES = [
    new_column("integer", Integer),
    new_column("big integer", BigInteger),
    new_column("string", String(20)),
    new_column("text", Text),
    new_column("numeric", Numeric(12, 3)),
    new_column("float", Float),
    new_column("boolean", Boolean),
    new_column("date", Date),
    new_column("time", Time),
    new_column("datetime with zone", DateTime(timezone=True)),
    new_column("binary", LargeBinary),
    new_column("json", sa.JSON),
    new_column("type decorator", Tags),
    new_column("variant", lambda: String(10).with_variant(Text(), "oracle")),
    new_column(
        "variant of this database",
        lambda: Text().with_variant(postgresql.JSONB(), "postgresql"),
    ),
    new_column("jsonb", postgresql.JSONB, databases=["postgresql"]),
    new_column("uuid", postgresql.UUID(as_uuid=True), databases=["postgresql"]),
    new_column("inet", postgresql.INET, databases=["postgresql"]),
    new_column("tsvector", postgresql.TSVECTOR, databases=["postgresql"]),
    new_column("array", postgresql.ARRAY(Integer), databases=["postgresql"]),
    new_column("array of arrays", postgresql.ARRAY(Text, dimensions=2), databases=["postgresql"]),
    new_column("interval", postgresql.INTERVAL(fields="DAY TO SECOND"), databases=["postgresql"]),
    new_column("unsigned", mysql.INTEGER(unsigned=True), databases=["mariadb", "mysql"]),
    new_column("tinyint", mysql.TINYINT(1), databases=["mariadb", "mysql"]),
    new_column("charset", mysql.VARCHAR(30, charset="latin1"), databases=["mariadb", "mysql"]),
    new_column("medium text", mysql.MEDIUMTEXT, databases=["mariadb", "mysql"]),
    new_column("set", mysql.SET("a", "b"), databases=["mariadb", "mysql"]),
    new_column("collation", lambda: String(20, collation="C"), databases=["postgresql"]),
    new_column("collation nocase", lambda: String(20, collation="NOCASE"), databases=["sqlite"]),
    new_column(
        "collation of mariadb",
        lambda: String(20, collation="utf8mb4_bin"),
        databases=["mariadb", "mysql"],
    ),
]

DEFAULTS = [
    new_column("server default string", String(20), server_default="it's 100% : \\ ü"),
    new_column("server default empty", String(20), server_default=""),
    new_column("server default number", Integer, server_default="5"),
    new_column("server default text", Integer, server_default=text("7"), nullable=False),
    new_column("server default negative", Integer, server_default=text("-1")),
    new_column("server default boolean", Boolean, server_default=sa.true(), nullable=False),
    new_column("server default null", Integer, server_default=text("NULL")),
    new_column(
        "server default now",
        DateTime,
        server_default=func.now(),
        databases=["postgresql", "mariadb", "mysql"],
    ),
    new_column(
        "on update",
        DateTime,
        server_default=text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"),
        databases=["mariadb", "mysql"],
    ),
    new_column(
        "scalar default",
        Integer,
        default=5,
        nullable=False,
        near="not-null-without-default",
        hazards={"column users.added": "becomes the server default"},
    ),
    new_column("scalar default string", String(30), default="it's 100% :x \\", nullable=False),
    new_column("scalar default boolean", Boolean, default=False, nullable=False),
    new_column("scalar default of a decorator", Tags, default=["a", "b"], nullable=False),
    new_column(
        "scalar default of an enum",
        Enum("a", "b", name="letter", native_enum=False),
        default="a",
        nullable=False,
    ),
    new_column("scalar default of a nullable column", Integer, default=5),
    new_column("callable default of a nullable column", Integer, default=lambda: 5),
    new_column("python-side json default", sa.JSON, default={"a": [1, "it's"]}, nullable=False),
]

COLUMNS = [
    Case("nothing to do", live=users(), models=users(), rows=USERS),
    Case(
        "nothing to do with everything",
        live=two(
            groups(),
            users(
                column("gid", ForeignKey("groups.id"), index=True),
                column("mail", String(30), unique=True),
                column("age", Integer, CheckConstraint("age > 0")),
            ),
        ),
        models=two(
            groups(),
            users(
                column("gid", ForeignKey("groups.id"), index=True),
                column("mail", String(30), unique=True),
                column("age", Integer, CheckConstraint("age > 0")),
            ),
        ),
        rows=USERS,
    ),
    Case(
        "not null on an empty table",
        live=users(),
        models=users(column("must", Integer, nullable=False)),
        pending=["column users.must"],
        hazards={"column users.must": "INSERTs of older code"},
    ),
    Case(
        "fifty columns at once",
        live=users(),
        models=users(*(column(f"c{n}", Integer) for n in range(50))),
        rows=USERS,
        pending=[f"column users.c{n}" for n in range(50)],
    ),
    Case(
        "foreign key to an existing table",
        live=two(groups(), users()),
        models=two(groups(), users(column("gid", ForeignKey("groups.id", ondelete="CASCADE")))),
        rows=USERS,
        pending=["column users.gid", "foreign_key users(gid)"],
        near="foreign-key-missing",
    ),
    Case(
        "named foreign key with index to a new table",
        live=users(),
        models=two(
            groups(),
            users(column("gid", ForeignKey("groups.id", name="fk_group"), index=True)),
        ),
        rows=USERS,
        pending=[
            "table groups",
            "column users.gid",
            "foreign_key users.fk_group",
            "index users.ix_users_gid",
        ],
        near="index-missing",
    ),
    Case(
        "two parents",
        live=two(groups(), two(lambda md: Table("cities", md, pk()), users())),
        models=two(
            groups(),
            two(
                lambda md: Table("cities", md, pk()),
                users(
                    column("gid", ForeignKey("groups.id")), column("cid", ForeignKey("cities.id"))
                ),
            ),
        ),
        rows=USERS,
        pending=[
            "column users.gid",
            "column users.cid",
            "foreign_key users(gid)",
            "foreign_key users(cid)",
        ],
    ),
    Case(
        "self reference",
        live=users(),
        models=users(column("boss", ForeignKey("users.id"))),
        rows=USERS,
        pending=["column users.boss", "foreign_key users(boss)"],
        near="foreign-key-target",
    ),
    Case(
        "composite foreign key of new columns",
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
                lambda: ForeignKeyConstraint(
                    ["px", "py"], ["places.x", "places.y"], name="fk_place"
                ),
            ),
        ),
        rows=USERS,
        pending=["column users.px", "column users.py", "foreign_key users.fk_place"],
        databases=["postgresql", "mariadb", "mysql"],
        near="constraint-unsupported",
    ),
    Case(
        "unique column",
        live=users(),
        models=users(column("mail", String(30), unique=True)),
        rows=USERS,
        pending=["column users.mail", "unique users(mail)"],
        hazards={"unique users(mail)": "builds an index"},
        near="unique-missing",
    ),
    Case(
        "unique column with a default, one row",
        live=users(),
        models=users(column("mail", String(30), unique=True, server_default="x")),
        rows={"users": [{"name": "ada"}]},
        pending=["column users.mail", "unique users(mail)"],
        hazards={"unique users(mail)": "INSERTs of older code"},
        near="unique-default",
    ),
    Case(
        "named unique of a new and an old column",
        live=users(),
        models=users(
            column("mail", String(30)), lambda: UniqueConstraint("name", "mail", name="uq_both")
        ),
        rows=USERS,
        pending=["column users.mail", "unique users.uq_both"],
        near="unique-differs",
    ),
    Case(
        "check inside the column",
        live=users(),
        models=users(lambda: Column("age", Integer, CheckConstraint("age > 0"))),
        rows=USERS,
        pending=["column users.age", "check users(age)"],
        near="check-missing",
    ),
    Case(
        "named check of a new and an old column",
        live=users(),
        models=users(
            column("age", Integer), lambda: CheckConstraint("age > 0 OR name = 'x'", name="ck_age")
        ),
        rows=USERS,
        pending=["column users.age", "check users.ck_age"],
        near="check-differs",
    ),
    Case(
        "check of a boolean and an enum made by types",
        live=users(),
        models=users(
            column("flag", Boolean(create_constraint=True, name="ck_flag")),
            column(
                "kind", Enum("a", "b", name="ck_kind", native_enum=False, create_constraint=True)
            ),
        ),
        rows=USERS,
        pending=[
            "column users.flag",
            "column users.kind",
            "check users.ck_flag",
            "check users.ck_kind",
        ],
        on={
            "postgresql": {
                "pending": ["column users.flag", "column users.kind", "check users.ck_kind"]
            },
        },
    ),
    Case(
        "computed",
        live=users(),
        models=users(column("double_id", Integer, Computed("id * 2", persisted=False))),
        rows=USERS,
        pending=["column users.double_id"],
        databases=["sqlite", "mariadb", "mysql"],
        # MySQL computes nothing from what it numbers
        on={"mysql": {"pending": [], "refused": {"column users.double_id": "not-accepted"}}},
        near="stored-column",
    ),
    Case(
        "stored computed on an empty table",
        live=users(column("x", Integer)),
        models=users(
            column("x", Integer), column("double_x", Integer, Computed("x * 2", persisted=True))
        ),
        pending=["column users.double_x"],
        databases=["postgresql", "mariadb", "mysql"],
        near="rewrites-table",
    ),
    Case(
        "identity on an empty table",
        live=users(),
        models=users(column("number", Integer, Identity(start=5), nullable=False)),
        pending=["column users.number"],
        databases=["postgresql"],
    ),
    Case(
        "comments",
        live=users(),
        models=users(column("mail", String(30), comment="it's 100% : \\")),
        rows=USERS,
        pending=["column users.mail"],
    ),
    Case(
        "index of a new and an old column",
        live=users(),
        models=users(column("mail", String(30)), lambda: Index("ix_both", "name", "mail")),
        rows=USERS,
        pending=["column users.mail", "index users.ix_both"],
        near="index-differs",
    ),
    Case(
        "partial and functional index",
        live=users(),
        models=_partial,
        rows=USERS,
        pending=["column users.mail", "index users.ix_lower", "index users.ix_part"],
        databases=["postgresql"],
        since=(2, 0),  # 1.4 cannot reflect it, and the runner compares by reflection
    ),
    Case(
        "partial index on sqlite",
        live=users(),
        models=users(
            column("mail", String(30)),
            lambda: Index("ix_part", "mail", sqlite_where=text("mail IS NOT NULL")),
        ),
        rows=USERS,
        pending=["column users.mail", "index users.ix_part"],
        databases=["sqlite"],
    ),
    Case(
        "gin index",
        live=users(),
        models=users(
            column("doc", postgresql.JSONB), lambda: Index("ix_doc", "doc", postgresql_using="gin")
        ),
        rows=USERS,
        pending=["column users.doc", "index users.ix_doc"],
        databases=["postgresql"],
    ),
    Case(
        "operator class and order",
        live=users(),
        models=users(
            column("mail", String(30)),
            lambda: Index("ix_ops", "mail", postgresql_ops={"mail": "varchar_pattern_ops"}),
            lambda: Index("ix_desc", text("mail DESC"), "name"),
        ),
        rows=USERS,
        pending=["column users.mail", "index users.ix_ops", "index users.ix_desc"],
        databases=["postgresql"],
    ),
    Case(
        "full text index",
        live=users(),
        models=users(column("doc", Text), lambda: Index("ix_doc", "doc", mysql_prefix="FULLTEXT")),
        rows=USERS,
        pending=["column users.doc", "index users.ix_doc"],
        databases=["mariadb", "mysql"],
    ),
    Case(
        "index with length",
        live=users(),
        models=users(column("doc", Text), lambda: Index("ix_doc", "doc", mysql_length=10)),
        rows=USERS,
        pending=["column users.doc", "index users.ix_doc"],
        databases=["mariadb", "mysql"],
    ),
    Case(
        "index on an old column, allowed",
        live=users(),
        models=users(lambda: Index("ix_name", "name")),
        rows=USERS,
        pending=["index users.ix_name"],
        options={"allow": {"indexes"}},
    ),
]


ENUMS = [
    Case(
        "native enum",
        live=users(),
        models=users(column("kind", Enum("a", "it's", name="letter"))),
        rows=USERS,
        pending=["column users.kind"],
        on={"postgresql": {"pending": ["column users.kind", "enum letter"]}},
    ),
    Case(
        "python enum with a default",
        live=users(),
        models=users(column("color", Enum(Color), default=Color.green, nullable=False)),
        rows=USERS,
        pending=["column users.color"],
        on={"postgresql": {"pending": ["column users.color", "enum color"]}},
    ),
    Case(
        "array of enums",
        live=users(),
        models=users(column("kinds", postgresql.ARRAY(Enum("a", "b", name="letter")))),
        rows=USERS,
        pending=["column users.kinds", "enum letter"],
        databases=["postgresql"],
    ),
    Case(
        "enum of an existing type",
        live=users(column("kind", Enum("a", "b", name="letter"))),
        models=users(
            column("kind", Enum("a", "b", name="letter")),
            column("other", Enum("a", "b", name="letter")),
        ),
        rows=USERS,
        pending=["column users.other"],
        near="enum-labels",
    ),
    Case(
        "new labels, allowed",
        live=users(column("kind", Enum("b", "d", name="letter"))),
        models=users(column("kind", Enum("a", "b", "c", "d", "e", name="letter"))),
        rows=USERS,
        pending=["enum letter"],
        options={"allow": {"enum-labels"}},
        databases=["postgresql"],
        near="enum-order",
    ),
    Case(
        "mixed-case and quoted enum type",
        live=users(),
        models=users(column("kind", Enum("A", 'b"c 50%', name='My "Type"'))),
        rows=USERS,
        pending=["column users.kind", 'enum My "Type"'],
        databases=["postgresql"],
        near="enum-kind",
    ),
    Case(
        "sequence",
        live=users(),
        models=two(users(), lambda md: sa.Sequence("numbers", metadata=md)),
        rows=USERS,
        pending=["sequence numbers"],
        databases=["postgresql"],
    ),
]


def _cycle(md: MetaData) -> None:
    Table("a", md, pk(), Column("b_id", ForeignKey("b.id")))
    Table("b", md, pk(), Column("a_id", ForeignKey("a.id")))


def _everything(md: MetaData) -> None:
    parent = Table(
        "parents",
        md,
        pk(),
        Column("x", Integer, nullable=False),
        Column("y", Integer, nullable=False),
        UniqueConstraint("x", "y", name="uq_xy"),
        comment="the parents",
    )
    Table(
        "children",
        md,
        pk(),
        Column("px", Integer),
        Column("py", Integer),
        Column("up", ForeignKey("children.id")),
        Column("name", String(20), nullable=False, unique=True, comment="its name"),
        Column("made", DateTime, server_default=func.now()),
        Column("kind", Enum("a", "b", name="kinds")),
        Column("flag", Boolean, default=True, nullable=False),
        CheckConstraint("px > 0", name="ck_px"),
        ForeignKeyConstraint(["px", "py"], [parent.c.x, parent.c.y], name="fk_xy"),
        Index("ix_names", "name", "px"),
    )


def _conventions(md: MetaData) -> None:
    md.naming_convention = {
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }


def _conventional(*more: Any) -> Any:
    def build(md: MetaData) -> None:
        _conventions(md)
        Table("groups", md, pk())
        Table("users", md, pk(), Column("name", String(50)), *_fresh(more))

    return build


TABLES = [
    Case(
        "new table",
        live=users(),
        models=two(users(), groups()),
        rows=USERS,
        pending=["table groups"],
        near="not-a-table",
    ),
    Case(
        "everything in an empty database",
        live=lambda md: None,
        models=_everything,
        pending=["table parents", "table children"],
        on={"postgresql": {"pending": ["table parents", "table children", "enum kinds"]}},
        near="primary-key",
    ),
    Case(
        "cycle",
        live=users(),
        models=two(users(), _cycle),
        rows=USERS,
        pending=["table a", "table b"],
        near="depends-on-refused",
    ),
    Case(
        "naming conventions",
        live=_conventional(),
        models=_conventional(
            column("mail", String(30), unique=True),
            column("gid", ForeignKey("groups.id"), index=True),
            column("age", Integer),
            lambda: CheckConstraint("age > 0", name="age"),
        ),
        rows=USERS,
        pending=[
            "column users.mail",
            "column users.gid",
            "column users.age",
            "unique users.uq_users_mail",
            "foreign_key users.fk_users_gid_groups",
            "index users.ix_users_gid",
            "check users.ck_users_age",
        ],
    ),
    Case(
        "difficult names",
        live=lambda md: Table('Order %(x)s : "q"', md, pk(), Column("select", Integer)),
        models=lambda md: Table(
            'Order %(x)s : "q"',
            md,
            pk(),
            Column("select", Integer),
            Column("group", Integer),
            Column("Größe %s :y", String(10), default="50% :z", nullable=False),
            Column("a.b", Integer, index=True),
            Column("Ж" * 20, Integer),
        ),
        rows={'Order %(x)s : "q"': [{"select": 1}]},
        pending=[
            'column Order %(x)s : "q".group',
            'column Order %(x)s : "q".Größe %s :y',
            'column Order %(x)s : "q".a.b',
            'index Order %(x)s : "q".ix_Order %(x)s : "q"_a.b',
            f'column Order %(x)s : "q".{"Ж" * 20}',
        ],
        near="name-unusable",
    ),
    Case(
        "names that differ in case",
        live=users(),
        models=users(column("a1", Integer), column("A2", Integer)),
        rows=USERS,
        pending=["column users.a1", "column users.A2"],
        near="names-collide",
    ),
    Case(
        "bookkeeping tables are nobody's difference",
        live=two(
            users(),
            two(
                lambda md: Table("alembic_version", md, Column("version_num", String(32))),
                lambda md: Table("migrate_version", md, pk()),
            ),
        ),
        models=users(),
        rows=USERS,
    ),
]

SCHEMAS = [
    Case(
        "another schema",
        live=users(),
        models=two(
            users(),
            lambda md: Table(
                "orders", md, pk(), Column("user_id", ForeignKey("users.id")), schema="sales"
            ),
        ),
        setup={"postgresql": ["CREATE SCHEMA sales"]},
        rows=USERS,
        pending=["table sales.orders"],
        databases=["postgresql"],
        near="schema-missing",
    ),
]


def _sales(*more: Any) -> Any:
    """A table in another schema, and one of users."""

    def build(md: MetaData) -> None:
        Table("orders", md, pk(), schema="sales")
        users(*more)(md)

    return build


def _view(md: MetaData) -> None:
    from sqlalchemy.sql.ddl import CreateView

    users(column("mail", String(30)))(md)
    query = sa.select(md.tables["users"].c.id, md.tables["users"].c.mail)
    CreateView(query, "mails", metadata=md)


def _listened(md: MetaData) -> None:
    users()(md)
    table = Table("heard", md, pk(), Column("kind", Enum("a", name="kinds")))
    sa.event.listen(table, "after_create", lambda *a, **kw: None)


OTHERS = [
    Case(
        "key to another schema",
        live=_sales(),
        models=_sales(column("order_id", ForeignKey("sales.orders.id"))),
        setup={"postgresql": ["CREATE SCHEMA sales"]},
        rows=USERS,
        pending=["column users.order_id", "foreign_key users(order_id)"],
        databases=["postgresql"],
    ),
    Case(
        "column with a sequence of its own",
        live=users(),
        models=users(lambda: Column("number", Integer, sa.Sequence("numbers"))),
        rows=USERS,
        pending=["column users.number", "sequence numbers"],
        databases=["postgresql", "mariadb", "mysql"],
        # MySQL has no sequences
        on={"mysql": {"pending": ["column users.number"]}},
    ),
    Case(
        "partitioned table",
        live=lambda md: Table(
            "logs", md, Column("id", Integer), postgresql_partition_by="RANGE (id)"
        ),
        models=lambda md: Table(
            "logs",
            md,
            Column("id", Integer),
            Column("note", String(9), index=True),
            postgresql_partition_by="RANGE (id)",
        ),
        ddl={"postgresql": ["CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (1) TO (9)"]},
        pending=["column logs.note", "index logs.ix_logs_note"],
        databases=["postgresql"],
    ),
    Case(
        "view",
        live=users(),
        models=_view,
        rows=USERS,
        pending=["column users.mail", "view mails"],
        since=(2, 1),
    ),
    Case(
        "listeners are told of",
        live=users(),
        models=_listened,
        rows=USERS,
        pending=["table heard"],
        on={"postgresql": {"pending": ["table heard", "enum kinds"]}},
        hazards={"table heard": "listeners"},
    ),
]

CASES = [*TYPES, *DEFAULTS, *COLUMNS, *ENUMS, *TABLES, *SCHEMAS, *OTHERS]
