"""The program as a whole: how it ends when something fails."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import click

from autosync.cli.force import place_of
from autosync.credentials import masked
from autosync.escape import escaped_lines, one_line
from autosync.failures import FAILED, INTERRUPTED, Failure, as_failure

_python_shows = warnings.formatwarning


class Program(click.Group):
    """A group of commands whose every failure is one line on stderr."""

    def list_commands(self, context: click.Context) -> list[str]:
        """What is wanted first comes first."""
        return list(self.commands)

    def main(self, *args: Any, **options: Any) -> Any:
        """Run, and exit with the status that the command returns."""
        if not options.get("standalone_mode", True):
            return super().main(*args, **options)
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except Failure as failure:
            status = _complain(str(failure), failure.status)
        except click.Abort:
            status = _complain("interrupted", INTERRUPTED)
        except click.ClickException as error:
            status = _complain(_usage(error), error.exit_code)
        except Exception as error:  # noqa: BLE001 - Python would print it as it is, and names in it
            status = _complain(str(as_failure(error)), FAILED)
        sys.exit(status)


def shown_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """A warning as Python prints it, fit to be shown: SQLAlchemy's tell of names and types."""
    return escaped_lines(masked(_python_shows(message, category, filename, lineno, line)))


def _complain(message: str, status: int) -> int:
    click.echo(f"autosync: error: {message}", err=True)
    return status


def _usage(error: click.ClickException) -> str:
    place = place_of(error) if isinstance(error, click.BadParameter) else ""
    if place:
        return one_line(masked(f"{place}: {error.message}"))
    message = one_line(masked(error.format_message()))
    context = getattr(error, "ctx", None)
    return f"{message} (see {context.command_path} --help)" if context else message
