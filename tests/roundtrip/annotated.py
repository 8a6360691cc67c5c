"""Mapped classes whose columns come from annotations. Only SQLAlchemy 2 can read them.

The annotations are evaluated where they stand, since they name what is local to a function.
"""

import datetime
import decimal
import enum
import uuid
from typing import Annotated, Any, ClassVar, Literal

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship

Key = Annotated[int, mapped_column(primary_key=True)]
Name = Annotated[str, mapped_column(sa.String(40), index=True)]
Stamp = Annotated[datetime.datetime, mapped_column(server_default=sa.func.now())]
Parent = Annotated[int, mapped_column(sa.ForeignKey("parent.id", ondelete="CASCADE"))]
Wide = Annotated[str, 200]


class Color(enum.Enum):
    RED = "r"
    BLUE = "it's"


def base_of(md: sa.MetaData, types: Any = None) -> Any:
    """A declarative base that keeps its tables in this MetaData."""
    default = {str: sa.String(60)}

    class Base(DeclarativeBase):
        metadata = md
        type_annotation_map: ClassVar[Any] = default | (types or {})

    return Base


def plain(md: sa.MetaData) -> None:
    class Row(base_of(md)):
        __tablename__ = "row_of_all"
        id: Mapped[int] = mapped_column(primary_key=True)
        a: Mapped[int]
        b: Mapped[int | None]
        c: Mapped[str]
        d: Mapped[str | None]
        e: Mapped[float | None]
        f: Mapped[bool]
        g: Mapped[bytes]
        h: Mapped[decimal.Decimal]
        i: Mapped[datetime.date]
        j: Mapped[datetime.datetime]
        k: Mapped[datetime.time]
        elapsed: Mapped[datetime.timedelta]
        m: Mapped[uuid.UUID]
        n: Mapped[uuid.UUID | None] = mapped_column(unique=True)
        o: Mapped[str | None] = mapped_column(sa.Text, deferred=True)
        p: Mapped[str] = mapped_column("renamed", nullable=True)
        q: Mapped[int | None] = mapped_column(nullable=False, server_default="3")


def choices(md: sa.MetaData) -> None:
    class Row(base_of(md)):
        __tablename__ = "choice"
        id: Mapped[int] = mapped_column(primary_key=True)
        a: Mapped[Color]
        b: Mapped[Color | None]
        c: Mapped[Literal["x", "it's", "zzz"]]
        d: Mapped[Literal["one"] | None]
        e: Mapped[Color] = mapped_column(sa.Enum(Color, native_enum=False), default=Color.RED)


def aliases(md: sa.MetaData) -> None:
    Base = base_of(md)  # noqa: N806

    class Parent_(Base):  # noqa: N801
        __tablename__ = "parent"
        id: Mapped[Key]
        name: Mapped[Name]

    class Child(Base):
        __tablename__ = "child"
        id: Mapped[Key]
        name: Mapped[Name | None]
        created: Mapped[Stamp]
        parent_id: Mapped[Parent]
        parent: Mapped[Parent_] = relationship()


def inheritance(md: sa.MetaData) -> None:
    Base = base_of(md)  # noqa: N806

    class Timed:
        created: Mapped[Stamp]

    class Animal(Timed, Base):
        __tablename__ = "animal"
        id: Mapped[Key]
        kind: Mapped[str] = mapped_column(sa.String(10))
        __mapper_args__: ClassVar[Any] = {"polymorphic_on": "kind"}

    class Cat(Animal):
        lives: Mapped[int] = mapped_column(nullable=True, use_existing_column=True)
        __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "cat"}

    class Dog(Animal):
        __tablename__ = "dog"
        id: Mapped[int] = mapped_column(sa.ForeignKey("animal.id"), primary_key=True)
        __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "dog"}


def type_map(md: sa.MetaData) -> None:
    types = {
        int: sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        Wide: sa.String(200),
        datetime.datetime: sa.DateTime(timezone=True),
        dict[str, Any]: sa.JSON,
        decimal.Decimal: sa.Numeric(12, 3),
    }

    class Row(base_of(md, types)):
        __tablename__ = "mapped_types"
        id: Mapped[int] = mapped_column(primary_key=True)
        a: Mapped[Wide]
        b: Mapped[datetime.datetime]
        c: Mapped[dict[str, Any]]
        d: Mapped[decimal.Decimal | None]


def dataclasses(md: sa.MetaData) -> None:
    class Row(MappedAsDataclass, base_of(md)):
        __tablename__ = "data"
        id: Mapped[int] = mapped_column(init=False, primary_key=True)
        a: Mapped[str]
        b: Mapped[int] = mapped_column(default=5)
        c: Mapped[str | None] = mapped_column(default=None)
        d: Mapped[int] = mapped_column(default=1, server_default="2")
        e: Mapped[list[int]] = mapped_column(sa.JSON, default_factory=list)
