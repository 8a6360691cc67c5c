"""The real Elixir 0.7.1, of 2009, made to run here.

It is written in Python 2 and looks for names that SQLAlchemy has lost. So its source distribution
is fetched with pip, checked, converted by lib2to3, and imported with those names put back.
Nothing else of it is changed.
"""

import hashlib
import importlib
import importlib.util
import subprocess
import sys
import tarfile
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import ModuleType
from unittest import mock

import sqlalchemy.orm
from sqlalchemy.orm import interfaces, mapperlib

RELEASE = "Elixir-0.7.1"
SHA256 = "a7ef437f25b544e4f74fb3236fc43cd25f5d6feb6037dd7c66931046d75439e9"

# Its own py23compat is for Python 2.2 and names `cmp`; nobody asks it for more than this.
PY23COMPAT = """\
from builtins import set, sorted


def rsplit(text, separator, maxsplit):
    return text.rsplit(separator, maxsplit)
"""

# What Elixir imports from sqlalchemy.orm and SQLAlchemy 1.4 no longer has there.
LOST_NAMES = {
    "MapperExtension": type("MapperExtension", (), {}),
    "ScopedSession": sqlalchemy.orm.scoped_session,
    "EXT_PASS": interfaces.EXT_CONTINUE,
}


def load_elixir(cache_dir: Path) -> ModuleType:
    """Import Elixir; `cache_dir` keeps the converted source between runs and processes."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    with locked(cache_dir / "lock"):
        folder = converted(cache_dir)
    with (
        mock.patch.multiple(sqlalchemy.orm, create=True, **LOST_NAMES),
        mock.patch.object(sys, "path", [str(folder), *sys.path]),
    ):
        elixir = import_quietly("elixir")
    elixir.cleanup_all = with_own_mappers_only(elixir.cleanup_all)
    return elixir


def import_quietly(name: str) -> ModuleType:
    """Import a module; what Python thinks of its syntax is not the matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def unload_elixir(elixir: ModuleType) -> None:
    """Forget the entities, their mappers and the modules."""
    elixir.cleanup_all()
    for name in [name for name in sys.modules if name.partition(".")[0] == "elixir"]:
        del sys.modules[name]


def with_own_mappers_only(cleanup_all):
    """Let `cleanup_all()` clear Elixir's mappers, and not those of other tests' models."""

    @wraps(cleanup_all)
    def cleanup(*args, **options):
        own = mapperlib._legacy_registry.dispose
        with mock.patch.object(sqlalchemy.orm, "clear_mappers", own):
            cleanup_all(*args, **options)

    return cleanup


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other test processes out for a while."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def converted(cache_dir: Path) -> Path:
    """Return the folder that holds the package `elixir`, in Python 3."""
    folder = cache_dir / f"{RELEASE}-py3"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=cache_dir) as scratch:
            package = Path(scratch, "python3", "elixir")
            unpack(sdist(cache_dir), package)
            convert(package)
            package.parent.rename(folder)
    return folder


def sdist(cache_dir: Path) -> Path:
    """Return the source distribution, fetched with pip unless it is there, and checked."""
    path = cache_dir / f"{RELEASE}.tar.gz"
    if not path.exists():
        run_pip("download", "--no-deps", "--no-binary", "Elixir", "-d", str(cache_dir))
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise RuntimeError(f"{path.name} is not the file that was published in 2009")
    return path


def run_pip(command: str, *options: str) -> None:
    """Run pip on Elixir's requirement, and tell why where it fails."""
    line = [sys.executable, "-m", "pip", command, *options, RELEASE.replace("-", "==")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"pip could not fetch {RELEASE}:\n{done.stdout}{done.stderr}")


def unpack(archive: Path, package: Path) -> None:
    """Write the modules of the package `elixir` (not its extensions) into a folder."""
    package.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            path = Path(member.name)
            if path.suffix == ".py" and path.parts[:-1] == (RELEASE, "elixir"):
                (package / path.name).write_bytes(tar.extractfile(member).read())


def convert(package: Path) -> None:
    """Turn Python 2 into Python 3, in place."""
    if importlib.util.find_spec("lib2to3") is None:
        raise RuntimeError("lib2to3 converts Elixir; this Python has none (3.13 removed it)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lib2to3 is deprecated
        from lib2to3.refactor import RefactoringTool, get_fixers_from_package

        fixers = get_fixers_from_package("lib2to3.fixes")
    (package / "py23compat.py").write_text(PY23COMPAT)
    RefactoringTool(fixers).refactor_dir(str(package), write=True)
