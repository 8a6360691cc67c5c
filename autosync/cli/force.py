"""What the current command is told, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from autosync import config
from autosync.cli.options import CONFIGURATION, KEYS
from autosync.config import Configuration
from autosync.credentials import without_secrets

PLACES = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT: "default",
}


class Told(NamedTuple):
    """One value that is in force, and the place that it came from."""

    name: str
    value: Any
    place: str


def in_force() -> Iterator[Told]:
    """What the current command is told, and by whom, but for what a URL hides."""
    context = click.get_current_context()
    configuration: Configuration = context.meta[CONFIGURATION]
    yield Told("config", str(configuration.path or "(none)"), "")
    for name, value in context.params.items():
        key = {option: key for key, option in KEYS.items()}.get(name, name)
        filed = configuration.settings.get(key)
        source = context.get_parameter_source(name)
        if source is ParameterSource.DEFAULT_MAP and filed is not None:
            one = Told(key, filed.value, filed.place)
        else:
            one = Told(key, value, "default" if source is None else PLACES.get(source, "default"))
        hides = key == "url" and one.value is not None
        yield one._replace(value=without_secrets(one.value)) if hides else one
    accepted = configuration.settings.get(config.ACCEPT)
    if accepted is not None:
        yield Told(config.ACCEPT, accepted.value, accepted.place)
