"""The corpus."""

from tests.corpus import additions, refusals, renames, views

CASES = [*additions.CASES, *refusals.CASES, *renames.CASES, *views.CASES]
