"""What is written to a file has the schema of a database in it: nobody else may read it."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autosync.files import write
from tests.cli.conftest import App, create_customer
from tests.servers.database import LiveDatabase

OTHER = 12345
"""The number of a user who is not there."""
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_new_file_is_for_its_owner(tmp_path: Path) -> None:
    write(tmp_path / "new", b"x")
    assert (mode(tmp_path / "new"), (tmp_path / "new").read_bytes()) == (0o600, b"x")
    assert names(tmp_path) == {"new"}


@pytest.mark.parametrize("before", [0o644, 0o640, 0o666, 0o600, 0o400])
def test_one_that_is_there_keeps_its_mode(tmp_path: Path, before: int) -> None:
    (tmp_path / "old").write_bytes(b"a longer text")
    (tmp_path / "old").chmod(before)
    write(tmp_path / "old", b"x")
    assert (mode(tmp_path / "old"), (tmp_path / "old").read_bytes()) == (before, b"x")


def test_a_link_of_ours_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name in ("old", "new"):
        (tmp_path / name).symlink_to(Path("there") / name)
    (tmp_path / "there" / "old").write_bytes(b"x")
    (tmp_path / "there" / "old").chmod(0o640)
    for name, expected in (("old", 0o640), ("new", 0o600)):
        write(tmp_path / name, b"y")
        assert (tmp_path / name).is_symlink()
        assert mode(tmp_path / "there" / name) == expected
        assert (tmp_path / name).read_bytes() == b"y"


@ROOT
def test_a_link_of_somebody_else_is_not(tmp_path: Path) -> None:
    """It is put there to have something of ours overwritten."""
    (tmp_path / "profile").write_bytes(b"precious")
    (tmp_path / "plan").symlink_to("profile")
    os.lchown(tmp_path / "plan", OTHER, OTHER)
    write(tmp_path / "plan", b"x")
    assert (tmp_path / "profile").read_bytes() == b"precious"
    assert not (tmp_path / "plan").is_symlink()
    assert mode(tmp_path / "plan") == 0o600


@ROOT
@pytest.mark.parametrize("make", [Path.touch, os.mkfifo], ids=["file", "pipe"])
def test_what_somebody_else_has_put_there_is_not_written_to(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """They may hold it open, or read it by its mode."""
    make(tmp_path / "plan")
    (tmp_path / "plan").chmod(0o666)
    os.chown(tmp_path / "plan", OTHER, OTHER)
    held = os.open(tmp_path / "plan", os.O_RDONLY | os.O_NONBLOCK)
    write(tmp_path / "plan", b"secret")
    found = (tmp_path / "plan").lstat()
    assert (stat.S_ISREG(found.st_mode), mode(tmp_path / "plan")) == (True, 0o600)
    assert found.st_uid == os.geteuid()
    assert os.read(held, 9) == b""
    os.close(held)


@ROOT
def test_a_file_of_somebody_else_behind_our_link(tmp_path: Path) -> None:
    (tmp_path / "theirs").touch(0o666)
    os.chown(tmp_path / "theirs", OTHER, OTHER)
    (tmp_path / "plan").symlink_to("theirs")
    write(tmp_path / "plan", b"x")
    assert mode(tmp_path / "theirs") == 0o600


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write(tmp_path / "pipe", b"x")
    reader.join(10)
    assert found == [b"x"]
    assert stat.S_ISFIFO((tmp_path / "pipe").lstat().st_mode)


def test_a_device_is_written_to() -> None:
    null = Path(os.devnull)
    before = null.stat()
    write(null, b"x")
    assert (before.st_mode, before.st_ino) == (null.stat().st_mode, null.stat().st_ino)


def test_what_cannot_be_finished_leaves_what_there_was(tmp_path: Path) -> None:
    """The disk is full: of a limit, which the system keeps for us."""
    resource = pytest.importorskip("resource")
    (tmp_path / "plan").write_bytes(b"whole")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            write(tmp_path / "plan", b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (tmp_path / "plan").read_bytes() == b"whole"
    assert names(tmp_path) == {"plan"}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "no" / "plan", b"x")


@pytest.mark.parametrize(
    "command",
    [
        "plan shop:Base --db {} --output out",
        "plan shop:Base --db {} --format json --output out",
        "snapshot --db {} -o out",
        "snapshot shop:Base --dialect sqlite -o out",
    ],
)
def test_commands(app: App, sqlite: LiveDatabase, command: str) -> None:
    create_customer(sqlite)
    app.run(*command.format(sqlite.url).split())
    out = app.folder / "out"
    assert mode(out) == 0o600
    assert b"customer" in out.read_bytes()
    out.chmod(0o644)
    app.run(*command.format(sqlite.url).split())
    assert mode(out) == 0o644
    assert {".autosync-"}.isdisjoint(name[:10] for name in names(app.folder))


def test_to_the_screen_by_its_name(app: App, sqlite: LiveDatabase) -> None:
    create_customer(sqlite)
    done = app.process("snapshot", "--db", str(sqlite.url), "-o", "/dev/stdout")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"dialect": "sqlite"' in done.stdout
