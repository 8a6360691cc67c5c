"""From the text of a URL to an Engine, and what can go wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import dialects
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.util import greenlet_spawn

from autosync.credentials import shown
from autosync.deadline import Deadline
from autosync.dialects.connecting import ENGINE_OPTIONS, EXTRAS, file_of
from autosync.failures import USAGE, Failure, complaint, did_you_mean, with_advice

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Result = TypeVar("Result")

FORM = "a database URL is dialect+driver://user:password@host:port/database"


def parse(text: str) -> URL:
    """The URL that ``text`` is, of a database that SQLAlchemy knows. Raises ``Failure``.

    Text that cannot be understood is not repeated: there may be a password in it.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        said = "what --db or DATABASE_URL says cannot be understood"
        # without the cause, which may repeat it
        raise Failure(f"{said}; {FORM}{_for_file(text)}", status=USAGE) from None
    if "@" in (url.host or ""):
        said = "the URL has two @: in a user name or a password, write it as %40"
        raise Failure(f"{said}; {FORM}", status=USAGE)
    try:
        url.get_dialect()
    except NoSuchModuleError as error:
        raise Failure(_unknown(url), status=USAGE) from error
    return url


def _for_file(text: str) -> str:
    """How to name the database, if what was given is the path of a file."""
    try:
        is_file = Path(text).is_file()
    except (OSError, ValueError):
        return ""
    return f"; the file {text} is sqlite:///{text} if SQLite made it" if is_file else ""


def _unknown(url: URL) -> str:
    name, _, driver = url.drivername.partition("+")
    installed = (point.name for point in entry_points(group="sqlalchemy.dialects"))
    known = {point.partition(".")[0] for point in installed}.union(dialects.__all__, EXTRAS)
    if name not in known:
        said = f"SQLAlchemy knows no database {name}{did_you_mean(name, known)}"
        return said if "did you mean" in said else f"{said}; is its dialect's package installed?"
    near = did_you_mean(driver, _drivers(name))
    return f"SQLAlchemy {sa.__version__} knows no driver {driver} for {name}{near}"


def _drivers(name: str) -> list[str]:
    """The modules of a dialect in SQLAlchemy: most are called like the driver that they are for."""
    home = find_spec(f"{dialects.__name__}.{name}")
    path = home.submodule_search_locations if home else None
    return [module.name for module in iter_modules(path)] if path else []


def on_engine(url: URL, action: Callable[[Engine], Result], *, may_create: bool = False) -> Result:
    """The result of ``action`` on an Engine. Raises ``Failure`` if there can be none.

    A database in a file that does not exist is created only if ``may_create``.
    """
    _check_file(file_of(url), may_create=may_create)
    if url.get_dialect().is_async:
        return asyncio.run(_on_async_engine(url, action))
    engine = _engine(url)
    try:
        return action(engine)
    finally:
        engine.dispose()


def _check_file(path: Path | None, *, may_create: bool) -> None:
    if path is None or path.exists():
        return
    if not path.parent.is_dir():
        raise Failure(f"there is no folder {path.parent} for the database {path.name}")
    if not may_create:
        raise Failure(
            f"the database {path} does not exist; check the path in the URL, or let autosync sync "
            "create it"
        )


def await_file(url: URL, timeout: float) -> float:
    """Wait for the file of a database. Returns the seconds that are left; raises ``Failure``."""
    path = file_of(url)
    if path is None or path.exists():
        return timeout
    deadline = Deadline(timeout)
    for _ in deadline.polls():
        if path.exists():
            return deadline.left()
    raise Failure(
        f"the database {path} did not come to be within {timeout:g} seconds; check the path in the "
        "URL, look what has become of the one that synchronizes it, or give a longer timeout"
    )


def _engine(url: URL) -> Engine:
    try:
        return sa.create_engine(url, future=True, **_options(url))
    except ImportError as error:
        raise Failure(_no_driver(url, error)) from error
    except (TypeError, ValueError, ArgumentError) as error:
        raise Failure(f"the URL {shown(url)} cannot be used: {complaint(error)}") from error


def _options(url: URL) -> Mapping[str, Any]:
    return ENGINE_OPTIONS.get(url.get_driver_name(), {})


def _no_driver(url: URL, error: ImportError) -> str:
    driver = (error.name or url.get_driver_name()).partition(".")[0]
    said = f"the driver {driver} is not installed"
    if not isinstance(error, ModuleNotFoundError):
        said = f"the driver {driver} cannot be imported: {complaint(error)}"
    name = url.get_backend_name()
    extra = EXTRAS.get(name)
    if extra is None or not _is_known(f"{name}+{extra.driver}"):
        return f"{said}: install the Python package that has it"
    todo = []
    if find_spec(extra.driver) is None or driver == extra.driver:
        todo.append(f"pip install 'sqlalchemy-autosync[{extra.name}]'")
    if driver != extra.driver:
        todo.append(f"write {name}+{extra.driver}:// in the URL")
    return f"{said}: {', and '.join(todo)}"


def _is_known(drivername: str) -> bool:
    try:
        make_url(f"{drivername}://").get_dialect()
    except NoSuchModuleError:
        return False
    return True


def connect(engine: Engine) -> None:
    """Connect once, so that what fails here is told apart from what fails later."""
    try:
        with engine.connect():
            pass
    except Exception as error:
        said = with_advice(complaint(error))
        raise Failure(f"cannot connect to {shown(engine.url)}: {said}") from error


async def _on_async_engine(url: URL, action: Callable[[Engine], Result]) -> Result:
    """The same, for a driver that works under asyncio only."""
    engine = _async_engine(url)
    try:
        return await greenlet_spawn(action, engine.sync_engine)
    finally:
        await engine.dispose()


def _async_engine(url: URL) -> AsyncEngine:
    try:
        from sqlalchemy.ext.asyncio import create_async_engine

        return create_async_engine(url, **_options(url))
    except ModuleNotFoundError as error:
        if error.name == "greenlet":
            raise Failure(_no_greenlet(url)) from error
        raise Failure(_no_driver(url, error)) from error
    except (ImportError, ValueError) as error:
        raise Failure(_no_greenlet(url)) from error


def _no_greenlet(url: URL) -> str:
    return (
        f"the driver {url.get_driver_name()} works under asyncio, for which SQLAlchemy needs "
        "greenlet: pip install greenlet, or name another driver in the URL"
    )
