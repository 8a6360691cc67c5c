"""A Galera cluster of MariaDB for a test run: three nodes on ports of this machine."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

import pymysql

from tests.servers import programs
from tests.servers.base import Missing, free_port
from tests.servers.mariadb import MariaDB

NODES = 3
LIBRARIES = ("usr/lib/galera/libgalera_smm.so", "usr/lib/libgalera_smm.so")
SOON = 60.0
"""Seconds in which a node must have joined."""


class Cluster:
    """Three servers of one version, which are stopped at the end of a `with` block."""

    def __init__(self, version: str | None = None) -> None:
        self.tree = programs("mariadb", version)
        self.library = library(self.tree)
        self.nodes: list[MariaDB] = []

    def __enter__(self) -> Cluster:
        try:
            ports = [free_port() for _ in range(NODES)]
            for port in ports:
                others = ",".join(f"127.0.0.1:{one}" for one in ports) if self.nodes else ""
                options = self.options(port, f"gcomm://{others}")
                self.nodes.append(MariaDB(tree=self.tree, options=options))
                self.wait(len(self.nodes))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        while self.nodes:
            self.nodes.pop().stop()

    def options(self, port: int, address: str) -> list[str]:
        """Return what makes a server a node; the first one makes the cluster."""
        provider = {
            "gmcast.listen_addr": f"tcp://127.0.0.1:{port}",
            "ist.recv_addr": f"127.0.0.1:{free_port()}",
            "gcache.size": "64M",
            "pc.recovery": "false",
        }
        return [
            "--wsrep-on=ON",
            f"--wsrep-provider={self.library}",
            f"--wsrep-cluster-address={address}",
            "--wsrep-cluster-name=autosync",
            f"--wsrep-node-address=127.0.0.1:{port}",
            f"--wsrep-provider-options={';'.join(f'{k}={v}' for k, v in provider.items())}",
            "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address=127.0.0.1:{free_port()}",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
        ]

    def wait(self, size: int) -> None:
        """Wait until the newest node is in step with all that there are."""
        end = time.monotonic() + SOON
        wanted = {"wsrep_local_state_comment": "Synced", "wsrep_cluster_size": str(size)}
        while True:
            with suppress(pymysql.Error), pymysql.connect(**self.nodes[-1].dsn()) as connection:
                cursor = connection.cursor()
                cursor.execute("SHOW GLOBAL STATUS LIKE 'wsrep%'")
                if wanted.items() <= dict(cursor.fetchall()).items():
                    return
            if time.monotonic() > end:
                raise RuntimeError(f"the cluster has no {size} nodes after {SOON:g} seconds")
            time.sleep(0.1)


def library(tree: Path | None) -> Path:
    """Return the path of Galera, or raise `Missing`."""
    found = next((p for one in LIBRARIES if (p := Path(tree or "/", one)).is_file()), None)
    if found is None or shutil.which("rsync") is None:
        raise Missing("Galera needs galera-4 and rsync: apt-get install galera-4 rsync")
    return found
