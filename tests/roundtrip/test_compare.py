"""`make compare`, and its totals in the README."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import compare
from tests.roundtrip.cases import CASES, runs
from tests.servers.database import NEWEST, SQLALCHEMY

ROOT = Path(compare.__file__).parents[1]
README = (ROOT / "README.md").read_text()
TOTALS = README.partition(compare.BEGIN)[2].partition(compare.END)[0]
ROWS = {
    database: [int(cell) for cell in re.findall(r"\d+", line.partition(f"| {title} |")[2])]
    for database, title in compare.TITLES.items()
    for line in TOTALS.splitlines()
    if line.startswith(f"| {title} |")
}
REFILL = "to fill them in: make compare ARGS=--readme"


def test_the_totals_add_up() -> None:
    assert set(ROWS) == set(compare.TITLES), REFILL
    for cases, ours, theirs, differences, exceptions in ROWS.values():
        assert ours == cases
        assert theirs + differences + exceptions == cases


@pytest.mark.skipif(
    SQLALCHEMY < NEWEST, reason="the README counts the cases that the newest SQLAlchemy can declare"
)
def test_the_totals_are_about_these_cases() -> None:
    assert f"SQLAlchemy {'.'.join(map(str, NEWEST))}" in " ".join(TOTALS.split()), REFILL
    counted = Counter(name for _, name in runs(CASES))
    assert {name: row[0] for name, row in ROWS.items()} == counted, REFILL


def test_it_prints_what_both_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{compare.BEGIN}{compare.END}\nafter\n")
    monkeypatch.setattr(compare, "README", readme)
    options = ["--database", "sqlite", "--only", "default empty string", "--readme"]
    assert compare.main(options) == 0
    out = capsys.readouterr().out
    assert "| SQLite | 1 | 1 | 0 | 1 | 0 |" in out
    assert "| default empty string | in sync | differs: modify_default of t.c0: ('') ->  |" in out
    totals = readme.read_text()
    assert totals.startswith(f"before\n{compare.BEGIN}By `make compare` on ")
    assert totals.endswith(f" |\n{compare.END}\nafter\n")
    compare.write(readme, "again\n")
    assert readme.read_text() == f"before\n{compare.BEGIN}again\n{compare.END}\nafter\n"
