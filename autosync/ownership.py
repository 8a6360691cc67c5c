"""Whose a file is that nobody named. What others wrote decides nothing, as with git.

Whoever may write into a folder above ours could otherwise say which database is changed, and which
code is imported. A file that is given by hand is followed, whosesoever it is.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

ROOT = 0
SUDO = "SUDO_UID"


def distrust(path: Path, found: os.stat_result, named: Path | None = None) -> str:
    """Why a file is not to be followed that was ``found`` and not named, empty if it may be.

    It may be ours or root's; and whoever has the file or folder that was ``named``, beside which it
    was found, is trusted anyway.
    """
    if not hasattr(os, "geteuid"):
        return ""  # Windows has no number of an owner, and nobody else writes to its home folders
    owners = _trusted() | ({named.stat().st_uid} if named is not None else set())
    return next(_doubts(path, found, owners), "")


def _trusted() -> set[int]:
    """We ourselves and root; and if we are root by sudo, who we were before, as git has it."""
    before = os.environ.get(SUDO, "")
    is_sudo = os.geteuid() == ROOT and before.isdecimal()
    return {ROOT, os.geteuid(), *([int(before)] if is_sudo else [])}


def _doubts(path: Path, found: os.stat_result, owners: set[int]) -> Iterator[str]:
    # a link may be another's than what it points at, and whoever has the folder can move files into
    # it; that others can write to the folder is no matter: what they put there is their own
    places = {"it": path.lstat(), "the file": found, "its folder": path.parent.stat()}
    for what, status in places.items():
        if status.st_uid not in owners:
            yield f"{what} belongs to {_user(status.st_uid)}, and you are {_user(os.geteuid())}"
    file = shlex.quote(str(path))
    if found.st_mode & stat.S_IWOTH:
        yield f"anybody can write to it (chmod o-w {file})"
    if found.st_mode & stat.S_IWGRP and found.st_gid not in _groups(found.st_uid):
        yield f"{_group(found.st_gid)} can write to it, and you are not in that (chmod g-w {file})"


def _groups(owner: int) -> set[int]:
    """Groups that may write: root's, ours, and the one that a file of its owner usually has."""
    import pwd  # not everywhere

    ours = {ROOT, os.getegid(), *os.getgroups()}
    try:
        return {*ours, pwd.getpwuid(owner).pw_gid}
    except KeyError:
        return ours


def _user(number: int) -> str:
    import pwd

    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"the user number {number}"


def _group(number: int) -> str:
    import grp

    try:
        return f"the group {grp.getgrgid(number).gr_name}"
    except KeyError:
        return f"the group number {number}"
