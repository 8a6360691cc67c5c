"""Where autosync logs. What is put into a line is shown escaped, so that it can be none of its own
making: names come from the database, and so does what a server says.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from autosync.credentials import said
from autosync.escape import escaped_lines

NAME = "autosync"


class _Escaping(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, its arguments escaped, and errors without secrets."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_shown, record.args))
        return True


def _shown(argument: object) -> str:
    return escaped_lines(said(argument) if isinstance(argument, Exception) else str(argument))


log = logging.getLogger(NAME)
log.addFilter(_Escaping())


@contextmanager
def others_masked(mask: Callable[[str], str]) -> Iterator[None]:
    """A block in which nobody logs what is to be hidden: no driver, nor SQLAlchemy at its loudest.

    For a whole process, as a command is one.
    """
    make = logging.getLogRecordFactory()

    def masking(name: str, *arguments: Any, **options: Any) -> logging.LogRecord:
        record = make(name, *arguments, **options)
        return record if name.partition(".")[0] == NAME else _without_secrets(record, mask)

    logging.setLogRecordFactory(masking)
    try:
        yield
    finally:
        if logging.getLogRecordFactory() is masking:
            logging.setLogRecordFactory(make)


def _without_secrets(record: logging.LogRecord, mask: Callable[[str], str]) -> logging.LogRecord:
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001  the arguments do not fit, and may be anything
        text = str(record.msg)
    record.msg, record.args = mask(text), None
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = mask("".join(traceback.format_exception(*record.exc_info)).rstrip())
        record.exc_info = None
    return record
