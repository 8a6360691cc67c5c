"""How many examples Hypothesis tries: a few, which are the same in every test run, or as many as
AUTOSYNC_EXAMPLES says (`make fuzz`), which are other ones each time.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

EXAMPLES = os.environ.get("AUTOSYNC_EXAMPLES")


def as_many(few: int, *unchecked: HealthCheck, **more: Any) -> settings:
    """The settings of a property of which a test run tries a few examples.

    An example may take long, for it is tried on a server; what else is ``unchecked`` is named.
    """
    return settings(
        max_examples=int(EXAMPLES or few),
        derandomize=EXAMPLES is None,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, *unchecked],
        **more,
    )
