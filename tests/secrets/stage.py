"""An application's folder, the command line in it, and all that it says."""

from __future__ import annotations

import io
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

from click.testing import CliRunner

from autosync.cli import main

SHOP = """
import os
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Customer(Base):
    __tablename__ = "customer"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(60), nullable=False)
    phone = sa.Column(sa.String(50))


Other = declarative_base()


class Different(Other):
    __tablename__ = "customer"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(20), nullable=False)


Broken = declarative_base()


class Never(Broken):
    __tablename__ = "never"
    # what each server finds out only when it makes the table
    __table_args__ = (
        sa.CheckConstraint("1 > CAST(CAST('never' AS regclass) AS oid)").ddl_if("postgresql"),
        {"mysql_partition_by": "HASH (never)", "sqlite_strict": True},
    )
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(9))
"""
TELLING = """
import os
told = [value for name, value in os.environ.items() if name.startswith(("PART_", "WHOLE"))]
raise RuntimeError(" and ".join(told))
"""
ENVIRONMENT = """
from alembic import context
import sqlalchemy as sa
{first}
connection = context.config.attributes.get("connection")
context.configure(connection=connection, target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
"""
REVISION = """
revision = "0001"
down_revision = None
from alembic import op


def upgrade():
    op.execute("{sql}")
"""
OURS = "ours"
"""The name of a thread whose logs are the test's."""
QUIET = ("psycopg", "sqlalchemy", "asyncio", "alembic")
"""Those who log more if they are told to, and not only all others."""
WRITTEN = {".py", ".json", ".txt", ".ini", ".cfg", ".mako"}
MAKO = """
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
"""
OLD_REPOSITORY = """
[db_settings]
repository_id = shop
version_table = migrate_version
required_dbs = []
"""
FILES = {
    "shop.py": SHOP,
    "telling.py": TELLING,
    "good/env.py": ENVIRONMENT.format(first=""),
    "good/script.py.mako": MAKO,
    "old/migrate.cfg": OLD_REPOSITORY,
    "old/versions/001_first.py": "",
    "good/versions/0001_first.py": REVISION.format(sql="SELECT 1"),
    "empty/env.py": ENVIRONMENT.format(first=""),
    "empty/script.py.mako": MAKO,
    "empty/versions/.keep": "",
    "bad/env.py": ENVIRONMENT.format(
        first='sa.engine.make_url("x" + context.config.get_main_option("sqlalchemy.url")[9:])\\n'
        'raise RuntimeError(context.config.get_main_option("sqlalchemy.url"))'
    ),
    "bad/versions/0001_first.py": REVISION.format(sql="SELECT 1"),
    "failing/env.py": ENVIRONMENT.format(first=""),
    "failing/versions/0001_first.py": REVISION.format(sql="SELECT no_such_column"),
}


class Stage:
    """The folder; ``said`` is all that was written anywhere while the command ran."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _written(self) -> set[Path]:
        ours = {self.folder / name for name in FILES}
        return {path for path in self.folder.rglob("*") if path.suffix in WRITTEN} - ours

    def run(self, *arguments: str, environment: Mapping[str, str]) -> str:
        """Run a command with all logs at their loudest, and return what it said and wrote."""
        logged, printed = io.StringIO(), io.StringIO()
        with _logging_to(logged), redirect_stderr(printed):
            result = CliRunner().invoke(main, arguments, env=environment, prog_name="autosync")
        written = "".join(path.read_text() for path in sorted(self._written()))
        assert isinstance(result.exception, (SystemExit, type(None))), result.exception
        said = result.stdout, result.stderr, printed.getvalue(), logged.getvalue(), written
        return "\n".join(said)


@contextmanager
def stage() -> Iterator[Stage]:
    """A folder with an application, which is the current one."""
    before, modules, paths = Path.cwd(), set(sys.modules), list(sys.path)
    with tempfile.TemporaryDirectory() as folder:
        made = Stage(Path(folder))
        for name, text in FILES.items():
            made.write(name, text)
        (made.folder / "out").mkdir()
        os.chdir(folder)
        try:
            yield made
        finally:
            os.chdir(before)
            sys.path[:] = paths
            for name in set(sys.modules) - modules:
                if str(getattr(sys.modules[name], "__file__", None)).startswith(folder):
                    del sys.modules[name]


@contextmanager
def _logging_to(stream: io.StringIO) -> Iterator[None]:
    root = logging.getLogger()
    handler, last = logging.StreamHandler(stream), logging.lastResort
    handler.addFilter(lambda record: record.threadName != OURS)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root.addHandler(handler)
    quiet = {one: one.level for one in (root, *map(logging.getLogger, QUIET))}
    for one in quiet:
        one.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        for one, level in quiet.items():
            one.setLevel(level)
        logging.lastResort = last
