"""What the current command is told, and by whom."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from autosync import config
from autosync.addresses import HIDDEN, without_secrets
from autosync.cli.options import CONFIGURATION, KEYS
from autosync.config import Configuration

PLACES = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT: "default",
}


def place_of(error: click.BadParameter) -> str:
    """Where a wrong value came from: the key of the file, or the variable; empty if neither."""
    context, option = error.ctx, error.param
    if context is None or option is None or option.name is None:
        return ""
    source = context.get_parameter_source(option.name)
    if source is ParameterSource.DEFAULT_MAP:
        configuration: Configuration = context.meta[CONFIGURATION]
        return configuration.settings[key_of(option.name)].place
    if source is ParameterSource.ENVIRONMENT:
        names = [option.envvar] if isinstance(option.envvar, str) else option.envvar or ()
        return next((name for name in names if os.environ.get(name)), "")
    return ""


def key_of(option: str) -> str:
    """The key of the configuration file that is an option's."""
    return {name: key for key, name in KEYS.items()}.get(option, option)


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
        key = key_of(name)
        filed = configuration.settings.get(key)
        source = context.get_parameter_source(name)
        if source is ParameterSource.DEFAULT_MAP and filed is not None:
            one = Told(key, filed.value, filed.place)
        else:
            one = Told(key, value, "default" if source is None else PLACES.get(source, "default"))
        hides = key == "url" and one.value is not None
        yield one._replace(value=without_secrets(one.value)) if hides else one
    lock_key = configuration.settings.get("lock_key")
    if lock_key is not None:
        yield Told("lock_key", HIDDEN, lock_key.place)
    accepted = configuration.settings.get(config.ACCEPT)
    if accepted is not None:
        yield Told(config.ACCEPT, accepted.value, accepted.place)
