"""Remedies with hostile names, out of every format, pasted into the databases' own clients."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given
from hypothesis import strategies as st

import autosync
from autosync.plan import Note, Refusal
from autosync.remedy import Sql
from tests.drift.conftest import Ground
from tests.many import EXAMPLES, as_many
from tests.remedies import scratch
from tests.remedies.hostile import OWNED, VICTIM, hostile
from tests.remedies.pasting import FORMATS, paste
from tests.remedies.situations import SITUATIONS, situations
from tests.servers.database import USUAL

AS_MANY = as_many(3, HealthCheck.filter_too_much)


@pytest.mark.parametrize("server", USUAL)
@AS_MANY
@given(data=st.data())
def test_a_remedy_does_what_it_says_or_nothing(
    server: str, data: st.DataObject, ground: Ground
) -> None:
    situation = data.draw(st.sampled_from(situations(server)))
    name = data.draw(hostile(server))
    done = check(server, situation, name, ground)
    assume(done is not None)
    for what, times in (done or {}).items():
        event(what, times)


KNOWN = {
    "line": f"town\n;{VICTIM}\n--",
    "only a line": "town\nx",
    "return": f"town\r;{VICTIM}\r--",
    "separator": f"town\u2028{VICTIM}",
    "quotes": f"town'\";{VICTIM}--",
    "backslash": f"town\\';{VICTIM}--",
    "backtick": f"town`;{VICTIM}--",
    "comment": f"town*/{VICTIM}/*",
    "dashes": f"town--;{VICTIM}",
    "hash": f"town#;{VICTIM}",
    "tab": "town\tx",
    "spaces": "town  x",
    "no break": "town\xa0x",
    "link": "town](x",
    "meta": f"town\n\\!touch {OWNED}\n;",
    "delimiter": f"town\ndelimiter //\n{VICTIM}//",
    "label": f"town\n      do:  {VICTIM}",
    "words": f"town {VICTIM} and some more words, more than fit {VICTIM}"[:54],
}


def known(*whole: str) -> list[Any]:
    """Servers, situations and names: all where many are to be tried, and else all names in some
    situations, and one of them in the others.
    """
    return [
        pytest.param(server, situation, name, id=f"{situation}-{key}-{server}")
        for server in USUAL
        for situation in situations(server)
        for key, name in KNOWN.items()
        if EXAMPLES or key == "line" or situation in whole
    ]


@pytest.mark.parametrize(("server", "situation", "name"), known("renamed table"))
def test_a_name_that_is_known_to_be_hostile(
    server: str, situation: str, name: str, ground: Ground
) -> None:
    assert check(server, situation, name, ground)


def check(server: str, situation: str, name: str, ground: Ground) -> Counter[str] | None:
    """Paste each remedy of a plan, in each of its formats; None if there can be no such name."""
    make = SITUATIONS[situation].make
    if not scratch.is_possible(server, make(name, server), name, ground):
        return None
    with scratch.prepared(server, make(name, server), name, ground) as engine:
        models = make(name, server).models
        plan = autosync.plan(engine, models)
        # what is not known of the rows is refused as well
        offline = autosync.plan(autosync.snapshot(engine, rows=True), models)
    entries: list[Refusal | Note] = [*plan.refused, *plan.notes, *offline.refused]
    assert SITUATIONS[situation].code in {entry.code for entry in entries}, plan
    before, *after = [
        state
        for entry in entries
        for state in scratch.states(server, make(name, server), name, ground, _sql(entry))
    ]
    done: Counter[str] = Counter(plans=1)
    taken = {text for take in FORMATS.values() for one in (plan, offline) for text in take(one)}
    for pasted in filter(str.strip, taken):
        with (
            scratch.prepared(server, make(name, server), name, ground) as engine,
            tempfile.TemporaryDirectory() as folder,
        ):
            Path(folder, "owned.sql").write_text(VICTIM)
            paste(engine, pasted, Path(folder))
            found = scratch.state(engine, server)
            assert found, f"the victim is gone\n{pasted}"
            assert not Path(folder, OWNED).exists(), pasted
            assert found in (before, *after), pasted
        done["pastes"] += 1
        done["pastes not to be copied"] += "not to be copied" in pasted
        done["pastes that did something"] += found != before
    return done


def _sql(entry: Refusal | Note) -> list[str]:
    """The statements of its remedy, also of one that takes more than to run them."""
    return [part.text for part in entry.remedy.parts if isinstance(part, Sql)]
