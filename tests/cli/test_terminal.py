"""The same on a terminal: colour, width, and a spinner on stderr; in a pipe nothing of that."""

import fcntl
import os
import pty
import re
import signal
import struct
import termios
import threading
import time
from contextlib import closing
from itertools import takewhile

import pytest
import sqlalchemy as sa

from tests.cli.conftest import create_customer, execute
from tests.runners import obeyed

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]+m")
STATEMENT = re.compile(r" +(?:do:  )?(?:ALTER|CREATE|UPDATE|with op\.|    batch\.)")


class Terminal:
    """A terminal of some width; what is written to it is collected."""

    def __init__(self, columns: int) -> None:
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._chunks = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self.ours, 4096):
                self._chunks.append(chunk)
        except OSError:  # Linux says so when the other side is closed
            pass

    def until(self, words: str) -> None:
        """Wait until these words are there."""
        end = time.monotonic() + 30
        while words not in self.plain:
            assert time.monotonic() < end, self.plain
            time.sleep(0.01)

    def close(self) -> None:
        """Close our copy of the other side, and wait for the rest."""
        os.close(self.theirs)
        self._reader.join(10)
        os.close(self.ours)

    @property
    def text(self) -> str:
        return b"".join(self._chunks).decode().replace("\r\n", "\n")

    @property
    def plain(self) -> str:
        return ESCAPE.sub("", self.text)


@pytest.fixture
def refused(sqlite):
    create_customer(sqlite, sa.Column("size", sa.String(7)))
    return ("plan", "shop:Base", "--db", str(sqlite.url))


@pytest.fixture
def asked(app, sqlite):
    """A terminal in front of a sync that asks, and a column that is to be added."""
    create_customer(sqlite)
    terminal = Terminal(80)
    everything = dict.fromkeys(("stdin", "stdout", "stderr"), terminal.theirs)
    command = ("sync", "shop:Base", "--db", str(sqlite.url))
    with app.start(*command, env={"TERM": "xterm-256color"}, **everything) as process:
        terminal.until("Apply this?")
        assert "ADD COLUMN phone" in terminal.plain
        assert "\x1b[36m      ALTER TABLE customer" in terminal.text
        yield terminal, process
    terminal.close()


def columns_of(database):
    return [column["name"] for column in sa.inspect(database.engine).get_columns("customer")]


@pytest.mark.parametrize(
    ("answer", "status", "applied"), [("y", 0, True), ("n", 1, False), ("", 1, False)]
)
def test_sync_asks_before_it_applies(asked, sqlite, answer, status, applied):
    terminal, process = asked
    os.write(terminal.ours, answer.encode() + b"\n")
    assert process.wait(60) == status
    assert ("phone" in columns_of(sqlite)) == applied
    assert ("nothing was applied" in terminal.plain) != applied


def test_ctrl_c_instead_of_an_answer(asked, sqlite):
    _, process = asked
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert "phone" not in columns_of(sqlite)


def test_only_what_was_shown_is_applied(asked, sqlite):
    terminal, process = asked
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE customer ADD COLUMN phone VARCHAR(50)")
    os.write(terminal.ours, b"y\n")
    assert process.wait(60) == 1
    assert "the database has changed since the plan was shown" in " ".join(terminal.plain.split())
    assert columns_of(sqlite) == ["id", "name", "phone"]


def on_terminal(app, arguments, columns=80, *, stdout=True, stderr=True, **env):
    """Run with a terminal as stdout and another one as stderr, or with a pipe."""
    out, err = Terminal(columns), Terminal(columns)
    with closing(out), closing(err):
        process = app.start(
            *arguments,
            env={"TERM": "xterm-256color", **env},
            stdout=out.theirs if stdout else -1,
            stderr=err.theirs if stderr else -1,
        )
        with process:
            piped = process.communicate(timeout=60)
    return process.returncode, out if stdout else piped[0], err if stderr else piped[1]


def test_colour_and_spinner(app, refused):
    status, out, err = on_terminal(app, refused)
    assert status == 4
    assert COLOUR.search(out.text)
    assert out.plain == app.process(*refused).stdout
    assert "comparing shop:Base with sqlite:///" in err.plain
    assert "\x1b[?25l" in err.text, "the cursor is hidden while it spins"
    assert "\x1b[?25h" in err.text, "and comes back"


def test_a_pipe_has_neither(app, refused):
    done = app.process(*refused, TERM="xterm-256color", FORCE_COLOR="1")
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_stdout_in_a_pipe_and_stderr_on_a_terminal(app, refused):
    status, out, err = on_terminal(app, refused, stdout=False)
    assert status == 4
    assert out == app.process(*refused).stdout
    assert "comparing" in err.plain


