"""Where autosync logs. What is put into a line is shown escaped, so that it can be none of its own
making: names come from the database, and so does what a server says.
"""

from __future__ import annotations

import logging

from autosync.escape import escaped_lines


class _Escaping(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, its arguments escaped."""
        if isinstance(record.args, tuple):
            record.args = tuple(escaped_lines(str(argument)) for argument in record.args)
        return True


log = logging.getLogger("autosync")
log.addFilter(_Escaping())
