"""The corpus."""

from tests.corpus import additions, limits, refusals, renames, views

CASES = [*additions.CASES, *limits.CASES, *refusals.CASES, *renames.CASES, *views.CASES]
