"""`make demo`, but for the virtual environment."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

RunExample = Callable[[str], str]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, for the demo alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(folder))
    return folder


def test_the_demo_tells_the_whole_story(run: RunExample, temporary: Path) -> None:
    output = run("demo/run.py")
    steps = re.split(r"\n\d\. .*\n-+\n", output)[1:]
    old, dry_run, sync, remedy, rows, use, again = steps

    assert "Amara Okafor     0151 220 17  0151 220 18" in old
    assert "state" not in old

    assert "sqlite: 9 to be applied, 3 refused, 3 notes" in dry_run
    for line in (
        "+ table mechanic",
        "+ column job.finished_on",
        "ALTER TABLE customer ADD COLUMN reminders BOOLEAN DEFAULT 1 NOT NULL",
        "ALTER TABLE job ADD COLUMN state VARCHAR(9) DEFAULT 'received' NOT NULL",
        "ALTER TABLE job ADD COLUMN mechanic_id INTEGER REFERENCES mechanic (id)",
        "CREATE INDEX ix_job_mechanic_id ON job (mechanic_id)",
        "CREATE UNIQUE INDEX uq_customer_email ON customer (email)",
        "x column bike.wheel_size  [not-null-without-default]",
        "x column customer.phone_number  [likely-rename]",
        "x column job.task  [column-nullable]",
        "do:  ALTER TABLE customer RENAME COLUMN phone TO phone_number;",
        "- column customer.fax: only the database has it",
        "- table voucher: only the database has it",
    ):
        assert line in dry_run

    assert "8 statements, just as in the dry run." in sync
    assert "Refused, and left as it is: bike.wheel_size, customer.phone_number, job.task." in sync
    assert "ALTER TABLE customer RENAME COLUMN phone TO phone_number;" in remedy

    assert re.search(r"Amara Okafor +0151 220 17 +0151 220 18 +- +1", rows)
    assert re.search(r"true rear wheel +2024-03-05 +received +- +-", rows)
    assert "10 of 10 rows hold what they held before." in rows

    assert "Jonas Lindqvist <jonas@example.org>: Crescent Elder, repaired by Noor" in use
    assert "Still to be repaired: 2" in use
    assert "UNIQUE constraint failed: customer.email" in use

    assert "0 statements: there is nothing to do." in again
    assert "Still refused: bike.wheel_size, job.task." in again

    assert len(output.splitlines()) <= 120
    assert list(temporary.iterdir()) == []
