"""A report with something of everything: a shop whose database was made by older models."""

from __future__ import annotations

import datetime
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

import autosync
from autosync.plan import Accepted, Location, Undecided


def key() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def older() -> MetaData:
    shop = MetaData()
    Table("country", shop, key(), Column("name", String(60), nullable=False))
    Table(
        "customer",
        shop,
        key(),
        Column("email", String(200), nullable=False),
        Column("phone", String(40)),
        Column("age", String(9)),
        Column("fax", String(40)),
        Column("country_id", ForeignKey("country.id")),
    )
    Table(
        "product",
        shop,
        key(),
        Column("title", String(120), nullable=False),
        Column("price", Integer, nullable=False),
        Column("legacy_number", Integer, nullable=False),
    )
    Table(
        "orders",
        shop,
        key(),
        Column("customer_id", ForeignKey("customer.id"), nullable=False),
        Column("placed", DateTime, nullable=False),
    )
    Table("category", shop, key(), Column("name", String(60)))
    Table("audit_of_1998", shop, key(), Column("line", Text))
    return shop


def newer() -> MetaData:
    shop = MetaData()
    Table("country", shop, key(), Column("name", String(60), nullable=False))
    Table(
        "customer",
        shop,
        key(),
        Column("email", String(200), nullable=False),
        Column("phone_number", String(40)),
        Column("age", SmallInteger),
        Column("active", Boolean, nullable=False, default=True),
        Column("born", String(10), nullable=False),
        Column("country_id", ForeignKey("country.id")),
        Column("address_id", ForeignKey("address.id"), index=True),
        Column("referred_by", ForeignKey("customer.id")),
    )
    Table(
        "address",
        shop,
        key(),
        Column("street", String(120), nullable=False),
        Column("city", String(80), nullable=False),
        Column("country_id", ForeignKey("country.id"), nullable=False),
        Column("note_for_whoever_delivers_it_in_the_morning", String(2000)),
    )
    Table(
        "product",
        shop,
        key(),
        Column("title", String(120), nullable=False),
        Column("price", Numeric(12, 2), nullable=False),
        Column("weight", Integer),
        Column("category_id", ForeignKey("category.id")),
        CheckConstraint("weight > 0", name="has_weight"),
    )
    Table(
        "category",
        shop,
        key(),
        Column("name", String(60)),
        Column("parent_id", ForeignKey("category.id")),
    )
    Table(
        "orders",
        shop,
        key(),
        Column("customer_id", ForeignKey("customer.id"), nullable=False),
        Column("address_id", ForeignKey("address.id")),
        Column("placed", DateTime, nullable=False),
        Column("paid", DateTime),
        Index("orders_by_day", "placed"),
        Index("orders_by_customer", "customer_id"),
    )
    Table(
        "order_line",
        shop,
        key(),
        Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
        Column("product_id", ForeignKey("product.id"), nullable=False),
        Column("pieces", Integer, nullable=False, server_default="1"),
        Column("price", Numeric(12, 2)),
        UniqueConstraint("order_id", "product_id"),
    )
    Table(
        "review",
        shop,
        Column("customer_id", ForeignKey("customer.id"), primary_key=True),
        Column("product_id", ForeignKey("product.id"), primary_key=True),
        Column("stars", SmallInteger),
        Column("words", Text),
    )
    Table("voucher", shop, key(), Column("code", String(20), unique=True))
    return shop


def plan() -> autosync.Plan:
    """A dry run on SQLite, and besides it what only other databases and users make."""
    engine = sa.create_engine("sqlite://")
    old = older()
    old.create_all(engine)
    with engine.begin() as connection:
        connection.execute(old.tables["country"].insert(), {"id": 1, "name": "Elbonia"})
        connection.execute(old.tables["customer"].insert(), {"id": 1, "email": "a@example.org"})
    plan = autosync.plan(engine, newer())
    engine.dispose()
    first, *others = plan.refused
    last = others.pop()
    until = datetime.date(2027, 5, 1)
    return replace(
        plan,
        pending=tuple(
            replace(entry, location=Location("shop/models/orders.py", 12 + 3 * number))
            for number, entry in enumerate(plan.pending)
        ),
        refused=(replace(first, location=Location("shop/models/customer.py", 31)), *others),
        accepted=(Accepted.of(last, "the importer still fills it until spring", until),),
        undecided=(UNDECIDED,),
    )


UNDECIDED = Undecided(
    "check",
    "expression",
    None,
    "product",
    "price_is_sane",
    (),
    "product.price_is_sane",
    reason="the texts differ, and the database was not asked whether they mean the same",
    declared="price BETWEEN 0 AND 100000",
    live="((price >= (0)::numeric) AND (price <= (100000)::numeric))",
)
