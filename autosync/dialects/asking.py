"""What a server must not be asked, since it would run what others have written to answer it.

Nothing that comes out of a database is run with our rights. A question that would, be it only to
plan a query or to spell a definition, is not put: what it was to decide stays undecided, or is
refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.engine import Connection

from autosync.schema import Key, Table, View


class Asking:
    """The part of a dialect that knows which questions run something.

    The answers are reasons, for the reports; where there is none, the server may be asked.
    """

    def tables_not_to_ask(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]]
    ) -> Mapping[Key, str]:
        """The tables, of (live, declared) pairs, that the server must not be asked to spell."""
        return {}

    def views_not_to_ask(
        self, connection: Connection, pairs: Sequence[tuple[View, View]]
    ) -> Mapping[Key, str]:
        """The same for views."""
        return {}

    def obstacle_to_reading(
        self, connection: Connection, table: Table, expressions: Sequence[str]
    ) -> str | None:
        """Why the rows of a live table must not be asked about, in words of these expressions."""
        return None if table.kind == "table" else f"it is a {table.kind}"
