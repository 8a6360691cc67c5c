"""A database as it was read once, in canonical JSON, for where there is none to compare with."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy.exc import NoSuchModuleError

from autosync.canonical import Malformed, briefly, check_distinct, loads, plain, value_of
from autosync.declared import declare
from autosync.dialects import dialect_for
from autosync.dialects.offline import (
    DEFAULT_SCHEMAS,
    Unconnected,
    backend_for,
    unconnected_dialect,
)
from autosync.errors import InvalidSnapshot
from autosync.escape import escaped_json
from autosync.models import MetaDataLike, collect
from autosync.schema import Columns, Enum, Key, NamedSequence, Schema, Table, View

VERSION = 1
"""Of the format: what is written otherwise gets the next number."""
LARGEST = 2**26
"""Characters of a snapshot: half a million columns have room in it."""
_NAME = re.compile(r"\w{1,30}", re.ASCII)


class _File(NamedTuple):
    """A snapshot as it is written."""

    version: int
    dialect: str
    backend: str
    server_version: tuple[int, ...]
    default_schema: str | None
    schemas: Sequence[str]
    aliases: Sequence[Key]
    sequences_known: bool
    tables: Sequence[Table]
    enums: Sequence[Enum]
    sequences: Sequence[NamedSequence]
    views: Sequence[View] = ()
    folds_case: bool = False


@dataclass(frozen=True)
class Snapshot:
    """All that is read of a database for a comparison, without its data.

    ``dialect`` is the name of the database as in reports, ``backend`` the one in SQLAlchemy's URL,
    ``server_version`` the server's, empty for one made from models. ``schemas`` are those that were
    read, by name. In ``schema``, a table's ``rows`` is None unless estimates were asked for.
    """

    dialect: str
    backend: str
    server_version: tuple[int, ...]
    schemas: tuple[str, ...]
    schema: Schema

    @classmethod
    def of(cls, metadata: MetaDataLike, dialect: str, *, allow_empty: bool = False) -> Snapshot:
        """What ``create_all()`` of these models would make of an empty database.

        ``dialect`` is a name such as "postgresql" or "mariadb". With "mariadb", what models say for
        "mysql" counts, unless they say something for "mariadb". Raises ``ValueError`` for a name
        that SQLAlchemy does not know, and what :func:`autosync.plan` raises for models.
        """
        default = DEFAULT_SCHEMAS.get(dialect)
        models = collect(metadata, allow_empty=allow_empty)
        backend = backend_for(dialect, models.tables)
        try:
            offline = unconnected_dialect(backend, dialect)
        except NoSuchModuleError as error:
            raise ValueError(f"SQLAlchemy knows no database {dialect!r}") from error
        nowhere = Unconnected(offline, Schema({}, default_schema=default))
        declared = declare(models, dialect_for(nowhere), nowhere.schema.locate)
        views = [Table(key, Columns({}), kind=view.kind) for key, view in declared.views.items()]
        keys: list[Key] = [*declared.tables, *declared.enums, *declared.sequences]
        schemas = {schema for schema, _ in keys if schema is not None}
        schema = declared._replace(
            tables={**declared.tables, **{view.key: view for view in views}},
            default_schema=default,
        )
        names = schemas.union(filter(None, [default]))
        return cls(dialect, backend, (), tuple(sorted(names)), schema).canonical()

    def canonical(self) -> Snapshot:
        """The same in the order in which it is written, with nothing that is not."""
        return Snapshot.from_json(self.to_json())

    def to_json(self) -> str:
        """The snapshot as a text with one line for each value. The same for the same database."""
        held = self.schema
        data = plain(
            _File(
                VERSION,
                self.dialect,
                self.backend,
                self.server_version,
                held.default_schema,
                self.schemas,
                list(held.aliases),
                held.sequences_known,
                list(held.tables.values()),
                list(held.enums.values()),
                list(held.sequences.values()),
                list(held.views.values()),
                held.folds_case,
            )
        )
        return escaped_json(json.dumps(data, indent=2, ensure_ascii=False))

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """The snapshot that was written so. Raises :class:`InvalidSnapshot`."""
        try:
            written = _read(text)
        except ValueError as error:
            raise InvalidSnapshot(f"this is no snapshot: {error}") from error
        return cls(
            written.dialect,
            written.backend,
            written.server_version,
            tuple(written.schemas),
            Schema(
                tables={table.key: table for table in written.tables},
                enums={enum.key: enum for enum in written.enums},
                sequences={sequence.key: sequence for sequence in written.sequences},
                views={view.key: view for view in written.views},
                default_schema=written.default_schema,
                aliases={key: (None, key[1]) for key in written.aliases},
                sequences_known=written.sequences_known,
                folds_case=written.folds_case,
            ),
        )

    def connection(self) -> Unconnected:
        """What stands for a connection to the database. Raises :class:`InvalidSnapshot`."""
        try:
            dialect = unconnected_dialect(self.backend, self.dialect, self.server_version)
        except NoSuchModuleError as error:
            raise InvalidSnapshot(
                f"the snapshot is of {self.backend}, which SQLAlchemy does not know: is the "
                "package of its dialect installed?"
            ) from error
        made = Unconnected(dialect, self.schema, self.schemas)
        if (dialect_for(made).name or dialect.name) != self.dialect:
            raise InvalidSnapshot(f"the snapshot is of {self.dialect}, and of {self.backend}")
        return made


def _read(text: str) -> _File:
    if len(text) > LARGEST:
        raise Malformed(f"is larger than {LARGEST:,} characters")
    data = loads(text)
    _check_version(data)
    written: _File = value_of(_File, data)
    _check_names(written)
    return written


def _check_version(data: Any) -> None:
    version = data.get("version") if isinstance(data, dict) else None
    if type(version) is not int or version < 1:
        raise Malformed("has no version")
    if version > VERSION:
        raise Malformed(
            f"has the version {briefly(version)}, and this autosync reads up to {VERSION}: install "
            "the one that wrote it, or a later one"
        )


def _check_names(written: _File) -> None:
    for name in (written.dialect, written.backend):
        if not _NAME.fullmatch(name):
            raise Malformed(f"is of a database that cannot be: {briefly(name)}")
    for what in ("tables", "enums", "sequences", "views"):
        check_distinct(what, [one.key for one in getattr(written, what)])
