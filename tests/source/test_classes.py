"""Tables and columns that classes declare."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.servers.database import SQLALCHEMY
from tests.source.repository import Lacking, Repository, check, plain

ROOT = Path(__file__).parents[2]

needs_mapped = pytest.mark.skipif(SQLALCHEMY < (2, 0), reason="Mapped came with SQLAlchemy 2.0")


def test_classes_and_their_columns(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        models=plain(
            '''
            def audited(class_):
                return class_


            class BrandNew(Base):  # @ table brand_new
                __tablename__ = "brand_new"
                id = Column(Integer, primary_key=True)


            @audited
            @audited
            class Customer(  # @ column customer.left_over
                Base,
            ):
                """A customer, whose city = Column() is not here."""

                __tablename__ = "customer"
                id = Column(Integer, primary_key=True)  # @ column customer.id
                name: str = Column(String(80))  # @ column customer.name
                phone_number = Column("phone", String)  # @ column customer.phone
                first, last = Column(String), Column(String)  # @ column customer.last
                notes = deferred(Column(String))  # @ column customer.notes
                size = column_property(Column("width", Integer))  # @ column customer.width
                if name is not None:
                    street = Column(  # @ column customer.street
                        String,
                        nullable=False,
                    )

                def city(self):
                    city = Column(String)
                    return city

                class Inner:
                    street = 1


            Customer.late = Column(Integer)
            '''
        )
    )
    found = lacking(module.Base)
    check(found, repository)
    # an attribute that is written outside of the class is a matter of the class
    assert found["column customer.late"] == found["column customer.left_over"]


def test_mixins_and_abstract_bases(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        mixins=plain(
            """
            from sqlalchemy.orm import declared_attr


            class Stamped:
                created = Column(String)  # @ column customer.created; column orders.created

                @declared_attr
                def owner(cls):  # @ column customer.owner
                    return Column(Integer)

                @declared_attr
                def __table_args__(cls):
                    return (
                        Index(f"ix_{cls.__tablename__}_both", "created", "owner"),
                        UniqueConstraint("owner", "created"),  # @ unique customer(owner, created)
                    )


            class Model(Base):
                __abstract__ = True
                id = Column(Integer, primary_key=True)  # @ column customer.id; column orders.id
            """
        ),
        models="""
            from sqlalchemy import Column, Integer
            from shop.mixins import Base, Model, Stamped


            class Customer(Stamped, Model):  # @ column customer.left_over
                __tablename__ = "customer"


            class Order(Model, Stamped):
                __tablename__ = "orders"
                owner = Column("owner_id", Integer)  # @ column orders.owner_id
                __table_args__ = ()
        """,
    )
    check(lacking(module.Base), repository)


def test_inheritance(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        models=plain(
            """
            from sqlalchemy import Table


            class Cheap:
                discount = Column(Integer)  # @ column person.discount


            class Person(Base):  # @ column person.left_over
                __tablename__ = "person"
                __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}
                id = Column(Integer, primary_key=True)  # @ column person.id
                kind = Column(String(9))  # @ column person.kind


            class Manager(Person):
                __mapper_args__ = {"polymorphic_identity": "manager"}
                budget = Column(Integer)  # @ column person.budget


            class Apprentice(Cheap, Person):
                __mapper_args__ = {"polymorphic_identity": "apprentice"}
                school = Column(String, index=True)  # @ column person.school; index person.ix_person_school


            class Engineer(Person):  # @ column engineer.left_over
                __tablename__ = "engineer"
                __mapper_args__ = {"polymorphic_identity": "engineer"}
                id = Column(ForeignKey("person.id"), primary_key=True)  # @ column engineer.id; foreign_key engineer(id)
                kind_of_engine = Column("kind", Integer)  # @ column engineer.kind


            def extension(name):
                key = Column("id", ForeignKey("person.id"), primary_key=True)
                return Table(name, Base.metadata, key)


            class Guest(Person):  # @ column guest.id
                __table__ = extension("guest")
                __mapper_args__ = {"polymorphic_identity": "guest"}
            """  # noqa: E501
        )
    )
    check(lacking(module.Base), repository)


def test_dataclasses(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        models=plain(
            """
            from dataclasses import dataclass, field
            from sqlalchemy.orm import registry


            @registry(metadata=Base.metadata).mapped
            @dataclass
            class Customer:  # @ column customer.left_over
                __tablename__ = "customer"
                __sa_dataclass_metadata_key__ = "sa"
                id: int = field(  # @ column customer.id
                    init=False, metadata={"sa": Column(Integer, primary_key=True)}
                )
            """
        )
    )
    check(lacking(module.Base), repository)


def test_what_stands_inside_conditions(repository: Repository, lacking: Lacking) -> None:
    chain = "".join(f"elif Base == {number}:\n    pass\n" for number in range(1500))
    model = """
        class Pet(Base):
            __tablename__ = "pet"
            name = Column(Integer)
            try:
                id = Column(Integer, primary_key=True)
            finally:
                name = Column(String)  # @ column pet.name
    """
    source = (
        plain("if Base is None:\n    pass\n") + chain + "else:\n" + indent(dedent(model), "    ")
    )
    check(lacking(repository.load(models=source).Base), repository)


def test_mappers_that_are_not_ready(repository: Repository, lacking: Lacking) -> None:
    """Neither one that waits for others nor one that does not fit them is in the way."""
    module = repository.load(
        models=plain(
            """
            from sqlalchemy.ext.declarative import AbstractConcreteBase
            from sqlalchemy.orm import relationship


            class Employee(AbstractConcreteBase, Base):
                name = Column(String)  # @ column manager.name


            class Manager(Employee):
                __tablename__ = "manager"
                __mapper_args__ = {"concrete": True, "polymorphic_identity": "manager"}
                id = Column(Integer, primary_key=True)  # @ column manager.id


            class Desk(Base):  # @ column desk.late
                __tablename__ = "desk"
                id = Column(Integer, primary_key=True)
                owner = relationship("Nobody")


            Desk.late = Column(Integer)
            """
        )
    )
    check(lacking(module.Base), repository)


def test_classes_inside_functions(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        models=plain(
            """
            def make():
                class Holder:
                    class Pet(Base):
                        __tablename__ = "pet"
                        id = Column(Integer, primary_key=True)  # @ column pet.id

                return Holder

            class Pet:
                id = 1

            holder = make()
            """
        )
    )
    check(lacking(module.Base), repository)


@needs_mapped
def test_annotations(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        types="""
            from typing import Annotated
            from sqlalchemy import String
            from sqlalchemy.orm import mapped_column

            Key = Annotated[int, mapped_column(primary_key=True)]
            Name = Annotated[str, mapped_column(String(30), index=True)]
        """,
        models="""
            from __future__ import annotations
            from typing import Optional
            from sqlalchemy import ForeignKey
            from sqlalchemy.orm import (
                DeclarativeBase, Mapped, MappedAsDataclass, declared_attr, mapped_column, relationship,
            )
            from shop.types import Key, Name


            class Base(DeclarativeBase):
                pass


            class Owned:
                @declared_attr
                def owner_id(cls) -> Mapped[int]:  # @ column pet.owner_id; foreign_key pet(owner_id)
                    return mapped_column(ForeignKey("owner.id"))


            class Owner(MappedAsDataclass, Base):  # @ column owner.left_over
                __tablename__ = "owner"
                id: Mapped[Key] = mapped_column(init=False)  # @ column owner.id
                name: Mapped[Name]  # @ column owner.name; index owner.ix_owner_name
                born: Mapped[Optional[int]] = mapped_column("year", default=None)  # @ column owner.year


            class Pet(Owned, Base):
                __tablename__ = "pet"
                id: Mapped[Key]  # @ column pet.id
                nick_name: Mapped[  # @ column pet.nick_name
                    Optional[str]
                ]
                owner: Mapped[Owner] = relationship()
        """,  # noqa: E501
    )
    check(lacking(module.Base), repository)


@needs_mapped
def test_sqlmodel(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        garden="""
            from typing import Optional
            from sqlmodel import Field, SQLModel


            class Named(SQLModel):
                name: str = Field(max_length=60, index=True)  # @ column bed.name; index bed.ix_bed_name


            class Bed(Named, table=True):  # @ column bed.left_over
                id: Optional[int] = Field(default=None, primary_key=True)  # @ column bed.id
                garden_id: Optional[int] = Field(  # @ column bed.garden_id; foreign_key bed(garden_id)
                    default=None, foreign_key="garden.id"
                )


            class Garden(SQLModel, table=True):
                id: Optional[int] = Field(default=None, primary_key=True)  # @ column garden.id
        """  # noqa: E501
    )
    names = ("bed", "garden")
    metadata = module.SQLModel.metadata
    try:
        check(lacking(metadata), repository)
    finally:  # all programs have this one MetaData
        for name in names:
            metadata.remove(metadata.tables[name])


@needs_mapped
def test_flask_sqlalchemy(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        app="""
            from flask_sqlalchemy import SQLAlchemy
            from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


            class Base(DeclarativeBase):
                pass


            db = SQLAlchemy(model_class=Base)

            links = db.Table(
                "links",
                db.Column("article_id", db.ForeignKey("article.id")),  # @ column links.article_id
            )


            class Article(db.Model):  # @ column article.left_over
                id: Mapped[int] = mapped_column(primary_key=True)  # @ column article.id
                title = db.Column(db.String, index=True)  # @ index article.ix_article_title
        """
    )
    check(lacking(module.db), repository)


def test_elixir_style(
    repository: Repository, lacking: Lacking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The columns are what other calls make of the attributes, and are found by what they map."""
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "elixir_style"))
    module = repository.load(
        models="""
            from entity import Entity, Field, ManyToOne, mappers, metadata, setup_all
            from sqlalchemy import Integer, Unicode


            class Director(Entity):
                name = Field(Unicode(80), nullable=False)  # @ column director.name


            class Movie(Entity):  # @ column movie.id; column movie.left_over
                year = Field(Integer)  # @ column movie.year
                director = ManyToOne("Director")  # @ column movie.director_id; foreign_key movie(director_id)


            setup_all()
        """  # noqa: E501
    )
    check(lacking(module), repository)


def test_what_came_with_a_package_is_nobodys_line(
    repository: Repository, lacking: Lacking, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = repository.root / ".venv" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "ready_made.py").write_text(
        plain(
            """
            from sqlalchemy import Table

            class Mixin:
                email = Column(String)

            class Badge(Mixin, Base):
                __tablename__ = "badge"
                id = Column(Integer, primary_key=True)

            Table("ready", Base.metadata, Column("id", Integer))
            """
        )
    )
    monkeypatch.syspath_prepend(str(installed))
    module = repository.load(
        models="""
            from sqlalchemy import Column, Integer
            from ready_made import Base, Mixin

            class User(Mixin, Base):  # @ column user.email
                __tablename__ = "user"
                id = Column(Integer, primary_key=True)
        """
    )
    found = lacking(module.Base)
    check(found, repository)
    assert found["column ready.id"] is None
    # but models that came with a package have their lines there
    there, whole = found["column badge.email"], found["column badge.left_over"]
    assert there is not None
    assert whole is not None
    assert (there.path, there.line) == (".venv/site-packages/ready_made.py", whole.line - 2)
