"""Constraints and indexes, what only the database has, and a report."""

from __future__ import annotations

import autosync
from autosync.source import located
from tests.servers.database import LiveDatabase
from tests.source.repository import Lacking, Repository, check, places, plain


def test_constraints_and_indexes(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        models=plain(
            """
            from sqlalchemy import ForeignKeyConstraint


            class City(Base):
                __tablename__ = "city"
                id = Column(Integer, primary_key=True)
                code = Column(Integer, unique=True)  # @ unique city(code)


            class User(Base):
                __tablename__ = "user"
                id = Column(Integer, primary_key=True)
                part = Column(Integer, primary_key=True)
                phone_number = Column("phone", String, index=True)  # @ index user.ix_user_phone
                born = Column(Integer)
                size = Column(
                    Integer,
                    CheckConstraint("size < 3", name="ck_small"),  # @ check user.ck_small
                )
                town = Column(Integer)
                code = Column(Integer)
                city_id = Column(  # @ foreign_key user(city_id); column user.city_id
                    Integer,
                    ForeignKey("city.id"),
                )
                __table_args__ = (  # @ index user.ix_again
                    UniqueConstraint("phone", "born", name="uq_phone"),  # @ unique user.uq_phone
                    UniqueConstraint("born", "size"),  # @ unique user(born, size)
                    UniqueConstraint(phone_number, size),  # @ unique user(phone, size)
                    Index("ix_born", "born"),  # @ index user.ix_born
                    Index("ix_born_size", "born", "size"),  # @ index user.ix_born_size
                    Index(  # @ index user.ix_two
                        "ix_two",
                        "born",
                        "phone",
                    ),
                    Index("ix" + "_again", *["town", "born"]),
                    CheckConstraint("size > 0", name="ck_size"),  # @ check user.ck_size
                    ForeignKeyConstraint(["town"], ["city.id"]),  # @ foreign_key user(town)
                    ForeignKeyConstraint(  # @ foreign_key user.fk_both
                        ["town", "code"], ["city.id", "city.code"], name="fk_both"
                    ),
                )


            Index("ix_outside", User.born, User.code)  # @ index user.ix_outside
            """
        )
    )
    check(lacking(module.Base), repository)


def test_primary_keys(repository: Repository, sqlite: LiveDatabase) -> None:
    module = repository.load(
        models=plain(
            """
            class User(Base):
                __tablename__ = "user"
                id = Column(Integer, primary_key=True)  # @ primary_key user(id)


            class Part(Base):  # @ primary_key part(id, number)
                __tablename__ = "part"
                __table_args__ = {"sqlite_autoincrement": False}
                id = Column(Integer, primary_key=True)
                number = Column(Integer, primary_key=True)


            class Piece(Base):
                __tablename__ = "piece"
                id = Column(Integer)
                number = Column(Integer)
                __table_args__ = (
                    PrimaryKeyConstraint("id", "number"),  # @ primary_key piece(id, number)
                )
            """
        )
    )
    with sqlite.engine.begin() as connection:
        for table in module.Base.metadata.tables:
            connection.exec_driver_sql(f"CREATE TABLE {table} (id INTEGER, number INTEGER)")
    found = places(located(autosync.plan(sqlite.engine, module.Base), module.Base))
    check(found, repository)


def test_names_that_a_convention_makes(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        models=plain(
            """
            Base.metadata.naming_convention = {
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
            }


            class Price(Base):
                __tablename__ = "price"
                id = Column(Integer, primary_key=True)
                net = Column(Integer, index=True)  # @ index price.ix_price_net
                tax = Column(Integer, unique=True)  # @ unique price.uq_price_tax
                __table_args__ = (
                    Index(None, "net", "tax"),  # @ index price.ix_price_net_tax
                    CheckConstraint("net > 0", name="is_dear"),  # @ check price.ck_price_is_dear
                    CheckConstraint("tax > 0", name="is_taxed"),  # @ check price.ck_price_is_taxed
                )
            """
        )
    )
    check(lacking(module.Base), repository)


def test_what_only_the_database_has(repository: Repository, sqlite: LiveDatabase) -> None:
    """It is a matter of the column it is on, or else of the class; a table has no place."""
    module = repository.load(
        models=plain(
            """
            class Pet(Base):  # @ column pet.owner; index pet.ix_both; foreign_key pet(owner)
                __tablename__ = "pet"
                __table_args__ = {"comment": "left alone"}
                id = Column(Integer, primary_key=True)
                name = Column(String)  # @ index pet.ix_name
            """
        )
    )
    with sqlite.engine.begin() as connection:
        for sql in (
            "CREATE TABLE stray (id INTEGER PRIMARY KEY)",
            "CREATE TABLE pet (id INTEGER PRIMARY KEY, name VARCHAR, owner REFERENCES stray (id))",
            "CREATE INDEX ix_name ON pet (name)",
            "CREATE INDEX ix_both ON pet (name, owner)",
        ):
            connection.exec_driver_sql(sql)
    found = places(located(autosync.plan(sqlite.engine, module.Base), module.Base))
    check(found, repository)
    assert found["table stray"] is None


def test_a_report(repository: Repository, sqlite: LiveDatabase) -> None:
    """What was applied has its place, too; nothing else of it is another."""
    module = repository.load(
        models=plain(
            """
            class BrandNew(Base):  # @ table brand_new
                __tablename__ = "brand_new"
                id = Column(Integer, primary_key=True)
            """
        )
    )
    report = autosync.sync(sqlite.engine, module.Base)
    found = located(report, module.Base)
    (mark,) = repository.marked().values()
    assert [entry.location for entry in found.applied] == [mark]
    assert (found.executed, found.tables) == (report.executed, report.tables)
    assert located(autosync.plan(sqlite.engine, module.Base), module.Base).in_sync
