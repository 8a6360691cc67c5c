"""Changes of one aspect of one table, and what they must cause.

A mutation is what the database has in the place of what the models have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.drift.blueprint import Blueprint, Check, Field, Index, Reference, Sort, Unique
from tests.drift.strategies import COMMENTED, ENUMS, INTEGER, PREDICATED, RULES, SORTS, STRING


@dataclass(frozen=True)
class Mutation:
    """The database has ``live`` for ``declared``, which differ in one aspect; ``finds`` is as in
    Drift.
    """

    aspect: str
    declared: Blueprint
    live: Blueprint
    finds: Mapping[str, str]

    def apply(self, models: tuple[Blueprint, ...]) -> tuple[Blueprint, ...]:
        """The models that the database was made from, it seems."""
        return tuple(self.live if one is self.declared else one for one in models)


Some = Iterator[Mutation]
Aspect = Callable[[Blueprint, str], Some]


def mutations(models: tuple[Blueprint, ...], database: str) -> dict[str, list[Mutation]]:
    """All mutations of these models, by aspect; never empty, because any table may have a comment
    more, or a column.
    """
    found: dict[str, list[Mutation]] = {}
    for aspect in ASPECTS:
        for table in models:
            for one in aspect(table, database):
                found.setdefault(one.aspect, []).append(one)
    return found


def _field(
    aspect: str, table: Blueprint, field: Field, code: str, difference: str, **other: Any
) -> Mutation:
    live = tuple(replace(one, **other) if one is field else one for one in table.fields)
    finds = {f"column {table.name}.{field.name} {difference}": code}
    return Mutation(aspect, table, replace(table, fields=live), finds)


def types(table: Blueprint, database: str) -> Some:
    base = next((field for field in table.fields if field.sort.ordered), None)
    for field in table.free():
        if field is base or field.default is not None or field.computed is not None:
            continue
        for sort in SORTS[database]:
            if sort != field.sort and not _is_special(field.sort) and not _is_special(sort):
                alike = database == "sqlite" and sort.kept_as and sort.kept_as == field.sort.kept_as
                code = "type-alike" if alike else "column-type"
                yield _field("type", table, field, code, "type", sort=sort)


def _is_special(sort: Sort) -> bool:
    """Whether another type in its place would be more than another type."""
    return sort.collated or sort in ENUMS


def collations(table: Blueprint, database: str) -> Some:
    for field in table.free():
        if field.default is not None:
            continue  # which another character set may not have
        for sort in SORTS[database]:
            both = {field.sort, sort}
            if sort != field.sort and all(one.collated or one == STRING for one in both):
                yield _field("collation", table, field, "column-collation", "collation", sort=sort)


def nullability(table: Blueprint, database: str) -> Some:
    pointing = {reference.field for reference in table.references}
    for field in table.fields:
        if field.computed is None and field.name not in pointing:
            yield _field(
                "nullable",
                table,
                field,
                "column-nullable",
                "nullable",
                nullable=not field.nullable,
            )


def defaults(table: Blueprint, database: str) -> Some:
    for field in table.fields:
        if field.computed is not None:
            continue
        others = field.sort.defaults if field.sort is not STRING else ("a", "A", " a", "it's", "")
        for other in (*others, None):
            if other == field.default:
                continue
            lacks = field.default is None
            yield _field(
                "default",
                table,
                field,
                "default-extra" if lacks else "column-default",
                "extra_default" if lacks else "default",
                default=other,
            )


def comments(table: Blueprint, database: str) -> Some:
    if database not in COMMENTED:
        return
    for other in ("Other", "it's %s", None):
        if other != table.comment:
            finds = {f"table {table.name} comment": "comment-differs"}
            yield Mutation("table comment", table, replace(table, comment=other), finds)
        for field in table.fields:
            if other != field.comment:
                yield _field("comment", table, field, "comment-differs", "comment", comment=other)


def computed(table: Blueprint, database: str) -> Some:
    for field in table.fields:
        if field.computed is not None:
            for other in (field.computed + 1, None):
                yield _field(
                    "computed", table, field, "column-generated", "computed", computed=other
                )


def presence(table: Blueprint, database: str) -> Some:
    for field in _dispensable(table):
        fields = tuple(one for one in table.fields if one is not field)
        finds = {f"column {table.name}.{field.name} missing": "pending"}
        yield Mutation("column lost", table, replace(table, fields=fields), finds)
    for nullable, code in ((True, "column-extra"), (False, "required-column")):
        extra = Field("zzz", INTEGER, nullable=nullable)
        finds = {f"column {table.name}.zzz extra": code}
        live = replace(table, fields=(*table.fields, extra))
        yield Mutation("column extra", table, live, finds)


def _dispensable(table: Blueprint) -> list[Field]:
    """Columns that can be lost, and come again by themselves alone."""
    has_computed = any(field.computed is not None for field in table.fields)
    return [
        field
        for field in table.free()
        if field.computed is None
        and field.sort not in ENUMS
        and not (has_computed and field.sort.ordered)
    ]


def primary_keys(table: Blueprint, database: str) -> Some:
    if len(table.key) > 1:
        columns = f"primary_key {table.name}({', '.join(table.key)})"
        live = replace(table, key=table.key[::-1])
        yield Mutation("primary key", table, live, {f"{columns} columns": "primary-key"})
        live = replace(table, keyless=True)
        yield Mutation("primary key", table, live, {f"{columns} missing": "primary-key"})


def references(table: Blueprint, database: str) -> Some:
    for one in table.references:
        key = f"foreign_key {_label(table, one.name, (one.field,))}"
        field = next(field for field in table.fields if field.name == one.field)
        for rule in RULES if field.nullable else RULES[:2]:
            for aspect, old in (("on_delete", one.on_delete), ("on_update", one.on_update)):
                if rule != old:
                    live = replace(table, references=(replace(one, **{aspect: rule}),))
                    finds = {f"{key} {aspect}": "foreign-key-differs"}
                    yield Mutation("foreign key", table, live, finds)
        live = replace(table, references=())
        finds = {f"{key} missing": "foreign-key-missing"}
        yield Mutation("foreign key lost", table, live, finds)
    base = next((field for field in table.fields if field.sort.ordered), None)
    free = [field for field in table.free() if field.computed is None and field is not base]
    integers = [field.name for field in free if field.sort is INTEGER]
    if integers and table.key == ("id",):
        extra = Reference("fk extra", integers[0], table.name)
        live = replace(table, references=(*table.references, extra))
        finds = {f"foreign_key {table.name}.fk extra extra": "constraint-extra"}
        yield Mutation("foreign key extra", table, live, finds)


def uniques(table: Blueprint, database: str) -> Some:
    for one in table.uniques:
        key = f"unique {_label(table, one.name, one.fields)}"
        finds = {f"{key} missing": "unique-missing"}
        yield Mutation("unique lost", table, replace(table, uniques=()), finds)
        if len(one.fields) > 1 and one.name is not None:
            live = replace(table, uniques=(replace(one, fields=one.fields[::-1]),))
            yield Mutation("unique", table, live, {f"{key} columns": "unique-differs"})
    for field in table.free():
        if field.sort.keyable and field.computed is None:
            live = replace(table, uniques=(*table.uniques, Unique("uq extra", (field.name,))))
            finds = {f"unique {table.name}.uq extra extra": "constraint-extra"}
            yield Mutation("unique extra", table, live, finds)


def checks(table: Blueprint, database: str) -> Some:
    for one in table.checks:
        key = f"check {_label(table, one.name, (one.field,))}"
        finds = {f"{key} missing": "check-missing"}
        yield Mutation("check lost", table, replace(table, checks=()), finds)
        if one.name is not None:
            live = replace(table, checks=(replace(one, bound=one.bound + 1),))
            yield Mutation("check", table, live, {f"{key} expression": "check-differs"})
    pointing = {reference.field for reference in table.references}
    plain = [f for f in table.fields if f.sort.ordered and f.computed is None]
    ordered = [field.name for field in plain if field.name not in pointing]
    if ordered:
        live = replace(table, checks=(*table.checks, Check("ck extra", ordered[0], 77)))
        finds = {f"check {table.name}.ck extra extra": "constraint-extra"}
        yield Mutation("check extra", table, live, finds)


def indexes(table: Blueprint, database: str) -> Some:
    for one in table.indexes:
        key = f"index {table.name}.{one.name}"
        yield Mutation(
            "index lost", table, replace(table, indexes=()), {f"{key} missing": "index-missing"}
        )
        for other in _other_indexes(one, table, database):
            live = replace(table, indexes=(other,))
            yield Mutation("index", table, live, {f"{key} definition": "index-differs"})
    for field in table.free():
        if field.sort.keyable and field.computed is None:
            live = replace(
                table, indexes=(*table.indexes, Index("ix extra", (field.name,), (False,)))
            )
            finds = {f"index {table.name}.ix extra extra": "index-extra"}
            yield Mutation("index extra", table, live, finds)


def _other_indexes(index: Index, table: Blueprint, database: str) -> Iterator[Index]:
    yield replace(index, unique=not index.unique)
    yield replace(index, falling=(not index.falling[0], *index.falling[1:]))
    if len(index.fields) > 1:
        yield replace(index, fields=index.fields[::-1], falling=index.falling[::-1])
        yield replace(index, fields=index.fields[:1], falling=index.falling[:1])
    ordered = {field.name for field in table.fields if field.sort.ordered}
    if database in PREDICATED and index.fields[0] in ordered:
        yield replace(index, above=10 if index.above is None else None)
        yield replace(index, above=(index.above or 0) + 11)


def _label(table: Blueprint, name: str | None, columns: tuple[str, ...]) -> str:
    return f"{table.name}({', '.join(columns)})" if name is None else f"{table.name}.{name}"


ASPECTS: tuple[Aspect, ...] = (
    types,
    collations,
    nullability,
    defaults,
    comments,
    computed,
    presence,
    primary_keys,
    references,
    uniques,
    checks,
    indexes,
)
