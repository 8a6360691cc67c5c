"""Processes that end with the block in which a test works with them."""

from __future__ import annotations

import signal
import subprocess
from typing import Any


class Process(subprocess.Popen[str]):
    """A process that is killed if it still runs at the end of its block."""

    def __exit__(self, *error: Any) -> None:
        if self.poll() is None:
            self.kill()
        super().__exit__(*error)


def listen_to_interrupts() -> None:
    """Let this process and its children be interrupted, also if the one that started it cannot be:
    ``nohup`` and the background jobs of a shell ignore SIGINT, and hand that down.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
