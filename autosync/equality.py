"""When two texts of one database mean the same: what comparing asks of a database."""

from __future__ import annotations

from typing import Protocol

from autosync.naming import Naming
from autosync.schema import Column, Table, View


class Equality(Naming, Protocol):
    """When two texts of one database mean the same."""

    certain: bool
    """Whether what is not equal is known to differ."""

    def fold(self, name: str) -> str:
        """A column's name as the database tells it from others."""

    def key_forbids_null(self, table: Table, column: Column) -> bool:
        """Whether this column of the primary key holds no NULL, whatever it was declared as."""

    def same_part(self, live: Table, part: str, declared: str) -> bool:
        """Whether two parts of an index that keeps nothing unique are the same."""

    def same_type(self, live: Column, declared: Column) -> bool:
        """Whether the types are the same, collation aside."""

    def same_default(self, live: Column, declared: Column, text: str | None) -> bool:
        """Whether the live default means ``text``, the declared one."""

    def same_expression(self, live: str, declared: str) -> bool:
        """Whether two expressions are the same."""

    def same_view(self, live: View, declared: View) -> bool:
        """Whether two views have one definition."""

    def same_collation(self, live: str | None, declared: str | None) -> bool:
        """Whether two collations are the same."""

    def same_comment(self, live: str | None, declared: str | None) -> bool:
        """Whether two comments are the same."""
