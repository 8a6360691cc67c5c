"""Small repositories of Alembic, written for one test."""

from __future__ import annotations

import shutil
from pathlib import Path
from textwrap import dedent, indent

from tests.revisions.library import REPOSITORIES

ENV = (REPOSITORIES["alembic"] / "env.py").read_text()


def repository(folder: Path, env: str = ENV) -> Path:
    """An empty one."""
    made = folder / "revisions"
    (made / "versions").mkdir(parents=True)
    (made / "env.py").write_text(env)
    return made


def add(made: Path, name: str, body: str, *after: str, first: str = "") -> None:
    """One more revision, with this body of upgrade(), after those; ``first`` goes before it."""
    down = repr(after) if len(after) > 1 else repr(after[0]) if after else "None"
    text = (
        f'"""what {name} does"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n{first}\n'
        f"revision = {name!r}\ndown_revision = {down}\n\n\ndef upgrade() -> None:\n"
        f"{indent(dedent(body).strip(), '    ')}\n"
    )
    (made / "versions" / f"{name}.py").write_text(text)
    shutil.rmtree(made / "versions" / "__pycache__", ignore_errors=True)


def table(name: str) -> str:
    """The body that makes a table."""
    return f'op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True))'
