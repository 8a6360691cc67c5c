"""Empty repositories, to be written into."""

from __future__ import annotations

from pathlib import Path

from tests.revisions.scripts import ENV

MAKO = '''"""${message}"""

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''
CFG = """\
[db_settings]
repository_id = shop
version_table = migrate_version
required_dbs = []
"""


def alembic(folder: Path) -> Path:
    """One of Alembic."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    (folder / "script.py.mako").write_text(MAKO)
    return folder


def migrate(folder: Path) -> Path:
    """One of sqlalchemy-migrate."""
    (folder / "versions").mkdir(parents=True)
    (folder / "migrate.cfg").write_text(CFG)
    return folder
