"""A repository of Alembic, run by Alembic itself, on the connection that autosync holds.

Its env.py runs as always, so that all that it configures is in force. Only the connection that it
hands to ``context.configure()`` is replaced by ours: an env.py that makes its own need not be
changed, and one of Alembic's cookbook finds ours in ``config.attributes["connection"]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    redirect_stdout,
    suppress,
)
from functools import cached_property
from io import StringIO
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from autosync.binds import Bind
from autosync.credentials import keep, said
from autosync.dialects import dialect_for
from autosync.errors import AutosyncError, InvalidRepository, UnknownRevision
from autosync.inclusion import IncludeName
from autosync.plan import Plan
from autosync.revisions.bookkeeping import check_bookkeeping
from autosync.revisions.entries import AS_OF_NOW, entries, pending_first
from autosync.revisions.report import Revision
from autosync.revisions.repository import Place, Repository, State, Watch
from autosync.revisions.source import in_string

try:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError, rev_id
except ImportError as error:
    raise InvalidRepository(
        f"the repository is one of Alembic, which cannot be imported: {error}; install it: "
        "pip install 'sqlalchemy-autosync[alembic]'"
    ) from error

from autosync.revisions.configuration import configuration, literal
from autosync.revisions.templates import branching, logging_kept

Work = Callable[[Any, MigrationContext], Iterable[Any]]
"""What Alembic calls a function of migrations: given the heads, it says the steps to take."""

Result = TypeVar("Result")
Look = Callable[[tuple[str, ...], MigrationContext], Result]
"""What looks at a database, given its heads."""
Compare = Callable[[Bind, Any, Mapping[str, Any]], Plan]
"""What compares a database with models, given options of :func:`autosync.plan`."""

CONNECTION = "connection"
URL = "sqlalchemy.url"
ALL = "heads"

_ENVIRONMENT = RLock()
"""Alembic has one environment for the whole process."""


class AlembicRepository(Repository):
    """A folder with env.py and versions, or the .ini file that names it."""

    kind = "alembic"
    base = "base"

    def __init__(self, place: Place, path: Path) -> None:
        super().__init__(place)
        self._path = path
        self._is_prepared = False
        """Whether env.py has done something with its own connection before it handed it over."""

    def look(self, connection: Connection) -> State:
        """Where the database stands, by the version table that env.py configures."""
        return self.inside(connection, self._state)

    def inside(self, connection: Connection | None, look: Look[Result]) -> Result:
        """What ``look`` sees, on this connection or the one that env.py makes. Writes nothing.

        What it raises passes through; what env.py raises is an :class:`InvalidRepository`.
        """
        seen: list[Result] = []
        looking = False

        def work(heads: Any, context: MigrationContext) -> Iterable[Any]:
            nonlocal looking
            looking = True
            seen.append(look(tuple(heads), context))
            looking = False
            return ()

        try:
            self._environment(connection, work, dont_mutate=True)
        except (AutosyncError, DBAPIError):
            raise
        except Exception as error:
            if looking:
                raise
            raise self._unreadable(
                f"its env.py failed: {_said(error)}; one that uses config.attributes['connection'] "
                "where that is set, as Alembic's cookbook has it under 'Sharing a Connection', "
                "needs none of its own"
            ) from error
        return seen[0]

    def compared(self, connection: Connection | None, compare: Compare) -> Plan:
        """A plan as env.py would have it, with what is pending of the revisions before all else.

        ``compare`` is given the database, the ``target_metadata`` (None where there is none) and
        the options of :func:`autosync.plan` that what env.py configures comes to.
        """

        def look(heads: tuple[str, ...], context: MigrationContext) -> Plan:
            options, ours = context.opts, context.connection
            assert ours is not None
            state = self._state(heads, context)
            # what is planned is for an Engine, unless env.py has seen to a connection by itself
            bind = ours if self._is_prepared else ours.engine
            found = compare(bind, options.get("target_metadata"), settings(options))
            return pending_first(found, entries(state.pending, AS_OF_NOW), state.bookkeeping)

        return self.inside(connection, look)

    def _state(self, heads: tuple[str, ...], context: MigrationContext) -> State:
        table, schema = context.version_table, context.version_table_schema
        connection = context.connection
        assert connection is not None
        has_table = dialect_for(connection).has_table
        controlled = bool(heads) or has_table(connection, (schema, table))
        return State(controlled, heads, self._latest, self._pending(heads), table)

    def stamp(self, connection: Connection, revision: str | None) -> None:
        """As ``alembic stamp`` does."""
        target = revision or ALL
        try:
            self._script.get_revisions(target)
        except CommandError as error:
            raise UnknownRevision(f"{self.place} has no revision {target}: {error}") from error
        self._environment(connection, lambda heads, _: self._script._stamp_revs(target, heads))

    def run(self, connection: Connection, watch: Watch) -> None:
        """As ``alembic upgrade heads`` does."""

        def work(heads: Any, context: MigrationContext) -> Iterator[Any]:
            if watch.are_one:
                vars(context)["autocommit_block"] = _outside(context, watch)
            for step in self._script._upgrade_revs(ALL, heads):
                watch.begin(_revision(step.revision))
                yield step
                # Alembic asks for the next one when this one is done, and in the version table
                watch.end()

        self._environment(connection, work)

    @property
    def bases(self) -> tuple[Revision, ...]:
        """The revisions that come after no other."""
        return tuple(_revision(self._script.get_revision(one)) for one in self._script.get_bases())

    def write(self, title: str, upgrade: str, downgrade: str, imports: str) -> tuple[str, Path]:
        """Add a revision after the latest, as its script.py.mako has it; its id, and the file.

        Raises :class:`InvalidRepository` where there is more than one latest.
        """
        script = self._script
        if len(self._latest) > 1:
            raise self._unreadable(
                f"it has several heads ({', '.join(self._latest)}), and a revision comes after "
                "one: alembic merge heads, first"
            )
        with redirect_stdout(StringIO()):  # Alembic tells of each file
            made = script.generate_revision(
                rev_id(),
                in_string(title),
                refresh=True,
                upgrades=upgrade,
                downgrades=downgrade,
                imports=imports,
            )
        assert made is not None
        path = Path(made.path)
        here = Path.cwd()
        return made.revision, path.relative_to(here) if path.is_relative_to(here) else path

    # --- the script directory -------------------------------------------------------------------

    @cached_property
    def _config(self) -> Config:
        return configuration(self._path)

    @cached_property
    def _script(self) -> ScriptDirectory:
        try:
            script = ScriptDirectory.from_config(self._config)
            script.get_heads()  # imports all revisions
        except InvalidRepository:
            raise
        except Exception as error:
            raise self._unreadable(_said(error)) from error
        return script

    @property
    def _latest(self) -> tuple[str, ...]:
        return tuple(sorted(self._script.get_heads()))

    def _pending(self, heads: tuple[str, ...]) -> tuple[Revision, ...]:
        for head in heads:
            try:
                self._script.get_revisions(head)
            except CommandError as error:
                raise UnknownRevision(
                    f"the database is at revision {head}, which {self.place} does not have: it was "
                    "brought there by a newer release, or from another repository; use that one, "
                    "or restore the revision's file"
                ) from error
        steps: Any = self._script._upgrade_revs(ALL, heads)  # type: ignore[arg-type]
        return tuple(_revision(step.revision) for step in steps)

    def _unreadable(self, why: str) -> InvalidRepository:
        return InvalidRepository(f"the Alembic repository {self.place} cannot be used: {why}")

    # --- env.py ---------------------------------------------------------------------------------

    def _environment(self, connection: Connection | None, work: Work, **options: Any) -> None:
        """Let env.py run, with ``work`` for what it is to run, on this connection or its own."""
        ran = []

        def counted(heads: Any, context: MigrationContext) -> Iterable[Any]:
            ran.append(context)
            return work(heads, context)

        script, config = self._script, self._config
        shared: AbstractContextManager[Connection | None] = nullcontext()
        if connection is not None:
            config.set_main_option(URL, literal(self._url(connection)))
            config.attributes[CONNECTION] = connection
            shared = branching(connection)
        elif self._own_url is not None:
            with suppress(SQLAlchemyError, ValueError):
                keep(make_url(self._own_url))
        options = {"fn": counted, "as_sql": False, "destination_rev": ALL, **options}
        try:
            with _ENVIRONMENT, EnvironmentContext(config, script, **options) as environment:
                vars(environment)["configure"] = self._configure(environment, connection)
                with shared, logging_kept(config.config_file_name):
                    script.run_env()
        finally:
            config.attributes.pop(CONNECTION, None)
        if not ran:
            raise self._unreadable("its env.py has not called context.run_migrations()")

    def _url(self, connection: Connection) -> str:
        """What env.py is to connect to, though nothing is done there: our database, if it can."""
        ours = connection.engine.url.render_as_string(hide_password=False)
        if self._own_url is None:
            return ours
        try:
            is_async = make_url(self._own_url).get_dialect().is_async
        except (SQLAlchemyError, ImportError, ValueError):
            # such as the one of Alembic's template
            return ours
        return ours if is_async == connection.dialect.is_async else self._own_url

    @cached_property
    def _own_url(self) -> str | None:
        """What the configuration says; that of an env.py for asyncio tells that it is one."""
        return self._config.get_main_option(URL)

    def _configure(
        self, environment: EnvironmentContext, connection: Connection | None
    ) -> Callable[..., None]:
        """Alembic's own ``configure()``, with our connection where there is one."""
        original = environment.configure
        configured: list[Any] = []

        def configure(given: Any = None, /, *arguments: Any, **options: Any) -> None:
            given = options.pop(CONNECTION, given)
            if configured:
                raise self._unreadable(
                    "its env.py configures more than one connection, and autosync has one; run "
                    "it with Alembic itself, or give each database a repository of its own"
                )
            configured.append(given)
            if connection is None:
                self._is_prepared = given is not None and _is_prepared(given)
                original(given, *arguments, **options)
                _check(environment.get_context())
                return
            if given is not None and _is_prepared(given, connection):
                raise self._unreadable(
                    "its env.py has prepared the connection that it made, and autosync would use "
                    "another one; let it use config.attributes['connection'] where that is set, "
                    "as Alembic's cookbook has it under 'Sharing a Connection'"
                )
            original(connection, *arguments, **options)
            _check(environment.get_context())

        return configure


def settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """What env.py has configured, as options of :func:`autosync.plan`.

    Types and defaults are always compared; a ``compare_type`` of False is said by somebody, a
    ``compare_server_default`` of False is what Alembic takes where nobody says anything.
    """
    compare_type = options.get("compare_type")
    compare_default = options.get("compare_server_default")
    return {
        "compare_type": _never if compare_type is False else _callable(compare_type),
        "compare_server_default": _callable(compare_default),
        "include_object": _callable(options.get("include_object")),
        "include_name": _include_name(options),
    }


def _never(*_: Any) -> bool:
    return False


def _callable(value: Any) -> Any:
    return value if callable(value) else None


def _include_name(options: Mapping[str, Any]) -> IncludeName:
    """What env.py says of names; without ``include_schemas``, Alembic sees one schema only."""
    asked, everywhere = options.get("include_name"), options.get("include_schemas")

    def include_name(name: str | None, type_: str, parents: dict[str, str | None]) -> bool:
        if type_ == "schema" and name is not None and not everywhere:
            return False
        return asked is None or bool(asked(name, type_, parents))

    return include_name


def _is_prepared(given: Connection, ours: Connection | None = None) -> bool:
    """Whether something was done with a connection that another one, or ours, would lack."""
    if given is ours:
        return False
    if "schema_translate_map" in given.get_execution_options():
        return True
    return given.in_transaction() and (ours is None or not _is_branch(given, ours))


def _is_branch(given: Connection, ours: Connection) -> bool:
    """Whether it came of our connection's ``connect()``, and has the connection of its driver."""
    return given.connection.dbapi_connection is ours.connection.dbapi_connection


def _check(context: MigrationContext) -> None:
    if context.connection is not None:
        check_bookkeeping(context.connection, (context.version_table_schema, context.version_table))


def _outside(context: MigrationContext, watch: Watch) -> Callable[[], Any]:
    """Alembic's ``autocommit_block()``, with the transaction that it would not know to end."""
    original = context.autocommit_block

    @contextmanager
    def autocommit_block() -> Iterator[None]:
        with watch.interrupted(), original():
            yield

    return autocommit_block


def _revision(script: Any) -> Revision:
    title = (script.doc or "").strip().partition("\n")[0]
    return Revision(script.revision, "" if title == "empty message" else title)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {said(error)}"
