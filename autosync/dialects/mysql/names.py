"""Names for what the models leave unnamed, so that it cannot be added twice.

The lock between synchronizers is that of one server, and on a Galera cluster that is one node of
several. What two of them add under the same name, the second is refused; the server itself would
call it otherwise.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autosync.ddl import AddTableConstraint, AlterTable
from autosync.dialects.mysql.surroundings import Surrounded
from autosync.dialects.steps import Step

PRIMARY = "primary"
"""The server gives this name to nothing else."""


class Names(Surrounded):
    """The part of the dialect in which MySQL differs."""

    def with_names(self, steps: Sequence[Step], taken: set[str]) -> list[Step]:
        """Unique constraints with the names that the server would have chosen."""
        return [step._replace(element=self._with_names(step.element, taken)) for step in steps]

    def _with_names(self, element: Any, taken: set[str]) -> Any:
        if not isinstance(element, AlterTable):
            return element
        return AlterTable(element.table, [self._action(one, taken) for one in element.actions])

    def _action(self, action: Any, taken: set[str]) -> Any:
        unique = isinstance(action, AddTableConstraint) and isinstance(
            action.constraint, sa.UniqueConstraint
        )
        if not unique or self.compiler.name(action.constraint) is not None:
            return action
        column = next(iter(action.constraint.columns)).name
        numbered = (f"{column}_{number}" for number in itertools.count(2))
        names = itertools.chain([column], numbered)
        name = next(one for one in names if self.fold(one) not in {*taken, PRIMARY})
        taken.add(self.fold(name))
        return AddTableConstraint(action.constraint, name)
