"""What MySQL or MariaDB would not permit, by SHOW GRANTS.

information_schema does not show what comes from a role, or is granted to PUBLIC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.ddl import Action, Identifier, send
from autosync.remedy import Remedy, Sql, Words
from autosync.rights import Deed, Lack, Need
from autosync.schema import qualified

ALL = "ALL PRIVILEGES"
READING = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
"""The rights of which a role needs one on a table to be shown its columns."""
NEEDED: dict[Deed, tuple[str, ...]] = {
    "create": ("CREATE",),
    "create sequence": ("CREATE",),
    "create view": ("CREATE VIEW",),
    "replace view": ("DROP",),
    "alter": ("ALTER",),
    "index": ("INDEX", "ALTER"),
    "lock": ("SELECT", "SELECT (...)"),
}
"""The rights of which any one permits a deed; the remedy grants the first."""
LOCKING = ("LOCK TABLES",)
"""Is granted on a database only."""
WRITABLE = Sql("SET GLOBAL read_only = OFF")
WRITING = Sql("SET SESSION TRANSACTION READ WRITE")
SHOWING: set[Deed] = {"create", "alter", "index"}
"""The deeds after which the columns are compared."""

_NAME = r"`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\"|[^\s.`\"]+"
_GRANT = re.compile(
    rf"GRANT (?P<rights>.+?) ON (?P<database>{_NAME})\.(?P<table>{_NAME}) TO (?P<grantee>.*)",
    re.DOTALL,
)
_RIGHT = re.compile(r"(?P<right>[A-Z][A-Z ]*[A-Z])(?P<columns> \((?:`(?:[^`]|``)*`|[^`)])*\))?")


Statement = Callable[[Action], Sql]


class Grant(NamedTuple):
    """A line of SHOW GRANTS: rights on ``*``, on all databases of a pattern, or on one table.

    ``SELECT (...)`` is a right to some columns of it.
    """

    rights: frozenset[str]
    database: str
    table: str
    is_own: bool

    def covers(self, database: str, table: str) -> bool:
        """Whether it is about this table, or (``*``) about the whole of its database."""
        if self.table == "*":
            return self.database == "*" or _matches(self.database, database)
        return (self.database.lower(), self.table.lower()) == (database.lower(), table.lower())


def lacking(
    connection: Connection,
    statement: Statement,
    needs: Iterable[Need],
    variable: str,
    referencing: tuple[str, ...],
) -> list[Lack]:
    """What is not permitted of these needs, with the ``statement`` that grants it.

    ``variable`` is what this server calls the session's transaction_read_only, and each right of
    ``referencing`` lets a foreign key point at a table.
    """
    query = text(f"SELECT @@read_only, @@{variable}, DATABASE(), CURRENT_USER()")
    read_only, transaction, database, user = connection.execute(query).one()
    found = list(_read_only(str(read_only), transaction=bool(transaction)))
    lines = [str(row[0]) for row in send(connection, show_grants(connection)).all()]
    if not any(line.startswith("REVOKE ") for line in lines):  # of MySQL: it takes away from others
        permitting = {**NEEDED, "reference": referencing}
        rights = _Rights(list(_grants(lines)), statement, database, user, permitting)
        found += [lack for need in _merged(needs) for lack in rights.lacking(need)]
    return found


def show_grants(connection: Connection) -> str:
    """The statement that shows the grants; MySQL adds those of roles that are named in it."""
    if getattr(connection.dialect, "is_mariadb", False):
        return "SHOW GRANTS"
    roles = connection.execute(text("SELECT CURRENT_ROLE()")).scalar()
    using = "" if roles in (None, "NONE") else f" USING {roles}"
    return f"SHOW GRANTS FOR CURRENT_USER(){using}"


def _knowing(words: str, statement: Sql) -> Remedy:
    return Remedy((Words(words), statement))


def _merged(needs: Iterable[Need]) -> list[Need]:
    """Without the indexes that come with an ALTER TABLE."""
    wanted = list(needs)
    altered = {need.key for need in wanted if need.deed == "alter"}
    return [need for need in wanted if need.deed != "index" or need.key not in altered]


def _read_only(server: str, *, transaction: bool) -> Iterator[Lack]:
    if server not in ("0", "OFF"):
        yield Lack(
            "the server has read_only set, as a replica has",
            _knowing("connect to the server that is written to; if it is this one:", WRITABLE),
        )
    if transaction:
        yield Lack(
            "the transactions of the session are read-only",
            _knowing("in this session, or where it is set for all:", WRITING),
        )


def _grants(lines: Iterable[str]) -> Iterator[Grant]:
    for line in lines:
        match = _GRANT.match(line)
        if match is not None:
            rights = _RIGHT.finditer(match["rights"])
            yield Grant(
                frozenset(one["right"] + " (...)" * bool(one["columns"]) for one in rights),
                _bare(match["database"]),
                _bare(match["table"]),
                "@" in match["grantee"],
            )


def _bare(name: str) -> str:
    quote = name[0]
    return name[1:-1].replace(quote * 2, quote) if quote in '`"' else name


def _matches(pattern: str, database: str) -> bool:
    """Whether a database is among those of a pattern, with ``_``, ``%`` and a backslash."""
    wild = {"_": ".", "%": ".*"}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    expression = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(expression, database, re.DOTALL | re.IGNORECASE) is not None


class _Rights:
    """The rights of the current user, its roles and PUBLIC.

    Of several patterns for one database the server heeds but one; here all count, so that nothing
    is said to be missing that is there.
    """

    def __init__(
        self,
        grants: list[Grant],
        statement: Statement,
        database: str | None,
        user: str,
        permitting: Mapping[Deed, tuple[str, ...]],
    ) -> None:
        self._permitting = permitting
        self._grants = grants
        self._statement = statement
        self._database = database
        self._user = user

    def lacking(self, need: Need) -> Iterator[Lack]:
        """What is missing for one need."""
        database, table = need.key[0] or self._database, need.key[1]
        rights = self._permitting.get(need.deed)
        if database is None or rights is None:
            return
        name = qualified(need.key)
        if not self._has(rights, database, table):
            hidden = "; if it exists, it is hidden" if need.deed.startswith("create") else ""
            yield Lack(
                f"{self._user} lacks {rights[0]} on {name}{hidden}",
                self._remedy(need.deed, rights[0], database, table),
            )
        if need.deed in SHOWING and not self._has(READING, database, table):
            yield Lack(
                f"{self._user} lacks SELECT on {name}, without which its columns are hidden",
                self._remedy(need.deed, "SELECT", database, table),
            )
        if need.deed == "lock" and not self._has(LOCKING, database, "*"):
            yield Lack(
                f"{self._user} lacks LOCK TABLES on the database {database}",
                self._on_database("LOCK TABLES", database),
            )

    def _has(self, rights: Iterable[str], database: str, table: str) -> bool:
        wanted = {ALL, *rights}
        return any(grant.rights & wanted for grant in self._grants if grant.covers(database, table))

    def _remedy(self, deed: Deed, right: str, database: str, table: str) -> Remedy:
        """What grants it. On what is yet to be there, the server grants only along with CREATE."""
        if deed == "create view":
            return self._on_database(right, database)
        rights = "CREATE, SELECT" if deed == "create" else right
        return self._grant(f"GRANT {rights} ON {{}}.{{}}", database, table)

    def _on_database(self, right: str, database: str) -> Remedy:
        """Granted on the pattern that counts now: another one would hide what that one grants."""
        own = [g.database for g in self._grants if g.is_own and g.table == "*" != g.database]
        patterns = [pattern for pattern in own if _matches(pattern, database)]
        exact = re.sub(r"([_%\\])", r"\\\1", database)
        return self._grant(f"GRANT {right} ON {{}}.*", max(patterns, key=len, default=exact))

    def _grant(self, template: str, *names: Any) -> Remedy:
        user, _, host = self._user.rpartition("@")
        parts = map(Identifier, (*names, user, host))
        return Remedy((self._statement(Action(f"{template} TO {{}}@{{}}", *parts)),))
