"""Files that nobody else may read, and that are whole or as they were."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

OURS_ALONE = 0o600


def write(path: Path, data: bytes) -> None:
    """Write a file, in one step. Raises ``OSError``, and then leaves what there was.

    A new file is for its owner alone, and one of ours that is there keeps its mode. A link of ours
    is followed, and a pipe or a device is written to. What another user has put in the place is
    replaced: in a folder for all it might lead to where only we can write, or be read by others.
    """
    if not _is_ours(_stat(path, follow=False)):
        _replace(path, data, OURS_ALONE)
        return
    found = _stat(path)
    if found is not None and not stat.S_ISREG(found.st_mode):
        path.write_bytes(data)
        return
    mode = found.st_mode if found is not None and _is_ours(found) else OURS_ALONE
    _replace(path.resolve(), data, stat.S_IMODE(mode))


def _stat(path: Path, *, follow: bool = True) -> os.stat_result | None:
    try:
        return path.stat(follow_symlinks=follow)
    except FileNotFoundError:
        return None


def _is_ours(found: os.stat_result | None) -> bool:
    """Whether it is ours, or the system's; where files have no owners, all are."""
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    return found is not None and found.st_uid in (0, user)


def _replace(path: Path, data: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=".autosync-", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        made.chmod(mode)
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
