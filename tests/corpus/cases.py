"""The corpus."""

from tests.corpus import additions, refusals, renames

CASES = [*additions.CASES, *refusals.CASES, *renames.CASES]