def test_stdout_on_a_terminal_and_stderr_in_a_pipe(app, refused):
    _, out, err = on_terminal(app, refused, stderr=False)
    assert COLOUR.search(out.text)
    assert err == ""


def test_json_on_a_terminal_is_json(app, refused):
    _, out, _ = on_terminal(app, [*refused, "--format", "json"])
    assert out.text == app.process(*refused, "--format", "json").stdout


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(app, refused, env):
    _, out, err = on_terminal(app, refused, **env)
    assert "\x1b" not in out.text
    assert not COLOUR.search(err.text)
    assert out.text == app.process(*refused).stdout


def widths(text):
    """The lengths of lines, but of statements, which the terminal itself cuts."""
    return [len(line) for line in text.splitlines() if not STATEMENT.match(line)]


def words(text):
    """Without the marks of comments, of which each line has one."""
    return [word for word in text.split() if word != "--"]


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_every_width(app, refused, columns):
    _, out, _ = on_terminal(app, refused, columns)
    assert max(widths(out.plain)) <= columns
    piped = app.process(*refused).stdout
    assert "".join(words(out.plain)) == "".join(words(piped)), "nothing is cut off"
    assert "[column-type]" in out.plain
    if columns > 40:
        assert words(out.plain) == words(piped), "no word is cut in two"


@pytest.mark.parametrize("columns", [20, 40])
def test_who_copies_from_a_terminal_has_it_whole(app, sqlite, columns):
    """A statement is one line there, too, and each line of a comment is a comment."""
    create_customer(sqlite, sa.Column("telephone", sa.String(50)))
    _, out, _ = on_terminal(app, ("plan", "shop:Base", "--db", str(sqlite.url)), columns)
    lines = [line.strip() for line in out.plain.splitlines()]
    at = lines.index("do:  ALTER TABLE customer RENAME COLUMN telephone TO phone;")
    comments = [*takewhile(lambda line: line[:2] not in ("x ", ""), lines[at + 1 :])]
    assert comments[0].startswith("-- or,")
    assert len(comments) > 1
    assert all(line.startswith("-- ") for line in comments)


def test_columns_from_the_environment(app, refused):
    _, out, _ = on_terminal(app, refused, 100, COLUMNS="45")
    assert 40 < max(widths(out.plain)) <= 45


def test_a_word_wider_than_the_terminal_is_folded(app, sqlite):
    app.write(
        "wide.py",
        """
        import sqlalchemy as sa
        metadata = sa.MetaData()
        sa.Table("t" * 60, metadata, sa.Column("id", sa.Integer, primary_key=True))
        """,
    )
    arguments = ("plan", "wide:metadata", "--db", str(sqlite.url))
    create_customer(sqlite)
    _, out, _ = on_terminal(app, arguments, 40)
    assert max(widths(out.plain)) <= 40
    together = "".join(out.plain.split())
    assert together == "".join(app.process(*arguments).stdout.split())


def test_explain_is_wrapped(app):
    _, out, _ = on_terminal(app, ["explain", "likely-rename"], 40)
    assert max(map(len, out.plain.splitlines())) <= 40
    assert out.plain.split() == app.process("explain", "likely-rename").stdout.split()


def test_names_cannot_steer_the_terminal(app, sqlite):
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql('CREATE TABLE "a\x1b[2Jb[bold]" (id INTEGER)')
    _, out, _ = on_terminal(app, ("plan", "shop:Base", "--db", str(sqlite.url)))
    assert "\x1b[2J" not in out.text
    assert r"a\x1b[2Jb[bold]" in out.plain


def test_names_command_no_build_server_where_they_are_wrapped(app, sqlite):
    """A runner may give a container a terminal, and reads what comes out of it."""
    for columns in range(40, 60):
        execute(sqlite, f'CREATE TABLE "{"x" * columns}::stop-commands::{columns}" (id INTEGER)')
    _, out, _ = on_terminal(app, ("plan", "shop:Base", "--db", str(sqlite.url)), 48)
    assert r"\x3a:stop-commands::" in out.plain
    assert obeyed(out.plain) == []


def test_a_failure_on_a_terminal(app):
    status, out, err = on_terminal(app, ("plan", "shop:Base", "--db", "sqlite:///no.db"))
    assert (status, out.text) == (1, "")
    lines = [line.strip() for line in err.plain.splitlines()]
    assert [line for line in lines if line.startswith("autosync: error: ")]


def test_output_that_nobody_reads(app, refused):
    with app.start(*refused, stdout=-1, stderr=-1) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
