"""Whether a server is a node of a Galera cluster, and of how many."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import Connection

IS_NODE = text("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'")
NODES = text("SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size'")


def is_node(connection: Connection) -> bool:
    """Whether what is done here is done on other servers at once."""
    row = connection.execute(IS_NODE).first()
    return row is not None and str(row[1]).upper() == "ON"


def nodes(connection: Connection) -> int:
    """How many nodes there are; none where there is no cluster."""
    size = connection.execute(NODES).first() if is_node(connection) else None
    return int(size[1]) if size else 0
