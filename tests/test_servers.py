"""The fixtures do what they promise, and leave nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest
import sqlalchemy as sa

from tests.servers import KINDS, PASSWORD, lacking
from tests.servers.base import PREFIX
from tests.servers.database import USUAL

ROOT = Path(__file__).parents[1]
DATA_FOLDER = {
    "postgresql": "SHOW data_directory",
    "mariadb": "SELECT @@datadir",
    "mysql": "SELECT @@datadir",
}


def query(live, statement):
    with live.engine.connect() as connection:
        return connection.exec_driver_sql(statement).scalar()


@pytest.mark.parametrize("_turn", [1, 2])
def test_every_test_has_an_empty_database_of_its_own(database, _turn):
    assert sa.inspect(database.engine).get_table_names() == []
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE left_behind (id INTEGER)")


def test_the_url_leads_to_the_same_database(database):
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE here (id INTEGER)")
    engine = database.create_engine(poolclass=sa.pool.NullPool)
    assert sa.inspect(engine).get_table_names() == ["here"]
    assert engine.url == database.url


def test_names_may_be_in_any_script(database):
    table = sa.Table("größe", sa.MetaData(), sa.Column("名前", sa.String(20)))
    table.create(database.engine)
    with database.engine.begin() as connection:
        connection.execute(table.insert().values({"名前": "🐘"}))
        assert connection.execute(table.select()).scalar() == "🐘"


def test_each_name_means_its_own_database(sqlite, postgresql, mariadb):
    assert query(sqlite, "SELECT sqlite_version()")
    assert query(postgresql, "SELECT version()").startswith("PostgreSQL")
    assert "MariaDB" in query(mariadb, "SELECT version()")


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_the_server_is_our_own(database):
    folder = Path(query(database, DATA_FOLDER[database.name]))
    assert folder.parent.name.startswith(PREFIX)
    assert database.url.port not in (5432, 3306)


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_the_server_asks_for_the_password(database):
    wrong = database.url.set(password=PASSWORD[::-1])
    with pytest.raises(sa.exc.OperationalError):
        sa.create_engine(wrong).connect()


@contextmanager
def tiny_pytest(folder: Path, test: str, *options: str, **env: str) -> Iterator[subprocess.Popen]:
    """Run pytest on one small test file that uses our fixtures."""
    (folder / "test_tiny.py").write_text(dedent(test))
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), *options, str(folder)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_") and k != "CI"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**kept, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for(
    condition: Callable[[], bool], process: subprocess.Popen | None = None, seconds: float = 120
) -> None:
    """Wait until it holds; fail when it takes too long, or at once when the process has ended."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process and process.poll() is not None:
            pytest.fail(f"it ended too early:\n{process.communicate()[0]}")
        assert time.monotonic() < deadline
        time.sleep(0.05)


def refuses(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


NOTE_AND_LINGER = f"""
    import json, pathlib, time
    import pytest

    found = {{}}
    folder = pathlib.Path(__file__).parent

    @pytest.mark.databases("postgresql", "mariadb")
    def test_note(database):
        with database.engine.connect() as connection:
            data = connection.exec_driver_sql({DATA_FOLDER!r}[database.name]).scalar()
        found[database.name] = {{"port": database.url.port, "folder": data}}

    def test_linger():
        (folder / "new").write_text(json.dumps(found))
        (folder / "new").rename(folder / "found.json")
        while (folder / "linger").exists():
            time.sleep(0.05)
"""


@pytest.mark.parametrize(
    ("end", "options"),
    [
        pytest.param(None, ["-n", "1"], id="finished, with xdist"),
        pytest.param(signal.SIGINT, [], id="interrupted"),
        pytest.param(signal.SIGKILL, [], id="killed"),
    ],
)
def test_nothing_is_left_of_the_servers(tmp_path, end, options):
    (tmp_path / "linger").touch()
    with tiny_pytest(tmp_path, NOTE_AND_LINGER, *options) as process:
        wait_for((tmp_path / "found.json").exists, process)
        servers = json.loads((tmp_path / "found.json").read_text())
        assert set(servers) == {name for name in KINDS if name in USUAL and not lacking(name)}
        assert not any(refuses(server["port"]) for server in servers.values())

        if end:
            process.send_signal(end)
        (tmp_path / "linger").unlink()
        process.wait(120)
        for server in servers.values():
            wait_for(lambda port=server["port"]: refuses(port))
            wait_for(lambda data=Path(server["folder"]): not data.parent.exists())


def test_a_run_can_be_restricted_to_one_database(tmp_path):
    test = """
        def test_any(database):
            assert database.name == "sqlite"

        def test_other(mariadb):
            raise AssertionError
    """
    with tiny_pytest(tmp_path, test, "--database", "sqlite") as process:
        output, _ = process.communicate(timeout=120)
    assert "1 passed, 1 skipped" in output


@pytest.fixture
def without_mariadb(tmp_path) -> dict[str, str]:
    """Hide MariaDB's programs from a pytest that is given this environment."""
    (tmp_path / "conftest.py").write_text("import tests.programs\ntests.programs.FOLDERS = ()\n")
    return {"PATH": str(tmp_path)}


USES_MARIADB = """
    def test_it(mariadb):
        raise AssertionError
"""


def test_a_missing_server_is_a_loud_skip(tmp_path, without_mariadb):
    with tiny_pytest(tmp_path, USES_MARIADB, **without_mariadb) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "SERVERS MISSING" in output
    assert "apt-get install mariadb-server" in output
    assert "1 skipped" in output


def test_a_missing_server_is_a_failure_in_ci(tmp_path, without_mariadb):
    with tiny_pytest(tmp_path, USES_MARIADB, CI="true", **without_mariadb) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == pytest.ExitCode.USAGE_ERROR
    assert "apt-get install mariadb-server" in output
