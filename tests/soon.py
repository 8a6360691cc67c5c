"""A limit of time for work that must not take longer than the size of its input allows."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def soon(seconds: float = 1.0, of: str = "") -> Iterator[None]:
    """Fail if the block takes more of the processor's time; ``of`` names what it works on.

    The collector of garbage rests meanwhile: it walks through all that thousands of tests have left
    in this process, which says nothing of the block.
    """
    gc.disable()
    begun = time.process_time()
    try:
        yield
        taken = time.process_time() - begun
    finally:
        gc.enable()
    assert taken < seconds, of
