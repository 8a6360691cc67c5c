"""The command line never shows a password, and lets it be kept out of the process list."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from autosync.report.formats import FORMATS
from tests.cli.conftest import assert_failed, create_customer
from tests.test_credentials import PASSWORD, TELLTALES, account

__all__ = ["account"]
SERVERS = pytest.mark.databases("postgresql", "mariadb")
NOISY = """
    import logging
    logging.basicConfig(level=logging.DEBUG)
    from shop import Base
"""
MISPLACED = "postgresql://me:s3same/more@host/shop"


@pytest.fixture
def url(account):
    """A URL as somebody writes it, with a password that needs encoding."""
    address = account.set(password="PLACE").render_as_string(hide_password=False)
    return address.replace("PLACE", quote(PASSWORD, safe=""))


def assert_discreet(*results):
    """That something was said, and the password was not."""
    for result in results:
        said = result.stdout + result.stderr
        assert said
        assert [telltale for telltale in TELLTALES if telltale in said] == []


@SERVERS
def test_every_command(app, database, url):
    """With all that an application may log at its loudest."""
    create_customer(database)
    app.write("noisy.py", NOISY)
    env = {"AUTOSYNC_DB": url, "AUTOSYNC_TRACEBACK": "1"}
    plans = [app.run("plan", "shop:Base", "--format", name, **env) for name in FORMATS]
    config = app.run("config", **env)
    applied = app.process("sync", "--yes", "noisy:Base", **env)
    waited = app.run("wait", "shop:Base", **env)
    assert (applied.returncode, waited.exit_code) == (0, 0)
    assert "INFO:autosync:applied" in applied.stderr
    assert ":***@" in config.stdout
    assert_discreet(*plans, config, applied, waited)


@SERVERS
def test_every_failure(app, database, url):
    name = f"keeper_{database.url.database}"
    port = f":{database.url.port}/"
    wrong = [
        url.replace(name, "nobody-known"),
        url.replace(f"/{database.url.database}", "/no_such_database"),
        url.replace(port, ":1/"),
        url.replace("@127.0.0.1", "@nowhere.invalid"),
        url.replace(quote(PASSWORD, safe=""), "s3same@host"),
        url.replace(port, ":port/"),
        url.replace("://", "//"),
        url.replace("+", "+no"),
        url + ("&" if "?" in url else "?") + "pasword=s3same",
    ]
    for one in wrong:
        for more in ({}, {"AUTOSYNC_TRACEBACK": "1"}):
            result = app.run("plan", "shop:Base", AUTOSYNC_DB=one, **more)
            assert result.exit_code in (1, 2), one
            assert_discreet(result)
        assert_discreet(app.run("config", AUTOSYNC_DB=one))


@SERVERS
def test_an_application_that_tells_it(app, url):
    app.write("shop.py", f"raise RuntimeError({PASSWORD!r} + ' does not work')\n")
    result = app.run("plan", "shop:Base", AUTOSYNC_DB=url)
    assert_failed(result, 1, "RuntimeError: *** does not work")
    assert_discreet(result)


@SERVERS
def test_a_deadline_that_passes(app, database, url):
    create_customer(database)
    arguments = ("sync", "--yes", "shop:Base", "--deadline", "0.3", "--format", "json")
    with database.engine.connect() as other, other.begin():
        other.exec_driver_sql("SELECT id FROM customer").all()
        result = app.process(*arguments, AUTOSYNC_DB=url, AUTOSYNC_TRACEBACK="1")
    assert result.returncode == 1
    assert "within 0.3 seconds" in result.stderr
    assert_discreet(result)


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "shop:Base", MISPLACED],
        ["plan", "--database", MISPLACED, "shop:Base"],
        ["plan", "shop:Base", "--db", "sqlite://", "--deadline", MISPLACED],
        ["plan", "shop:Base", "--db", "sqlite://", "--config", MISPLACED],
        ["plan", MISPLACED, "--db", "sqlite://"],
        ["explain", MISPLACED],
        [MISPLACED],
    ],
)
def test_a_url_in_the_wrong_place(app, arguments):
    result = app.run(*arguments)
    assert_failed(result, 2)
    assert_discreet(result)


@pytest.mark.parametrize(
    "text",
    [
        f'url = ["{MISPLACED}"]',
        'url = {user = "me", password = "s3same"}',
        f'url = "{MISPLACED}"\nurl = 1',
        f'exclude = "{MISPLACED}"',
        'password = "s3same"',
    ],
)
def test_a_url_in_a_file_that_is_wrong(app, text):
    app.write("autosync.toml", text)
    result = app.run("plan", "shop:Base", "--db", "sqlite://")
    assert_failed(result, 2)
    assert_discreet(result)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.databases("postgresql")
@pytest.mark.parametrize(
    ("variable", "options"),
    [("AUTOSYNC_DB", []), ("DATABASE_URL", []), ("SECRET_URL", ["--database", "shop"])],
)
def test_the_process_list(app, database, url, variable, options):
    """There is a way to keep the password out of it; and nobody adds to the arguments."""
    app.write("autosync.toml", '[databases.shop]\nurl = "${SECRET_URL}"\n')
    app.write("models.py", "print('loaded', flush=True)\nfrom shop import Base\n")
    arguments = ["wait", *options, "models:Base"]
    with app.start(*arguments, env={variable: url}, stdout=-1, stderr=-1) as process:
        assert process.stderr.readline() == "loaded\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        listed = Path(f"/proc/{process.pid}/cmdline").read_text()
        process.terminate()
    assert listed.rstrip("\0").split("\0")[-len(arguments) :] == arguments
    assert [telltale for telltale in TELLTALES if telltale in listed] == []
