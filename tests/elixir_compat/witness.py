"""An independent witness: what sqlalchemy-migrate finds missing in a database."""

import importlib.metadata
import importlib.util
import warnings
from functools import cache
from types import ModuleType

import sqlalchemy as sa
from sqlalchemy.engine import Engine

Missing = tuple[set[str], set[tuple[str, str]]]


def missing_by_migrate(engine: Engine, metadata: sa.MetaData) -> Missing:
    """Return the tables that are missing, and the (table, column)s missing in existing tables."""
    with warnings.catch_warnings():
        # Reflection warns of types and indexes it cannot read; names are all that counts here.
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        difference = schemadiff().getDiffOfModelAgainstDatabase(metadata, engine)
    columns = {
        (table, column)
        for table, its in difference.tables_different.items()
        for column in its.columns_missing_from_B  # A is the model, B the database
    }
    return set(difference.tables_missing_from_B), columns


@cache
def schemadiff() -> ModuleType:
    """Return `migrate.versioning.schemadiff`, without the package around it.

    `import migrate` gives SQLAlchemy's own Table, Column and Index more base classes, for the whole
    process. autosync must be tested on SQLAlchemy as it is.
    """
    release = importlib.metadata.distribution("sqlalchemy-migrate")
    path = release.locate_file("migrate/versioning/schemadiff.py")
    spec = importlib.util.spec_from_file_location("migrate_schemadiff", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
