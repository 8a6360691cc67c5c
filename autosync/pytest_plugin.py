"""A plugin for pytest, which asks whether the database is in sync with the models.

``pytest --autosync TARGET --autosync-db URL`` adds a test for it, and the fixture
``autosync_check`` is for tests of one's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from autosync.binds import Bind
    from autosync.models import MetaDataLike
    from autosync.plan import Plan
    from autosync.snapshot import Snapshot


VARIABLES = ("AUTOSYNC_DB", "DATABASE_URL")
"""The environment variables that may name the database; the command line knows the same."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--autosync`` and ``--autosync-db``."""
    group = parser.getgroup("autosync", "does the database suit the models?")
    group.addoption(
        "--autosync",
        metavar="TARGET",
        help="add a test that fails unless the database is in sync with these models, given as "
        "package.module:attribute",
    )
    group.addoption(
        "--autosync-db",
        metavar="URL",
        help="the database (default: the environment variable DATABASE_URL)",
    )


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the test that was asked for."""
    target = config.getoption("autosync")
    if target is None:
        return
    named = (os.environ.get(name) for name in VARIABLES)
    url = config.getoption("autosync_db") or next(filter(None, named), None)
    if not url:
        raise pytest.UsageError("--autosync needs --autosync-db URL, or DATABASE_URL")
    items.append(InSync.from_parent(session, name=f"autosync: {target}", target=target, url=url))


class InSync(pytest.Item):
    """The test that a database is in sync with the models."""

    def __init__(self, *, target: str, url: str, **options: Any) -> None:
        super().__init__(**options)
        self._target = target
        self._url = url

    def runtest(self) -> None:
        """Fail with the report, unless all is well."""
        from autosync.connect import connect, on_engine, parse
        from autosync.credentials import Secrets
        from autosync.failures import Failure, told
        from autosync.target import load

        secrets = Secrets()

        def look(engine: Engine) -> None:
            connect(engine)
            _checked(engine, models)

        try:
            with told(secrets):
                url = parse(self._url)
                secrets.add(url)
                models = load(self._target)
                on_engine(url, look)
        except Failure as failure:
            said = str(failure)
        else:
            return
        pytest.fail(said, pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it is: nowhere but in the command line."""
        return Path("autosync"), None, self.name


@pytest.fixture(scope="session")
def autosync_check() -> Callable[..., Plan]:
    """A function that takes what :func:`autosync.check` takes, and returns its plan.

    Where that raises :class:`autosync.OutOfSync`, the test fails with the report.
    """
    return _checked


def _checked(bind: Bind | Snapshot, metadata: MetaDataLike, **options: Any) -> Plan:
    __tracebackhide__ = True
    import autosync
    from autosync.source import located

    try:
        return autosync.check(bind, metadata, **options)
    except autosync.OutOfSync as error:
        report = str(located(error.plan, metadata))
    # not inside the except: pytest would show the exception, and with it the report, twice
    pytest.fail(f"the database is not in sync with the models\n{report}", pytrace=False)
