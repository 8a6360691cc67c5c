"""Lets an env.py of any of Alembic's templates run on our connection, in somebody's application.

Those of old templates are in use for ever: nobody writes an env.py twice.
"""

from __future__ import annotations

import logging.config
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy.engine import Connection


@contextmanager
def logging_kept(file: str | None) -> Iterator[None]:
    """Ignore ``fileConfig()`` of this file, as long as the block lasts.

    All templates call it with the name of their configuration file, the old ones without asking
    whether there is one. For a program of its own that is right, but here it would close the
    handlers of the application. That of another file, in whichever thread, does what it does.
    """
    original = logging.config.fileConfig
    ours = str(file)
    within = True

    def file_config(fname: Any, *arguments: Any, **options: Any) -> None:
        if not (within and str(fname) == ours):
            original(fname, *arguments, **options)

    logging.config.fileConfig = file_config
    try:
        yield
    finally:
        logging.config.fileConfig = original
        within = False  # for whoever has imported it meanwhile


@contextmanager
def branching(connection: Connection) -> Iterator[Connection]:
    """Give a connection the ``connect()`` that it had before SQLAlchemy 2, in this block.

    Alembic's cookbook had ``with connectable.connect() as connection:`` for a connection, too.
    """
    if hasattr(connection, "connect"):
        yield connection
        return
    own = vars(connection)
    own["connect"] = lambda: nullcontext(connection)
    try:
        yield connection
    finally:
        del own["connect"]
