"""The name of the lock between synchronizers, which only those should know who synchronize."""

from __future__ import annotations

import hmac

NO_SECRET = b"autosync"


def lock_digest(database: str, secret: str | None, purpose: str = "") -> bytes:
    """32 bytes that stand for a database, a purpose and, if there is one, a secret.

    Any login of a server may take any lock, if it knows its name. Without a secret, who knows the
    database knows the name.
    """
    key = NO_SECRET if secret is None else secret.encode()
    return hmac.digest(key, f"{database}\0{purpose}".encode(), "sha256")
