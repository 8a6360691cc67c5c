"""The corpus, on every database; and what it has to hold."""

from __future__ import annotations

import pytest

from autosync.rules import RULES
from tests.corpus.case import Case
from tests.corpus.cases import CASES
from tests.corpus.runner import run_case
from tests.servers.database import LiveDatabase

SERVERLESS = {"unknown-change", "missing-right", "shadowed-name", "foreign-key-code"}
"""Rules that no difference can reach: each difference has a rule, and neither rights nor what
others may run is compared. They have tests of their own."""
BY_THEMSELVES = {"index-building", "acceptance-over"}
"""Notes that need another session, or a user's acceptance, and have tests of their own."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, database: LiveDatabase, request: pytest.FixtureRequest) -> None:
    run_case(case, database, request)


def expectations(what: str) -> set[str]:
    """All codes that the corpus expects somewhere."""
    return {
        code
        for case in CASES
        for database in case.databases
        for code in case.expected(what, database).values()
    }


def test_every_rule_has_a_refusing_case() -> None:
    refusing = {code for code, rule in RULES.items() if rule.outcome == "refused"} - SERVERLESS
    noting = {code for code, rule in RULES.items() if rule.outcome == "note"} - BY_THEMSELVES
    assert expectations("refused") == refusing
    assert expectations("notes") == noting


def test_every_refusing_rule_has_a_safe_neighbour() -> None:
    refusing = {code for code, rule in RULES.items() if rule.outcome == "refused"} - SERVERLESS
    neighbours = {case.near for case in CASES if case.near}
    assert neighbours == refusing
    for case in CASES:
        for database in case.databases:
            assert case.near not in case.expected("refused", database).values(), case


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
