"""Where a file is, and source that is odd, or gone."""

from __future__ import annotations

import importlib
import py_compile
import sys
import zipfile
from collections.abc import Callable

import pytest

from autosync.plan import Location
from tests.source.repository import OLD, Lacking, Repository, check, plain

PET = plain(
    """
    class Pet(Base):
        __tablename__ = "pet"
        id = Column(Integer, primary_key=True)
    """
)


def without_source(repository: Repository) -> None:
    py_compile.compile(str(repository.package / "pet.py"), str(repository.package / "pet.pyc"))
    (repository.package / "pet.py").unlink()


def in_an_archive(repository: Repository) -> None:
    with zipfile.ZipFile(repository.package / "models.zip", "w") as archive:
        archive.write(repository.package / "pet.py", "pet.py")
    (repository.package / "pet.py").unlink()
    (repository.package / "__init__.py").write_text("__path__.append(__path__[0] + '/models.zip')")


@pytest.mark.parametrize("hide", [without_source, in_an_archive])
def test_modules_without_a_file_of_their_own(
    hide: Callable[[Repository], None], repository: Repository, lacking: Lacking
) -> None:
    repository.write(pet=PET)
    hide(repository)
    importlib.invalidate_caches()
    base = importlib.import_module("shop.pet").Base
    found = lacking(base)
    assert found[f"column pet.{OLD}"] is found["column pet.id"] is None


@pytest.mark.parametrize(
    "source",
    [b"class Pet(:", b"x = '\xff'", b"\0", b"# coding: nowhere", b"x = " + b"(" * 9999, b""],
)
def test_source_that_has_become_something_else(
    source: bytes, repository: Repository, lacking: Lacking
) -> None:
    base = repository.load(pet=PET).Base
    (repository.package / "pet.py").write_bytes(source)
    found = lacking(base)
    assert found[f"column pet.{OLD}"] is found["column pet.id"] is None


def test_what_python_warns_of(repository: Repository, lacking: Lacking) -> None:
    """It has been said at the import, and is no matter of the lines."""
    base = repository.load(pet=PET).Base
    path = repository.package / "pet.py"
    path.write_text(PET + "WORD = '\\w'\n")
    assert lacking(base)["column pet.id"] == Location("src/shop/pet.py", len(PET.splitlines()))


def test_classes_that_no_source_has(repository: Repository, lacking: Lacking) -> None:
    module = repository.load(
        models=plain(
            """
            class Named:
                name = Column(String)  # @ column pet.name


            exec(
                "class Executed(Base):\\n"
                "    __tablename__ = 'run'\\n"
                "    id = Column(Integer, primary_key=True)"
            )

            namespace = {"__tablename__": "pet", "id": Column(Integer, primary_key=True)}
            Pet = type("Pet", (Named, Base), namespace)

            if Base:
                class Twice(Base):
                    __tablename__ = "twice"
                    id = Column(Integer, primary_key=True)
            else:
                class Twice(Base):
                    __tablename__ = "twice"
                    key = Column("id", Integer, primary_key=True)
            """
        )
    )
    sys.modules["odd"] = object()  # type: ignore[assignment]
    found = lacking(module.Base)
    check(found, repository)
    assert {found[f"column {name}.id"] for name in ("run", "pet", "twice")} == {None}


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (".git", "src/shop/pet.py"),
        ("src/pyproject.toml", "shop/pet.py"),
        ("src/shop/setup.py", "pet.py"),
        (None, "src/shop/pet.py"),
    ],
)
def test_paths_are_relative_to_the_repository(
    mark: str | None,
    expected: str,
    repository: Repository,
    lacking: Lacking,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = repository.load(pet=PET).Base
    (repository.root / ".git").rmdir()
    if mark:
        (repository.root / mark).touch()
        (repository.root / "setup.cfg").touch()
    monkeypatch.chdir(repository.root)
    location = lacking(base)["column pet.id"]
    assert location is not None
    assert location.path == expected
    if mark is None:
        monkeypatch.chdir("/")
        monkeypatch.chdir(sys.prefix)
        assert lacking(base)["column pet.id"] == Location(
            (repository.package / "pet.py").as_posix(), location.line
        )
