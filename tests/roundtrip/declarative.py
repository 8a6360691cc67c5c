"""What SQLAlchemy can create on every database: tables of mapped classes."""

from __future__ import annotations

import importlib
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import column_property, declarative_base, declared_attr, deferred, relationship

from tests.roundtrip.case import Case, Models


def single_inheritance(md: sa.MetaData) -> None:
    base: Any = declarative_base(metadata=md)

    class Person(base):
        __tablename__ = "person"
        id = sa.Column(sa.Integer, primary_key=True)
        kind = sa.Column(sa.String(20), nullable=False, index=True)
        name = sa.Column(sa.String(50))
        __mapper_args__: ClassVar[Any] = {"polymorphic_on": kind, "polymorphic_identity": "person"}

    class Engineer(Person):
        language = sa.Column(sa.String(30))
        __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "engineer"}

    class Manager(Person):
        budget = sa.Column(sa.Numeric(12, 2))
        boss_of = sa.Column(sa.ForeignKey("person.id"))
        __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "manager"}


def joined_inheritance(md: sa.MetaData) -> None:
    base: Any = declarative_base(metadata=md)

    class Person(base):
        __tablename__ = "person"
        id = sa.Column(sa.Integer, primary_key=True)
        kind = sa.Column(sa.String(20), nullable=False)
        __mapper_args__: ClassVar[Any] = {"polymorphic_on": kind, "polymorphic_identity": "person"}

    class Engineer(Person):
        __tablename__ = "engineer"
        id = sa.Column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
        language = sa.Column(sa.String(30))
        __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "engineer"}

    class Chief(Engineer):
        __tablename__ = "chief"
        chief_id = sa.Column("id", sa.ForeignKey("engineer.id"), primary_key=True)
        __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "chief"}


def concrete_inheritance(md: sa.MetaData) -> None:
    base: Any = declarative_base(metadata=md)

    class Person(base):
        __tablename__ = "person"
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column(sa.String(50), unique=True)

    class Engineer(Person):
        __tablename__ = "engineer"
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column(sa.String(70), index=True)
        __mapper_args__: ClassVar[Any] = {"concrete": True}


def mixins(md: sa.MetaData) -> None:
    base: Any = declarative_base(metadata=md)

    class Timed:
        created = sa.Column(sa.DateTime, server_default=sa.func.now(), nullable=False)
        changed = sa.Column(sa.DateTime, onupdate=sa.func.now())

    class Owned:
        @declared_attr
        def owner_id(cls):  # noqa: N805
            return sa.Column(sa.ForeignKey("owner.id"), index=True)

        @declared_attr
        def __tablename__(cls):  # noqa: N805
            return cls.__name__.lower()

        @declared_attr
        def __table_args__(cls):  # noqa: N805
            return (sa.UniqueConstraint("owner_id", "label"), {"comment": cls.__name__})

    class Owner(Timed, base):
        __tablename__ = "owner"
        id = sa.Column(sa.Integer, primary_key=True)

    class House(Owned, Timed, base):
        id = sa.Column(sa.Integer, primary_key=True)
        label = sa.Column(sa.String(9))

    class Boat(Owned, base):
        id = sa.Column(sa.Integer, primary_key=True)
        label = sa.Column(sa.String(9))


def relationships(md: sa.MetaData) -> None:
    base: Any = declarative_base(metadata=md)
    tagging = sa.Table(
        "tagging",
        md,
        sa.Column("post_id", sa.ForeignKey("post.id"), primary_key=True),
        sa.Column("tag_id", sa.ForeignKey("tag.id"), primary_key=True),
    )

    class Post(base):
        __tablename__ = "post"
        id = sa.Column(sa.Integer, primary_key=True)
        parent_id = sa.Column(sa.Integer, sa.ForeignKey("post.id"))
        position = sa.Column(sa.Integer)
        body = deferred(sa.Column(sa.Text))
        tags = relationship("Tag", secondary=tagging)
        answers = relationship(
            "Post", order_by="Post.position", collection_class=ordering_list("position")
        )

    class Tag(base):
        __tablename__ = "tag"
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column("tag_name", sa.String(30), nullable=False)
        shout = column_property(sa.func.upper(name))

        @hybrid_property
        def short(self) -> Any:
            return self.name[:3]


def table_arguments(md: sa.MetaData) -> None:
    base: Any = declarative_base(metadata=md)

    class Item(base):
        __tablename__ = "item"
        id = sa.Column(sa.Integer, primary_key=True)
        shop = sa.Column(sa.Integer, nullable=False)
        code = sa.Column(sa.String(9), nullable=False)
        price = sa.Column(sa.Numeric(9, 2), server_default="0", nullable=False)
        __table_args__ = (
            sa.UniqueConstraint(shop, code, name="uq_item"),
            sa.CheckConstraint(price >= 0, name="not_negative"),
            sa.Index("ix_item_price", price.desc()),
            {"comment": "what is sold"},
        )


def imperative(md: sa.MetaData) -> None:
    from sqlalchemy.orm import registry

    class Thing:
        pass

    things = sa.Table("thing", md, sa.Column("id", sa.Integer, primary_key=True))
    registry(metadata=md).map_imperatively(Thing, things)


def versioned(md: sa.MetaData) -> None:
    base: Any = declarative_base(metadata=md)

    class Document(base):
        __tablename__ = "document"
        id = sa.Column(sa.Integer, primary_key=True)
        version = sa.Column(sa.Integer, nullable=False)
        __mapper_args__: ClassVar[Any] = {"version_id_col": version}


def annotated(name: str) -> Models:
    """Models of ``annotated.py``, which only SQLAlchemy 2 can read."""

    def define(md: sa.MetaData) -> None:
        getattr(importlib.import_module("tests.roundtrip.annotated"), name)(md)

    return define


CASES = [
    Case("single table inheritance", single_inheritance),
    Case("joined table inheritance", joined_inheritance),
    Case("concrete table inheritance", concrete_inheritance),
    Case("mixins", mixins),
    Case("relationships", relationships),
    Case("table arguments", table_arguments),
    Case("an imperative mapping", imperative),
    Case("a version counter", versioned),
    Case("annotated columns", annotated("plain"), since=(2, 0)),
    Case("annotated choices", annotated("choices"), since=(2, 0)),
    Case("annotated aliases", annotated("aliases"), since=(2, 0)),
    Case("annotated inheritance", annotated("inheritance"), since=(2, 0)),
    Case("annotated by a map of types", annotated("type_map"), since=(2, 0)),
    Case("mapped dataclasses", annotated("dataclasses"), since=(2, 0)),
]
