"""Turns a release's JSON file into the MetaData that the release declares.

A file has `types`, each with its class `c`, its options, and the name `deco` of the application's
own TypeDecorator; and `tables`, each with

    cols   [name, type, {nn: NOT NULL, ai: autoincrement, pd: Python-side default}]
    pk     [name, columns]
    fks    [name, columns, [[table, column], ...], options]
    uqs    [name, columns, options]
    cks    [name, condition]
    ixs    [name, columns, unique, options]

A name that begins with "~" is final: no naming convention applies to it.
"""

import datetime
import json
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import conv

FOLDER = Path(__file__).parent
RELEASES = {
    "jupyterhub": ("1.5.1", "2.3.1", "3.1.1", "5.2.1", "6.1.1"),
    "optuna": ("2.10.1", "3.6.2", "5.0.0"),
}
CALLABLES = {
    "utcnow": lambda: datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None),
}


def releases() -> list[str]:
    """Return every release, such as "optuna-5.0.0", each application's oldest first."""
    return [f"{name}-{version}" for name, versions in RELEASES.items() for version in versions]


def pairs() -> list[tuple[str, str]]:
    """Return every two releases of one application, the older one first."""
    return [
        (f"{name}-{old}", f"{name}-{new}")
        for name, versions in RELEASES.items()
        for old, new in combinations(versions, 2)
    ]


def load_release(release: str) -> sa.MetaData:
    """Return a fresh MetaData of one of the `releases()`."""
    return load_metadata(read_release(release))


def read_release(release: str) -> dict[str, Any]:
    """Return what the file of a release says."""
    return json.loads((FOLDER / f"{release}.json").read_text("utf-8"))


def load_metadata(document: dict[str, Any]) -> sa.MetaData:
    """Return a fresh MetaData with all that a file declares."""
    metadata = sa.MetaData()
    for name, described in document["tables"].items():
        columns = [make_column(document["types"], *column) for column in described["cols"]]
        table = sa.Table(name, metadata, *columns, *make_constraints(described))
        for index, names, unique, options in described.get("ixs", ()):
            sa.Index(
                final(index), *(table.c[name] for name in names), unique=bool(unique), **options
            )
    return metadata


def make_column(
    types: dict[str, Any], name: str, type_id: str, flags: dict[str, Any] | None = None
) -> sa.Column:
    """Return one column."""
    flags = flags or {}
    options = {"nullable": not flags.get("nn"), "default": python_default(flags.get("pd", {}))}
    if "ai" in flags:
        options["autoincrement"] = flags["ai"]
    return sa.Column(name, make_type(types[type_id]), **options)


def python_default(described: dict[str, Any]) -> Any:
    """Return a default: a scalar, or a function where the file names one of Python's own."""
    return described.get("scalar", CALLABLES.get(described.get("callable")))


def make_type(described: dict[str, Any]) -> sa.types.TypeEngine:
    """Return a type."""
    options = dict(described["t"])
    plain = getattr(sa, options.pop("c").removeprefix("sa."))
    if "deco" in described:
        return decorator(described["deco"], plain)(**options)
    return plain(*options.pop("enums", ()), **options)


@cache
def decorator(name: str, plain: type[sa.types.TypeEngine]) -> type[sa.types.TypeDecorator]:
    """Return a TypeDecorator that stands in for the application's own one."""
    return type(name, (sa.types.TypeDecorator,), {"impl": plain, "cache_ok": True})


def make_constraints(described: dict[str, Any]) -> Iterator[sa.schema.Constraint]:
    """Return the constraints of a table."""
    name, columns = described["pk"]
    yield sa.PrimaryKeyConstraint(*columns, name=final(name))
    for name, columns, targets, options in described.get("fks", ()):
        referred = [f"{table}.{column}" for table, column in targets]
        yield sa.ForeignKeyConstraint(columns, referred, name=final(name), **options)
    for name, columns, options in described.get("uqs", ()):
        yield sa.UniqueConstraint(*columns, name=final(name), **options)
    for name, condition in described.get("cks", ()):
        yield sa.CheckConstraint(sa.text(condition), name=final(name))


def final(name: str | None) -> str | None:
    """Return a name as SQLAlchemy wants it."""
    return conv(name[1:]) if name and name.startswith("~") else name
