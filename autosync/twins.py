"""Indexes and constraints of one table that do the same, so that one of them is for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autosync.schema import Index, PrimaryKey, Table, Unique

USUAL_METHOD = "btree"
"""How constraints are kept, which do not say so."""


class _Work(NamedTuple):
    """The work of an index, also that of a constraint or a key.

    ``nulls_distinct`` is None where there are no NULLs; ``late`` is what may be checked late.
    """

    plain: Index
    is_unique: bool = True
    nulls_distinct: bool | None = True
    late: tuple[bool, bool] = (False, False)


def superfluous(table: Table, of: Sequence[Index | Unique]) -> list[Index | Unique]:
    """Those that do nothing that another index, constraint or key of the table does not do.

    Of two that do the same and are both among them, it is the one whose name comes later.
    """
    kept = [_work(one) for one in _all(table) if not any(one is other for other in of)]
    kept += [_work(table.primary_key)] if table.primary_key.columns else []
    found = []
    for one in sorted(of, key=lambda one: (not one.unique, one.name or "")):
        work = _work(one)
        if any(_serves(other, work) for other in kept):
            found.append(one)
        else:
            kept.append(work)
    return found


def named_twins(table: Table, item: Index | Unique) -> list[str]:
    """The names of whatever else of a table does the same."""
    own, key = _work(item), table.primary_key
    others = [(one.name or "", _work(one)) for one in _all(table)]
    if key.columns:
        others.append(("the primary key", _work(key)))
    return [name for name, one in others if name != item.name and _serves(one, own)]


def _all(table: Table) -> list[Index | Unique]:
    return [*table.uniques, *table.indexes]


def _serves(one: _Work, other: _Work) -> bool:
    """Whether one index does all that the other does: for those who read and, if the other keeps
    something unique, for those who write.
    """
    if one.plain != other.plain or not (one.plain.valid and other.plain.valid):
        return False
    if not other.is_unique:
        return True
    same_nulls = one.nulls_distinct in (None, other.nulls_distinct)
    return one.is_unique and same_nulls and one.late in ((False, False), other.late)


def _work(item: Index | Unique | PrimaryKey) -> _Work:
    if isinstance(item, PrimaryKey):
        late = item.deferrable, False
        return _Work(Index(None, item.columns), nulls_distinct=None, late=late)
    if isinstance(item, Unique):
        late = item.deferrable, item.deferred
        return _Work(Index(None, item.columns), nulls_distinct=item.nulls_distinct, late=late)
    bare = item._replace(
        name=None,
        columns=(),
        unique=False,
        method=None if item.method == USUAL_METHOD else item.method,
        nulls_distinct=True,
        implicit=False,
    )
    return _Work(bare, item.unique, item.nulls_distinct)
