"""Elixir's way to declare models, in a few lines: entities now, tables at `setup_all()`."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import registry, relationship, scoped_session, sessionmaker


class MetaData(sa.MetaData):
    """SQLAlchemy 2 has no `metadata.bind` any more; one attribute brings it back."""

    bind: Engine | None = None


metadata = MetaData()
session = scoped_session(sessionmaker())
mappers = registry(metadata=metadata)
entities: dict[str, type["Entity"]] = {}


class Field:
    """A column."""

    def __init__(self, type_: Any, **options: Any) -> None:
        self.type, self.options = type_, options

    def column(self, name: str) -> "sa.Column[Any]":
        return sa.Column(name, self.type, **self.options)


class ManyToOne:
    """A reference to another entity: a foreign key column, its index and a relationship."""

    def __init__(self, target: str, **options: Any) -> None:
        self.target, self.options = target, options

    def column(self, name: str) -> "sa.Column[Any]":
        key = sa.ForeignKey(f"{self.target.lower()}.id")
        return sa.Column(f"{name}_id", sa.Integer, key, index=True, **self.options)


class Entity:
    """What all entities inherit from. A table gets an `id`, and the name of its class."""

    def __init_subclass__(cls) -> None:
        entities[cls.__name__] = cls


def setup_all() -> None:
    """Make the tables and mappers of all entities that have none yet."""
    new = [entity for entity in entities.values() if not hasattr(entity, "table")]
    references = {entity: list(make_table(entity)) for entity in new}
    for entity in new:
        properties = {name: relationship(entities[one.target]) for name, one in references[entity]}
        mappers.map_imperatively(entity, entity.table, properties=properties)


def make_table(entity: Any) -> Iterator[tuple[str, ManyToOne]]:
    """Turn what the class declares into its table; what remains are its references."""
    entity.table = sa.Table(entity.__name__.lower(), metadata)
    entity.table.append_column(sa.Column("id", sa.Integer, primary_key=True))
    for name, attribute in list(vars(entity).items()):
        if isinstance(attribute, (Field, ManyToOne)):
            entity.table.append_column(attribute.column(name))
            delattr(entity, name)  # the mapper puts its own in this place
        if isinstance(attribute, ManyToOne):
            yield name, attribute
