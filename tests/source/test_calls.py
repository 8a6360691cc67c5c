"""Tables, views and sequences that calls make, also where a class maps them."""

from __future__ import annotations

from typing import Any

import pytest

import autosync
from autosync.source import located
from tests.servers.database import SQLALCHEMY, LiveDatabase
from tests.source.repository import OLD, Lacking, Repository, check, places, plain


def test_tables_that_calls_make(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        other=plain(
            """
            from sqlalchemy import MetaData, Table

            elsewhere = MetaData()
            old_tag = Table("tag", elsewhere, Column("id", Integer))
            old_remark = Table("remark", elsewhere, Column("id", Integer), schema="archive")
            """
        ),
        models=plain(
            """
            from sqlalchemy import ForeignKeyConstraint, MetaData, Table
            from shop import other

            metadata = MetaData()
            TAIL = "_log"

            tag = Table(  # @ column tag.left_over; index tag.ix_again
                "tag",
                metadata,
                Column("id", Integer, primary_key=True),  # @ column tag.id
                Column(  # @ column tag.name; index tag.ix_tag_name
                    "name",
                    String,
                    index=True,
                ),
                Column("more", Integer),  # @ column tag.more
                UniqueConstraint("name", "more", name="uq_more"),  # @ unique tag.uq_more
                Index("more", "more"),  # @ index tag.more
                Index("ix" + "_again", *["id", "more"]),
            )
            log = Table("shop" + TAIL, metadata, Column("id", Integer))  # @ column shop_log.id

            def make():
                Table(  # @ column remark.left_over
                    "remark",
                    metadata,
                    Column("id", Integer),  # @ column remark.id
                )
                Table("brand_new", metadata, Column("id", Integer))  # @ table brand_new

            make()
            Index("ix_outside", tag.c.name)  # @ index tag.ix_outside
            """
        ),
    )
    check(lacking(module.metadata), repository)


def test_which_call_makes_a_table_is_not_guessed(repository: Repository, lacking: Lacking) -> None:
    source = """
        import sqlalchemy as sa

        metadata = sa.MetaData()

        def make(metadata):
            sa.Table("note", metadata, sa.Column("id", sa.Integer))

        make(metadata)
    """
    repository.load(other=source)
    module = repository.load(models=source)
    found = lacking(module.metadata)
    assert found["column note.id"] is found[f"column note.{OLD}"] is None


def test_mapped_tables(repository: Repository, lacking: Lacking) -> None:
    """Of a class and a call, that one is meant which says what the columns are."""
    module = repository.load(
        models=plain(
            """
            from sqlalchemy import Table
            from sqlalchemy.orm import registry, relationship


            class Inside(Base):  # @ column inside.left_over
                __table__ = Table(
                    "inside",
                    Base.metadata,
                    Column("id", Integer, primary_key=True),  # @ column inside.id
                    Column("name", String),  # @ column inside.name
                )
                alias = __table__.c.name


            outside = Table(  # @ column outside.left_over
                "outside",
                Base.metadata,
                Column("id", Integer, primary_key=True),  # @ column outside.id
            )


            class Outside(Base):
                __table__ = outside


            class Light(Base):
                __table__ = Inside.__table__


            class Domain:
                id: int
                name: str


            domain = Table(  # @ column domain.left_over
                "domain",
                Base.metadata,
                Column("id", Integer, primary_key=True),  # @ column domain.id
                Column("name", String),  # @ column domain.name
            )
            registry(metadata=Base.metadata).map_imperatively(Domain, domain)


            def made(name, *columns):
                return Table(name, Base.metadata, Column("id", Integer, primary_key=True), *columns)


            class Made(Base):  # @ column made.left_over; column made.id
                __table__ = made("made", Column("name", String))
                parts = relationship("Part")


            class Part(Base):
                __tablename__ = "part"
                __table__ = Table(
                    "part",
                    Base.metadata,
                    Column("id", Integer, primary_key=True),  # @ column part.id
                    Column("made_id", ForeignKey("made.id")),
                )
            """
        )
    )
    check(lacking(module.Base), repository)


