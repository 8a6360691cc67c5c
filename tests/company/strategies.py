"""Hypothesis: a live database with rows, and a set of changes that mixes everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from hypothesis import strategies as st
from sqlalchemy.dialects import mysql, postgresql

from tests.company.edits import Edit, Models, changed, with_field, without_field
from tests.drift.blueprint import Blueprint, Check, Field, Index, Reference, Sort, Unique
from tests.drift.strategies import (
    BOUNDS,
    COMMENTED,
    ENUMS,
    INTEGER,
    LETTERS,
    RULES,
    SORTS,
    VIRTUAL,
    defaults,
    maybe,
    models,
    tables,
)

MOST = 6
BELONGINGS = ("none", "none", "unique", "pair", "index", "check", "reference")
NEW_TABLES = "tables"
OPTIONS: tuple[Mapping[str, Any], ...] = (
    {},
    {},
    {"allow": {"indexes"}},
    {"max_rows_scanned": 0},  # one row is many
)
FOREIGN = {  # types that the dialect cannot write down
    "sqlite": Sort("foreign", mysql.MEDIUMTEXT),
    "postgresql": Sort("foreign", mysql.MEDIUMTEXT),
    "mariadb": Sort("foreign", postgresql.INET),
    "mysql": Sort("foreign", postgresql.INET),
}
PYTHON = {"Integer": (3, 0), "String": ("x", "", "it's %s"), "Boolean": (True, False)}
"""Scalar defaults that the application gives, by type."""


@dataclass(frozen=True)
class Situation:
    """What is live, which of its tables have a row, and what the models change.

    ``options`` are those of the call.
    """

    live: Models
    filled: frozenset[str]
    edits: tuple[Edit, ...]
    options: Mapping[str, Any]


@st.composite
def situations(draw: st.DrawFn, database: str) -> Situation:
    """One to three tables, and up to six edits of them, no two of which are about one column."""
    live = tuple(map(with_sources, draw(models(database))))
    filled = frozenset(one.name for one in live if draw(st.booleans()))
    edits: list[Edit] = []
    free = {one.name: [field.name for field in one.free()] for one in live}
    for number in range(draw(st.integers(2, MOST))):
        made = draw(an_edit(Scene(database, live, tuple(edits), number), free))
        if made is not None:
            edits.append(made)
    options: Mapping[str, Any] = draw(st.sampled_from(OPTIONS))
    return Situation(live, filled, tuple(edits), options)


@dataclass(frozen=True)
class Scene:
    """What an edit starts from: the live tables, and the edits before it, which it counts."""

    database: str
    live: Models
    before: tuple[Edit, ...]
    number: int

    def targets(self) -> list[str]:
        """The tables, live and new, that a key of one column can point at."""
        new = (edit.tables for edit in self.before if NEW_TABLES in edit.evidence)
        return [*(one.name for one in self.live if len(one.key) == 1), *chain(*new)]


def with_sources(table: Blueprint) -> Blueprint:
    """The table whose computed columns name their source, whatever comes to stand before it."""
    of = next((field.name for field in table.fields if field.sort.ordered), None)
    fields = (f if f.computed is None else replace(f, of=of) for f in table.fields)
    return replace(table, fields=tuple(fields))


@st.composite
def an_edit(draw: st.DrawFn, scene: Scene, free: dict[str, list[str]]) -> Edit | None:
    """An edit of a kind; None where there is nothing left that it could be about."""
    kind = draw(st.sampled_from(KINDS))
    if kind in (new_table, blocked_table):
        return draw(kind(scene))
    table = draw(st.sampled_from(scene.live))
    if kind is new_column:
        return draw(new_column(scene, table, free[table.name]))
    return draw(kind(scene.database, table, free[table.name], scene.number))


# --- additions ----------------------------------------------------------------------------------


@st.composite
def new_column(draw: st.DrawFn, scene: Scene, table: Blueprint, free: list[str]) -> Edit:
    """A column of any kind, at any place, with all that may belong to it."""
    name = f"n{scene.number}"
    field = replace(draw(fields(scene.database)), name=name)
    sources = [one.name for one in table.fields if one.sort.ordered and one.name in free]
    if sources and draw(st.integers(0, 5)) == 0:
        of = draw(st.sampled_from(sources))
        free.remove(of)
        stored = scene.database not in VIRTUAL or draw(st.booleans())
        field = Field(name, INTEGER, computed=draw(st.integers(2, 9)), stored=stored, of=of)
    if scene.database in COMMENTED and draw(st.booleans()):
        field = replace(field, comment=draw(st.text(LETTERS, min_size=1, max_size=9)))
    place = draw(st.integers(0, len(table.fields)))
    companions, points = draw(belongings(field, scene, table, free))

    def how(one: Blueprint) -> Blueprint:
        # at its place among those of the live table, wherever else something was added
        known = [f.name for f in table.fields[:place]]
        at = sum(f.name in known or _is_new(f.name, scene.number) for f in one.fields)
        return companions(replace(one, fields=(*one.fields[:at], field, *one.fields[at:])))

    title = f"{table.name}: new column {name} {field.sort}"
    return Edit(
        title,
        changed(table.name, how),
        frozenset({table.name}),
        points - {table.name},
        evidence=frozenset({f"columns of {table.name}"}) | types([field]),
    )


def types(of: Iterable[Field]) -> frozenset[str]:
    """The type of their own that columns need, which is made once for all of them."""
    return frozenset("enum" for field in of if field.sort in ENUMS)


def _is_new(name: str, number: int) -> bool:
    return any(name == f"n{earlier}" for earlier in range(number))


@st.composite
def fields(draw: st.DrawFn, database: str) -> Field:
    """A column with a default of any kind, or none."""
    sort = draw(st.sampled_from((*SORTS[database], FOREIGN[database])))
    nullable = draw(st.booleans())
    kind = draw(st.sampled_from(("none", "server", "python", "function")))
    if kind == "server":
        return Field("", sort, nullable, default=draw(defaults(sort)))
    if kind == "function":
        return Field("", sort, nullable, python=lambda: None)
    if kind == "python" and sort.name in PYTHON:
        return Field("", sort, nullable, python=draw(st.sampled_from(PYTHON[sort.name])))
    return Field("", sort, nullable)


@st.composite
def belongings(
    draw: st.DrawFn, field: Field, scene: Scene, table: Blueprint, free: list[str]
) -> tuple[Callable[[Blueprint], Blueprint], frozenset[str]]:
    """A unique constraint, an index, a check or a foreign key of a column, or nothing."""
    kind = draw(st.sampled_from(BELONGINGS))
    others = [one.name for one in table.fields if one.sort.keyable and one.name in free]
    if kind == "pair" and field.sort.keyable and field.computed is None and others:
        other = draw(st.sampled_from(others))
        free.remove(other)
        unique = Unique(draw(maybe(f"uq_n{scene.number}")), (other, field.name))
        return lambda one: replace(one, uniques=(*one.uniques, unique)), frozenset()
    if kind == "reference" and field.sort is INTEGER and not field.computed and scene.targets():
        target = draw(st.sampled_from(scene.targets()))
        rule = draw(st.sampled_from(RULES if field.nullable else RULES[:2]))
        key = Reference(draw(maybe(f"fk_n{scene.number}")), field.name, target, rule)
        return lambda one: replace(one, references=(*one.references, key)), frozenset({target})
    return draw(constraints(kind, field, scene.number)), frozenset()


@st.composite
def constraints(
    draw: st.DrawFn, kind: str, field: Field, number: int
) -> Callable[[Blueprint], Blueprint]:
    """What adds a constraint or index of one column to a table."""
    if field.computed is not None:
        return lambda one: one
    if kind == "unique" and field.sort.keyable:
        unique = Unique(draw(maybe(f"uq_n{number}")), (field.name,))
        return lambda one: replace(one, uniques=(*one.uniques, unique))
    if kind == "index" and field.sort.keyable:
        index = Index(f"ix_n{number}", (field.name,), (draw(st.booleans()),), draw(st.booleans()))
        return lambda one: replace(one, indexes=(*one.indexes, index))
    if kind == "check" and field.sort.ordered:
        check = Check(draw(maybe(f"ck_n{number}")), field.name, draw(BOUNDS))
        return lambda one: replace(one, checks=(*one.checks, check))
    return lambda one: one


@st.composite
def new_table(draw: st.DrawFn, scene: Scene) -> Edit:
    """A table, with keys to others that are there, are new too, or are refused."""
    name = f"table{scene.number}"
    like = draw(tables(scene.database, name, 100 + scene.number, scene.targets()))
    made = replace(like, key=("id",))
    if draw(st.integers(0, 5)) == 0:
        made = replace(made, fields=(*made.fields, Field("foreign", FOREIGN[scene.database])))
    points = frozenset(one.target for one in made.references) - {name}
    return Edit(
        f"new table {name}",
        lambda models: (*models, made),
        frozenset({name}),
        points,
        evidence=frozenset({NEW_TABLES}) | types(made.fields),
    )


@st.composite
def blocked_table(draw: st.DrawFn, scene: Scene) -> Edit:
    """A new table whose name a view has."""
    made = draw(new_table(scene))
    (name,) = made.tables
    return replace(
        made,
        title=f"{made.title}, where a view is",
        sql=(f"CREATE VIEW {name} AS SELECT 1 AS id",),
    )


# --- drifts -------------------------------------------------------------------------------------


def drift(table: Blueprint, title: str, how: Callable[[Blueprint], Blueprint]) -> Edit:
    """An edit of a live table by itself."""
    return Edit(f"{table.name}: {title}", changed(table.name, how), frozenset({table.name}))


def _taken(draw: st.DrawFn, table: Blueprint, free: list[str], *, plain: bool = True) -> Any:
    """A column that no other edit is about, or None."""
    based = any(field.computed is not None for field in table.fields)
    base = next((field for field in table.fields if field.sort.ordered), None)
    pool = [
        field
        for field in table.fields
        if field.name in free
        and field.computed is None
        and not (plain and based and field is base)
        and not (plain and (field.sort in ENUMS or field.sort.collated))
    ]
    if not pool:
        return None
    field = draw(st.sampled_from(pool))
    free.remove(field.name)
    return field


How = Callable[[Blueprint], Blueprint]
Change = Callable[[st.DrawFn, str, Field, int], tuple[str, How]]
"""What becomes of a column on a database, in words and as a value."""


def of_a_column(change: Change, *, plain: bool = True, evident: bool = False) -> Any:
    """The strategy of a kind of edit of one column; None where no column is left.

    A ``plain`` one leaves alone what other columns, or types of their own, depend on; an
    ``evident`` one may be taken for a new name.
    """

    @st.composite
    def edit(
        draw: st.DrawFn, database: str, table: Blueprint, free: list[str], number: int
    ) -> Edit | None:
        field = _taken(draw, table, free, plain=plain)
        if field is None:
            return None
        words, how = change(draw, database, field, number)
        made = drift(table, f"{field.name} {words}", how)
        return replace(made, evidence=frozenset({f"columns of {table.name}"} if evident else ()))

    return edit


def other_type(draw: st.DrawFn, database: str, field: Field, number: int) -> tuple[str, How]:
    """A column of another type, one without a default."""
    usable = [one for one in SORTS[database] if one not in ENUMS and not one.collated]
    sort = draw(st.sampled_from([one for one in usable if one != field.sort]))
    return f"is {sort}", with_field(field.name, sort=sort, default=None)


def other_nullability(draw: st.DrawFn, database: str, field: Field, number: int) -> tuple[str, How]:
    """A column that may be NULL, or may no longer."""
    how = with_field(field.name, nullable=not field.nullable)
    return f"{'NOT ' * field.nullable}NULL", how


def other_default(draw: st.DrawFn, database: str, field: Field, number: int) -> tuple[str, How]:
    """A column with another default."""
    default = draw(st.none() | defaults(field.sort))
    return f"DEFAULT {default}", with_field(field.name, default=default)


def other_comment(draw: st.DrawFn, database: str, field: Field, number: int) -> tuple[str, How]:
    """A column with another comment, where there are comments."""
    comment = draw(st.none() | st.text(LETTERS, min_size=1, max_size=9))
    return "COMMENT", with_field(field.name, comment=comment if database in COMMENTED else None)


def lost_column(draw: st.DrawFn, database: str, field: Field, number: int) -> tuple[str, How]:
    """A column that the models no longer have."""
    return "is gone", without_field(field.name)


def other_name(draw: st.DrawFn, database: str, field: Field, number: int) -> tuple[str, How]:
    """A column of another name."""
    return f"is r{number}", with_field(field.name, name=f"r{number}")


def other_place(draw: st.DrawFn, database: str, field: Field, number: int) -> tuple[str, How]:
    """A column that stands first."""

    def how(one: Blueprint) -> Blueprint:
        return replace(one, fields=tuple(sorted(one.fields, key=lambda f: f.name != field.name)))

    return "comes first", how


def more_constraints(draw: st.DrawFn, database: str, field: Field, number: int) -> tuple[str, How]:
    """A constraint or an index of a column that is there."""
    kind = draw(st.sampled_from(("unique", "index", "check")))
    return kind, draw(constraints(kind, field, number))


@st.composite
def fewer_constraints(
    draw: st.DrawFn, database: str, table: Blueprint, free: list[str], number: int
) -> Edit:
    """A table without one kind of its constraints or indexes."""
    kind = draw(st.sampled_from(("uniques", "checks", "indexes", "references")))
    return drift(table, f"no {kind}", lambda one: replace(one, **{kind: _only_new(one, kind)}))


def _only_new(table: Blueprint, kind: str) -> tuple[Any, ...]:
    """What other edits have added."""
    return tuple(one for one in getattr(table, kind) if _is_of_edit(one))


def _is_of_edit(constraint: Any) -> bool:
    fields = getattr(constraint, "fields", None) or (constraint.field,)
    named = constraint.name is not None and constraint.name[2:4] == "_n"
    return named or any(_is_new(name, MOST) for name in fields)


def other_key(
    database: str, table: Blueprint, free: list[str], number: int
) -> st.SearchStrategy[Edit]:
    """A table with another primary key."""
    if len(table.key) > 1:
        other = table.key[::-1]
        return st.just(drift(table, "other primary key", lambda one: replace(one, key=other)))
    return st.just(drift(table, "no primary key", lambda one: replace(one, keyless=True)))


KINDS: tuple[Any, ...] = (
    new_column,
    new_column,
    new_column,
    new_table,
    new_table,
    blocked_table,
    of_a_column(other_type),
    of_a_column(other_nullability),
    of_a_column(other_default, plain=False),
    of_a_column(other_comment, plain=False),
    of_a_column(lost_column, evident=True),
    of_a_column(other_name, evident=True),
    of_a_column(other_place, evident=True),
    of_a_column(more_constraints, plain=False),
    fewer_constraints,
    other_key,
)
"""Additions and drifts; those that promise most come often."""


# --- rows ---------------------------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "Integer": 10,
    "BigInteger": 10,
    "SmallInteger": 10,
    "unsigned": 10,
    "TINYINT": 10,
    "Boolean": True,
    "LargeBinary": b"x",
    "JSON": {"a": 1},
    "JSONB": {"a": 1},
    "Numeric": 1.5,
    "Float": 1.5,
}
"""What a row has in a column of a type; those of other types are in :func:`value`."""


def rows(situation: Situation) -> Iterator[tuple[str, dict[str, Any]]]:
    """A row for each table that is to have one, and whose keys have something to point at."""
    there: set[str] = set()
    for table in situation.live:
        pointing = {one.field: one.target for one in table.references}
        needed = {*pointing.values()} - {table.name}
        if table.name in situation.filled and needed <= there:
            there.add(table.name)
            values: dict[str, Any] = dict.fromkeys(table.key, 1)
            for field in table.fields:
                if field.computed is None:
                    values[field.name] = 1 if field.name in pointing else value(field.sort)
            yield table.name, values


def value(sort: Sort) -> Any:
    """What a row has in a column of this type."""
    import datetime
    import uuid

    others = {
        "Date": datetime.date(2020, 1, 1),
        "Time": datetime.time(12, 30),
        "INTERVAL": datetime.timedelta(days=1),
        "UUID": str(uuid.UUID(int=7)),
        "ARRAY": [1],
        "enums": ["a"],
        "INET": "10.0.0.1",
        "SET": {"a"},
    }
    if sort.name.startswith(("DateTime", "timestamp", "datetime")):
        moment = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
        return moment if "tz" in sort.name else moment.replace(tzinfo=None)
    return {**VALUES, **others}.get(sort.name, "a")
