"""upgrade() with sqlalchemy-migrate: what it alone has, and SQLAlchemy 2, which it has not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

import autosync
from tests.revisions.library import LATEST, REPOSITORIES, entities, rows, table_names
from tests.revisions.processes import alone
from tests.servers.database import SQLALCHEMY, LiveDatabase

LIBRARY = REPOSITORIES["sqlalchemy-migrate"]
ONLY_1_4 = pytest.mark.skipif(SQLALCHEMY >= (2, 0), reason="sqlalchemy-migrate needs 1.4")
ONLY_2 = pytest.mark.skipif(SQLALCHEMY < (2, 0), reason="sqlalchemy-migrate can be imported")
TABLE = """
from sqlalchemy import Column, Integer, MetaData, Table

def upgrade(migrate_engine):
    Table("{}", MetaData(bind=migrate_engine), Column("id", Integer, primary_key=True)).create()
"""


def repository(folder: Path, name: str, *scripts: tuple[str, str]) -> Path:
    """A repository of this name, with these files and their texts."""
    made = folder / name
    (made / "versions").mkdir(parents=True)
    (made / "migrate.cfg").write_text(
        f"[db_settings]\nrepository_id={name}\nversion_table=migrate_version\nrequired_dbs=[]\n"
    )
    for file, text in scripts:
        (made / "versions" / file).write_text(text)
    return made


def versions(database: LiveDatabase) -> list[tuple[object, ...]]:
    query = "SELECT repository_id, version FROM migrate_version ORDER BY repository_id"
    return rows(database.engine, query)


@ONLY_1_4
def test_several_repositories_in_one_database(database: LiveDatabase, tmp_path: Path) -> None:
    shop = repository(tmp_path, "shop", ("001_a.py", TABLE.format("a")))
    forum = repository(tmp_path, "forum", ("001_b.py", TABLE.format("b")))
    assert alone("upgrade", database.url, shop).said == ""

    refused = alone("upgrade", database.url, forum)
    assert refused.error == "NotUnderVersionControl"
    assert f"--revisions {forum} --stamp 0" in refused.said
    done = alone("upgrade", database.url, forum, stamp="0")
    assert (done.said, done.report.after) == ("", ("1",))
    assert versions(database) == [("forum", 1), ("shop", 1)]
    assert table_names(database.engine) == {"a", "b", "migrate_version"}

    (shop / "versions" / "002_c_default_upgrade.sql").write_text("CREATE TABLE c (id INTEGER);")
    assert alone("upgrade", database.url, shop).report.revisions[0].title == "c"
    assert versions(database) == [("forum", 1), ("shop", 2)]


@ONLY_1_4
def test_what_failed_leaves_the_rest_undone(database: LiveDatabase, tmp_path: Path) -> None:
    bad = "CREATE TABLE half (id INTEGER);\nthis is no statement;"
    scripts = [("001_a.py", TABLE.format("a")), ("002_bad_default_upgrade.sql", bad)]
    shop = repository(tmp_path, "shop", *scripts)
    failed = alone("upgrade", database.url, shop)
    assert failed.error == "RevisionFailed"
    assert f"revision 2 bad of {shop} failed" in failed.said
    if database.name == "mariadb":
        assert "half done" in failed.said
        assert table_names(database.engine) == {"a", "half", "migrate_version"}
        assert versions(database) == [("shop", 1)]
        assert failed.report.after == ("1",)
    else:
        assert table_names(database.engine) == set()
        assert failed.report.after == ()


@ONLY_1_4
def test_what_a_script_rolls_back_is_rolled_back(database: LiveDatabase, tmp_path: Path) -> None:
    """Its transactions are its own, though all of them are in ours."""
    script = TABLE.format("a") + (
        "    connection = migrate_engine.connect()\n"
        "    for number, end in ((1, 'rollback'), (2, 'commit')):\n"
        "        transaction = connection.begin()\n"
        "        connection.execute('INSERT INTO a VALUES (%d)' % number)\n"
        "        getattr(transaction, end)()\n"
        "    connection.close()\n"
        "    migrate_engine.execute('INSERT INTO a VALUES (3)')\n"
    )
    shop = repository(tmp_path, "shop", ("001_a.py", script))
    assert alone("upgrade", database.url, shop, legacy=False).said == ""
    assert rows(database.engine, "SELECT id FROM a ORDER BY id") == [(2,), (3,)]


@ONLY_1_4
def test_the_version_table_is_the_real_one(database: LiveDatabase) -> None:
    """What autosync stamps, sqlalchemy-migrate itself understands."""
    assert alone("sync", database.url, LIBRARY).report.upgrade.stamped
    url = database.url.render_as_string(hide_password=False)
    asked = f"print(db_version({url!r}, {str(LIBRARY)!r}))"
    program = f"from migrate.versioning.api import db_version; {asked}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == LATEST["sqlalchemy-migrate"]


@ONLY_2
def test_with_sqlalchemy_2(database: LiveDatabase, tmp_path: Path) -> None:
    with pytest.raises(autosync.UnusableRepository) as caught:
        autosync.upgrade(database.engine, LIBRARY)
    said = str(caught.value)
    assert f"cannot be imported with SQLAlchemy {sa.__version__}" in said
    assert "pending: 1 members and books, 2 loans, 3 isbn, 4 authors" in said
    assert "sqlalchemy-autosync[migrate]" in said
    assert [one.id for one in caught.value.report.pending] == [str(n) for n in range(1, 13)]
    assert table_names(database.engine) == set()

    # what needs none of it to run works: a new database, and one that is at the latest
    report = autosync.sync(database.engine, entities(), revisions=LIBRARY)
    assert report.upgrade is not None
    assert (report.upgrade.stamped, report.upgrade.after) == (True, ("12",))
    assert versions(database) == [("lending_library", 12)]
    assert autosync.sync(database.engine, entities(), revisions=LIBRARY).in_sync
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE migrate_version SET version = 11")
    plan = autosync.plan(database.engine, entities(), revisions=LIBRARY)
    assert [entry.name for entry in plan.pending] == ["12"]
    with pytest.raises(autosync.UnusableRepository):
        autosync.sync(database.engine, entities(), revisions=LIBRARY)


def test_what_is_wrong_with_it(sqlite: LiveDatabase, tmp_path: Path) -> None:
    shop = repository(tmp_path, "shop", ("001_a.py", TABLE.format("a")))
    with pytest.raises(autosync.UnknownRevision, match="has no version 7; it has 1"):
        autosync.upgrade(sqlite.engine, shop, stamp="7")
    (shop / "migrate.cfg").write_text("[db_settings]\n")
    with pytest.raises(autosync.InvalidRepository, match="repository_id"):
        autosync.current(sqlite.engine, shop)
    assert table_names(sqlite.engine) == set()
