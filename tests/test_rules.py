"""Rules as such: default deny, and what each has to say of itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from autosync.changes import Change
from autosync.rules import RULES, Rule, judge

# a difference that no rule knows asks for none, but whether it is selected
NO_FACTS = cast(Any, SimpleNamespace(is_selected=lambda change: True))


@pytest.mark.parametrize("difference", ["missing_in_action", "type", "extra"])
def test_an_unknown_difference_is_refused(difference: str) -> None:
    """Whatever a comparison may find one day, it is not applied because no rule spoke of it."""
    change = Change("sequence", difference, (None, "numbers"))
    (verdict,) = judge([change], NO_FACTS)
    assert not verdict.additive
    assert verdict.rule is RULES["unknown-change"]


def test_what_is_uncertain_is_never_applied() -> None:
    """An addition that the comparison is not sure of is undecided, not pending."""
    change = Change("table", "missing", (None, "users"), certain=False)
    (verdict,) = judge([change], NO_FACTS)
    assert not verdict.additive
    assert verdict.rule is None


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_speaks_for_itself(rule: Rule) -> None:
    """`autosync explain` and the README's table have something to show."""
    assert rule.title[0].isupper()
    assert rule.explanation.endswith(".")
    assert rule.consequence or rule.outcome == "note"
    assert rule.code == rule.code.lower()
    assert " " not in rule.code