def test_schemas(repository: Repository) -> None:
    """A table is found in the schema that the models name; the database may call it another."""
    module = repository.load(
        models="""
            import sqlalchemy as sa

            def make(metadata):
                sa.Table("pet", metadata, sa.Column("id", sa.Integer), schema="zoo")  # @ column zoo.pet.id
                sa.Table("pet", metadata, sa.Column("id", sa.Integer))  # @ column pet.id
                sa.Table("farm", metadata, sa.Column("id", sa.Integer), schema="land")  # @ column farm.id

            metadata = sa.MetaData()
            make(metadata)
        """  # noqa: E501
    )

    def entry(schema: str | None, table: str) -> autosync.Refusal:
        shown = f"{schema}.{table}.id" if schema else f"{table}.id"
        return autosync.Refusal("column", "type", schema, table, "id", ("id",), shown)

    wanted = entry("zoo", "pet"), entry(None, "pet"), entry(None, "farm"), entry("sea", "pet")
    stray = autosync.Note("table", "extra", None, "farm", None, (), "farm")
    plan = autosync.Plan("any", refused=wanted, notes=(stray,))
    found = places(located(plan, module.metadata))
    check(found, repository)
    assert found["column sea.pet.id"] is found["table farm"] is None


def test_sequences(repository: Repository) -> None:
    """SQLite has none, so the entries come from elsewhere; and those of a type, too."""
    module = repository.load(
        models=plain(
            """
            import enum
            from sqlalchemy import ARRAY, Enum
            from sqlalchemy.types import TypeDecorator


            class Size(enum.Enum):
                small = 1


            class Sized(TypeDecorator):
                impl = Enum(Size)
                cache_ok = True


            class Coat(Base):
                __tablename__ = "coat"
                id = Column(Integer, Sequence("coat_ids"), primary_key=True)  # @ sequence coat_ids
                number = Column(
                    Integer, server_default=Sequence("numbers", schema="shop").next_value()
                )
                sizes = Column(ARRAY(Sized))  # @ enum size
                size = Column(Enum(Size))
                color = Column(Enum("red", name="color", schema="paint"))  # @ enum shop.color


            Sequence("alone", metadata=Base.metadata)  # @ sequence alone
            """
        )
    )

    def entry(kind: Any, name: str, schema: str | None = None) -> autosync.Refusal:
        shown = f"{schema}.{name}" if schema else name
        return autosync.Refusal(kind, "missing", schema, None, name, (), shown)

    wanted = (
        entry("sequence", "coat_ids"),
        entry("sequence", "alone"),
        entry("sequence", "nobodys"),
        entry("enum", "size"),
        entry("enum", "color", "shop"),
        entry("enum", "nobodys"),
    )
    found = places(located(autosync.Plan("any", refused=wanted), module.Base))
    check(found, repository)
    assert found["sequence nobodys"] is found["enum nobodys"] is None


def test_a_view(repository: Repository, sqlite: LiveDatabase) -> None:
    if SQLALCHEMY < (2, 1):
        pytest.skip("views came with SQLAlchemy 2.1")
    module = repository.load(
        models=plain(
            """
            from sqlalchemy import CreateView, select


            class Pet(Base):  # @ table pet
                __tablename__ = "pet"
                id = Column(Integer, primary_key=True)


            dogs = CreateView(  # @ view dogs
                select(Pet.id), "dogs", metadata=Base.metadata
            ).table
            """
        )
    )
    found = places(located(autosync.plan(sqlite.engine, module.Base), module.Base))
    check(found, repository)


def test_a_view_of_sqlalchemy_utils(repository: Repository, sqlite: LiveDatabase) -> None:
    module = repository.load(
        models=plain(
            """
            from sqlalchemy import select
            from sqlalchemy_utils import create_view


            class Pet(Base):  # @ table pet
                __tablename__ = "pet"
                id = Column(Integer, primary_key=True)


            dogs = create_view(  # @ view dogs
                "dogs", select(Pet.id), Base.metadata
            )


            class Cat(Base):  # @ view cats
                __table__ = create_view("cats", select(Pet.id), Base.metadata)
            """
        )
    )
    found = places(located(autosync.plan(sqlite.engine, module.Base), module.Base))
    check(found, repository)
