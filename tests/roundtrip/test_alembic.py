"""The cases that Alembic is known to get wrong: both witnesses, on the same database.

Run with `-s` to see what each of them says.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import NamedTuple

import pytest

from tests.roundtrip.case import Case
from tests.roundtrip.cases import ALL_CASES, CASES, runs
from tests.roundtrip.lacking import takes
from tests.roundtrip.stage import Stage
from tests.roundtrip.witness import ALEMBIC, IN_SYNC, Outcome, by_alembic, by_autosync


class Recorded(NamedTuple):
    """What Alembic has been seen to say of a fact, from a version on: the last one counts.

    Where a newer Alembic says otherwise, add a line for it below.
    """

    database: str
    fact: str
    outcome: Outcome = "differs"
    since: tuple[int, int] = (0, 0)


RECORDED = [
    Recorded("postgresql", "Float(1-24) → REAL"),
    Recorded("postgresql", "'{}' → '{}'::json", "fails"),
    Recorded("postgresql", "it's", "fails"),
    Recorded("postgresql", "NULL → NULL::character varying"),
    Recorded("mariadb", "REAL, FLOAT(53) → double"),
    Recorded("mariadb", "BLOB(16) → tinyblob"),
    Recorded("mariadb", "TEXT(70000) → mediumtext"),
    Recorded("mariadb", "NCHAR, NVARCHAR, charset utf8 → utf8mb3"),
    Recorded("mariadb", "true/false → 1/0"),
    Recorded("mariadb", '"0" → 0.00'),
    Recorded("mariadb", "1.5 → 1.50"),
    Recorded("mariadb", "1e3 → 1000"),
    Recorded("mariadb", "now() → current_timestamp()"),
    Recorded("mariadb", "CURRENT_DATE → curdate()"),
    Recorded("mariadb", "(uuid()) → uuid()"),
    Recorded("mariadb", "(1+2) → (1 + 2)"),
    Recorded("mariadb", '""'),
    Recorded("mariadb", "it's"),
    Recorded("mariadb", "doubled backslash"),
    Recorded("mariadb", 'JSON "{}"'),
    Recorded("mariadb", "NULL → none"),
    Recorded("mariadb", "the Inspector shows None for b'1'"),
    Recorded("mariadb", "the Inspector shows None for lower('A')"),
    Recorded("mariadb", "Identity → AUTO_INCREMENT"),
    Recorded("mysql", "REAL, FLOAT(53) → double"),
    Recorded("mysql", "BLOB(16) → tinyblob"),
    Recorded("mysql", "TEXT(70000) → mediumtext"),
    Recorded("mysql", "NCHAR, NVARCHAR, charset utf8 → utf8mb3"),
    Recorded("mysql", "true/false → 1/0"),
    Recorded("mysql", '"0" → 0.00'),
    Recorded("mysql", "1.5 → 1.50", "in sync"),
    Recorded("mysql", "1e3 → 1000"),
    Recorded("mysql", "now() → current_timestamp()", "in sync"),
    Recorded("mysql", "CURRENT_DATE → curdate()"),
    Recorded("mysql", "(uuid()) → uuid()"),
    Recorded("mysql", "(1+2) → (1 + 2)"),
    Recorded("mysql", '""'),
    Recorded("mysql", "it's"),
    Recorded("mysql", "doubled backslash"),
    Recorded("mysql", "NULL → none"),
    Recorded("mysql", "the Inspector shows None for b'1'"),
    Recorded("mysql", "the Inspector shows None for lower('A')"),
    Recorded("mysql", "Identity → AUTO_INCREMENT"),
    Recorded("sqlite", "UUID → NUMERIC"),
    Recorded("sqlite", "VARBINARY(5) → NUMERIC(5)"),
    Recorded("sqlite", "CLOB → TEXT"),
    Recorded("sqlite", "''"),
    Recorded("sqlite", "it's"),
    Recorded("sqlite", "Identity → none"),
]


def recorded(name: str, fact: str | None) -> Outcome:
    """What this Alembic is expected to say."""
    lines = [one for one in RECORDED if (one.database, one.fact) == (name, fact)]
    return [one.outcome for one in lines if one.since <= ALEMBIC][-1]


@pytest.mark.parametrize(
    ("case", "name"), runs(case for case in CASES if case.fact is not None), ids=str
)
def test_autosync_is_right_and_alembic_is_as_recorded(case: Case, name: str, stage: Stage) -> None:
    with stage.created(case, name) as engine:
        ours = by_autosync(engine, case.metadata())
        theirs = by_alembic(engine, case.metadata())
    alembic = f"Alembic {version('alembic')}"
    print(f"\n{name}, {case.fact}\n  autosync: {ours}\n  {alembic}: {theirs}")  # noqa: T201
    assert ours == IN_SYNC
    before = recorded(name, case.fact)
    assert theirs.outcome == before, (
        f"{alembic} says '{theirs.outcome}' of {case.fact} on {name}, where '{before}' is recorded"
        " of the versions before it: add a line to RECORDED, and run `make compare` again"
    )


def test_every_fact_has_a_case() -> None:
    """It runs, or is listed among what this SQLAlchemy cannot write for the database."""
    recorded = {(one.database, one.fact) for one in RECORDED}
    of_facts = [case for case in ALL_CASES if case.fact is not None]
    shown = {(name, case.fact) for case, name in runs(of_facts)}
    lacking = {(name, c.fact) for c in of_facts for name in c.databases if not takes(name, c)}
    assert shown | (recorded & lacking) == recorded
