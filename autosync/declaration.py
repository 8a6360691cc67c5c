"""How the models declare their tables: the classes that map them, and the calls that make them."""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import mapperlib

from autosync.changes import EXTRA
from autosync.plan import Entry
from autosync.syntax import (
    Sources,
    Spot,
    arguments,
    assigned_call,
    bound,
    contains,
    given_name,
    is_installed,
    keyword,
    maker,
    mentioned,
    only,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapper

CONSTRAINTS = {
    "primary_key": ("PrimaryKeyConstraint",),
    "foreign_key": ("ForeignKeyConstraint",),
    "unique": ("UniqueConstraint", "Index"),
    "index": ("Index", "UniqueConstraint"),
    "check": ("CheckConstraint", "ExcludeConstraint"),
}
"""What declares each kind of constraint; a unique index does what a unique constraint does."""
CONSTRAINT_MAKERS = frozenset(maker for makers in CONSTRAINTS.values() for maker in makers)
TABLE_MAKERS = ("Table", "CreateView", "create_view", "create_materialized_view")


class MappedClass(NamedTuple):
    """A class that maps a table: ``bodies`` are its own and those it inherits, as Python looks."""

    mapper: Mapper[Any]
    itself: Spot | None
    bodies: tuple[Spot, ...]

    def attribute(self, name: str) -> Spot | None:
        """Where the class has this attribute."""
        return _first(bound(body, name) for body in self.bodies)

    def attribute_of(self, column: sa.Column[Any]) -> str | None:
        """The name of the attribute that maps a column."""
        with contextlib.suppress(SQLAlchemyError):
            return str(self.mapper.get_property_by_column(column).key)
        return None

    def reference_by(self, column: sa.Column[Any]) -> Spot | None:
        """Where the class has the relationship for whose sake there is this column."""
        # asking configures all mappers; whether they fit together is the application's matter
        with contextlib.suppress(Exception):
            for one in self.mapper.relationships:
                if one.direction.name == "MANYTOONE" and column in one.local_columns:
                    return self.attribute(one.key)
        return None

    @property
    def makes_table(self) -> bool:
        """Whether the columns of the table are attributes of the class."""
        with contextlib.suppress(Exception):  # a name may be computed by anybody's code
            name = getattr(self.mapper.class_, "__tablename__", None)
            table: Any = self.mapper.local_table
            return name == table.name and self.attribute("__table__") is None
        return False


@dataclass(frozen=True)
class Declaration:
    """How a table is declared: by classes, the first of which stands for it, by a call, or both."""

    table: sa.Table
    classes: tuple[MappedClass, ...]
    call: Spot | None
    sources: Sources

    @cached_property
    def whole(self) -> Spot | None:
        """The class; or the call that makes the table, unless that is inside the class."""
        itself = self.classes[0].itself if self.classes else None
        inside = self.call and itself and contains(itself, self.call)
        return itself if inside else self.call or itself

    def column(self, name: str) -> Spot | None:
        """Where a column is declared; the whole, if that is not written anywhere."""
        column = self._column(name)
        if column is None:
            return self.whole
        return self._argument(column) or self._attribute(column) or self.whole

    def constraint(self, entry: Entry) -> Spot | None:
        """Where a constraint or an index is declared; or else its only column, or the whole."""
        is_declared = entry.difference != EXTRA
        written = _first(map(only, self._candidates(entry))) if is_declared else None
        if written or len(entry.columns) == 1:
            return written or self.column(entry.columns[0])
        # what no column says must stand there; but several columns may say that they are keys
        elsewhere = is_declared and entry.kind != "primary_key"
        return (self._anywhere("__table_args__") if elsewhere else None) or self.whole

    def _column(self, name: str) -> sa.Column[Any] | None:
        return next((column for column in self.table.columns if column.name == name), None)

    def _argument(self, column: sa.Column[Any]) -> Spot | None:
        """The argument of the call that makes a column."""
        made = [one for one in arguments(self.call) if maker(one)] if self.call else []
        columns = [one for one in made if maker(one) not in CONSTRAINT_MAKERS]
        return only(one for one in columns if given_name(one) == column.name)

    def _attribute(self, column: sa.Column[Any]) -> Spot | None:
        names = ((class_, class_.attribute_of(column)) for class_ in self.classes)
        own = (class_.attribute(name) for class_, name in names if name is not None)
        return _first(own) or _first(class_.reference_by(column) for class_ in self.classes)

    def _anywhere(self, attribute: str) -> Spot | None:
        return _first(class_.attribute(attribute) for class_ in self.classes)

    def _candidates(self, entry: Entry) -> Iterator[list[Spot]]:
        """The calls that may make a constraint, the surest first."""
        makers, name = CONSTRAINTS[entry.kind], entry.name or ""
        places = [body for class_ in self.classes for body in class_.bodies]
        places += [self.call] if self.call else []
        inside = [call for place in places for call in self.sources.calls(place, makers)]
        yield [call for call in inside if given_name(call) == name]
        alike = [call for call in inside if self._is_on(call, entry.columns)]
        yield [call for call in alike if given_name(call) is None]
        # a naming convention may have put something around the name
        alike = inside if entry.kind == "check" else alike
        yield [call for call in alike if f"_{given_name(call)}_" in f"_{name}_"]
        yield self.sources.beside(self.whole, makers, name) if self.whole else []

    def _is_on(self, call: Spot, columns: tuple[str, ...]) -> bool:
        words = mentioned(call)
        return 0 < len(words) == len(columns) and all(
            word in self._words(name) for word, name in zip(words, columns, strict=True)
        )

    def _words(self, name: str) -> set[str | None]:
        """What a column is called in the models."""
        column = self._column(name)
        if column is None:
            return {name}
        return {name, column.key, *(class_.attribute_of(column) for class_ in self.classes)}


class Declarations:
    """How each of some tables is declared, which is looked for once."""

    def __init__(self, sources: Sources, tables: Iterable[sa.Table]) -> None:
        self._sources = sources
        self._mappers = _mappers()
        self._holders = _holders(tables)
        self._found: dict[sa.Table, Declaration] = {}

    def of(self, table: sa.Table) -> Declaration:
        """How one of the tables is declared."""
        if table not in self._found:
            classes = self._classes(table)
            by_class = bool(classes) and classes[0].makes_table
            call = None if by_class else self._call(table, classes)
            self._found[table] = Declaration(table, classes, call, self._sources)
        return self._found[table]

    def _classes(self, table: sa.Table) -> tuple[MappedClass, ...]:
        """The classes that map a table: the one at the root, and those that live in it, too.

        Where several have nothing to do with each other, the root is the one that makes the table.
        """
        mappers = self._mappers.get(table, [])
        roots = [m for m in mappers if m.inherits is None or m.inherits.local_table is not table]
        found = [self._class(mapper) for mapper in roots]
        root = only([one for one in found if one.makes_table or self._inside(one)] or found)
        if root is None:
            return ()
        family = [m for m in root.mapper.self_and_descendants if m.local_table is table]
        return root, *(self._class(mapper) for mapper in family if mapper is not root.mapper)

    def _class(self, mapper: Mapper[Any]) -> MappedClass:
        class_ = mapper.class_
        itself = self._sources.class_(class_)
        # what another class maps is a column of that class
        bases = [base for base in class_.__mro__[1:] if base not in self._mapped]
        spots = [spot for spot in (itself, *map(self._sources.class_, bases)) if spot]
        if itself and not is_installed(itself.file):
            # nobody changes a line of what came with a package
            spots = [spot for spot in spots if not is_installed(spot.file)]
        return MappedClass(mapper, itself, tuple(spots))

    @cached_property
    def _mapped(self) -> set[type]:
        return {m.class_ for mappers in self._mappers.values() for m in mappers}

    def _call(self, table: sa.Table, classes: tuple[MappedClass, ...]) -> Spot | None:
        """The call that makes a table: in its class, bound to a name, or else by its own name."""
        inside = _first(map(self._inside, classes))
        if inside:
            return inside
        held = [self._sources.assigned(*holder) for holder in self._holders.get(id(table), [])]
        made = [call for call in map(assigned_call, filter(None, held)) if call]
        named = (call for one in TABLE_MAKERS for call in self._sources.standalone(one, table.name))
        return only(call for call in made if maker(call) in TABLE_MAKERS) or only(
            call for call in named if _may_make(call, table)
        )

    def _inside(self, class_: MappedClass) -> Spot | None:
        """The call in the body of a class that makes its table."""
        assigned = class_.attribute("__table__")
        return only(self._sources.calls(assigned, TABLE_MAKERS)) if assigned else None


def _first(spots: Iterable[Spot | None]) -> Spot | None:
    return next((spot for spot in spots if spot), None)


def _mappers() -> dict[sa.Table, list[Mapper[Any]]]:
    """The mappers of each table.

    Nothing public leads there: a MetaData does not know its registries, and ``registry.mappers``
    fails as long as one of the classes is not mapped yet.
    """
    found: dict[sa.Table, list[Mapper[Any]]] = {}
    for registry in mapperlib._all_registries():
        for manager in [one for one in list(registry._managers) if one.is_mapped]:
            if isinstance(manager.mapper.local_table, sa.Table):
                found.setdefault(manager.mapper.local_table, []).append(manager.mapper)
    return found


def _holders(tables: Iterable[sa.Table]) -> dict[int, list[tuple[ModuleType, str]]]:
    """The modules that hold each table, by its id, and the name under which they do."""
    found: dict[int, list[tuple[ModuleType, str]]] = {id(table): [] for table in tables}
    for module in list(sys.modules.values()):
        with contextlib.suppress(Exception):  # anything may stand in the place of a module
            for name, value in list(vars(module).items()):
                if id(value) in found:
                    found[id(value)].append((module, name))
    return found


def _may_make(call: Spot, table: sa.Table) -> bool:
    """Whether a call that has the name of a table has its schema, as far as that is literal."""
    schema = keyword(call, "schema")
    if schema is None:
        return table.schema == table.metadata.schema
    return not isinstance(schema, ast.Constant) or schema.value == table.schema
