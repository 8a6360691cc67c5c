"""The corpus."""

from tests.corpus import additions, refusals

CASES = [*additions.CASES, *refusals.CASES]
