"""A lending library that starts: its revisions first, then what the entities need besides.

    python examples/lending_library/main.py alembic_revisions
    python examples/lending_library/main.py migrate_revisions   # with SQLAlchemy 1.4

Its books are in library.db, or where DATABASE_URL says. The little Elixir is that of the example
beside this one.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(1, str(HERE.parent / "elixir_style"))

import model  # noqa: E402
from entity import metadata, session, setup_all  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402

import autosync  # noqa: E402


def setup_model(repository: Path) -> autosync.Report:
    """Where migrate_model() and create_all() used to be called, before anything else happens."""
    setup_all()
    return autosync.sync(metadata.bind, metadata, revisions=repository)


if __name__ == "__main__":
    metadata.bind = create_engine(os.environ.get("DATABASE_URL", "sqlite:///library.db"))
    session.configure(bind=metadata.bind)

    report = setup_model(HERE / sys.argv[1])

    print(report)
    for loan in session.query(model.Loan).order_by(model.Loan.id):
        until = loan.returned_on or f"due on {loan.due_on}"
        print(f"{loan.member.name}: {loan.book.title} by {loan.book.author.name}, {until}")
    session.remove()
    metadata.bind.dispose()
