"""The time that everything together may take, and how it is spent on waiting."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

PATIENCE = (0.05, 0.1)
"""Seconds to wait for a lock at each try; the last for all further ones (facts, section 2).

As long as we wait, so does the application, and a statement may need two locks.
"""
PAUSE = 0.15
"""The longest pause between two tries, in seconds; the length of each is chosen at random."""
LONGEST_PAUSE = 1.0
"""The longest pause between two looks at a database that somebody else is to change."""


class Deadline:
    """One deadline for everything, and the tries within it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def passed(self) -> bool:
        """Whether it has."""
        return time.monotonic() >= self._end

    def left(self) -> float:
        """How many seconds are left; none are if it has passed."""
        return max(self._end - time.monotonic(), 0.0)

    def polls(self) -> Iterator[None]:
        """Look, and look again after a pause, at last when the deadline has passed.

        A pause grows up to ``LONGEST_PAUSE``, the sooner the longer a look takes.
        """
        pause = PAUSE
        while True:
            begun = time.monotonic()
            yield
            if self.passed():
                return
            pause = min(max(2 * pause, time.monotonic() - begun), LONGEST_PAUSE)
            time.sleep(min(random.uniform(pause / 2, pause), self.left()))

    def tries(self) -> Iterator[float]:
        """The patience of each try, with a pause before every one but the first."""
        for number in range(10**9):
            if number:
                time.sleep(random.uniform(PAUSE / 10, PAUSE))
            yield PATIENCE[min(number, len(PATIENCE) - 1)]
            if self.passed():
                return
