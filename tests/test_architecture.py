"""What the design promises of the code itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autosync

PACKAGE = Path(autosync.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
OUTSIDE = [path for path in FILES if "dialects" not in path.relative_to(PACKAGE).parts]
NAMES = re.compile(
    r"\b(postgresql|postgres|mysql|mariadb|sqlite|duckdb|psycopg2?|pymysql)\b", re.IGNORECASE
)


def strings(tree: ast.AST) -> list[ast.Constant]:
    """The strings of a module that are no docstrings."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_dialect_is_asked_for_its_name(path: Path) -> None:
    """Nothing outside dialects/ decides by a database's name: no string is one."""
    tree = ast.parse(path.read_text())
    assert [node.lineno for node in strings(tree) if NAMES.fullmatch(node.value)] == []
    imported = [
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "dialects." in (node.module or "")
    ]
    assert set(imported) <= {
        "autosync.dialects.base",
        "autosync.dialects.columns",
        "autosync.dialects.connecting",
        "autosync.dialects.laws",
        "autosync.dialects.limits",
        "autosync.dialects.offline",
        "autosync.dialects.scripts",
        "autosync.dialects.steps",
        "autosync.dialects.texts",
        "autosync.dialects.transactions",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_is_a_drawer(path: Path) -> None:
    """A file has one reason to change: none is long, and none is called utils."""
    assert len(path.read_text().splitlines()) <= 450
    assert path.stem not in {"utils", "helpers", "common", "misc"}


def test_nothing_prints() -> None:
    for path in OUTSIDE:
        if path.name in ("program.py", "console.py", "failures.py", "__main__.py"):
            continue
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        names = {n.func.id for n in calls if isinstance(n.func, ast.Name)}
        assert "print" not in names, path
        assert "sys.exit" not in {ast.unparse(call.func) for call in calls}, path


def test_comparing_is_pure() -> None:
    """compare.py needs no connection: nothing of SQLAlchemy is imported by it or what it needs."""
    code = (
        "import sys, types; sys.modules['autosync'] = m = types.ModuleType('autosync'); "
        f"m.__path__ = [{str(PACKAGE)!r}]; import autosync.compare; "
        "sys.exit(any(name.startswith('sqlalchemy') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
