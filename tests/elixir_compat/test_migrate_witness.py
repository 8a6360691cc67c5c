"""sqlalchemy-migrate's `schemadiff` and autosync agree on which tables and columns are missing."""

import pytest
import sqlalchemy as sa

import autosync
from tests.corpus.case import metadata
from tests.corpus.cases import CASES
from tests.corpus.runner import assert_expected, prepare
from tests.elixir_compat.cases import MORE_CASES, NOTHING, WRONG
from tests.elixir_compat.missing import missing_by_plan
from tests.elixir_compat.witness import missing_by_migrate
from tests.realworld.loader import load_release, pairs, releases
from tests.servers.database import SQLALCHEMY


@pytest.mark.parametrize("case", [*CASES, *MORE_CASES], ids=str)
def test_the_corpus(database, case):
    """Every case that 1.4 can declare."""
    if database.name not in case.databases or case.since > SQLALCHEMY:
        return
    if database.name == "postgresql" and database.version < case.server:
        return
    models = metadata(case.models)
    prepare(case, metadata(case.live), database)

    plan = autosync.plan(database.engine, models, **case.options)

    assert_expected(case, database.name, plan)
    if wrong := WRONG.get(case.name):
        assert answer(database.engine, models) == wrong.witness, wrong.because
        assert missing_by_plan(plan) == wrong.missing != wrong.witness
    else:
        assert missing_by_plan(plan) == missing_by_migrate(database.engine, models)


def test_the_witness_is_wrong_about_known_cases_only():
    names = [case.name for case in [*CASES, *MORE_CASES]]
    assert len(names) == len(set(names))
    assert WRONG.keys() <= set(names)


@pytest.mark.parametrize(("old", "new"), pairs())
def test_releases_of_real_applications(database, old, new):
    found = assert_agreement(database.engine, load_release(old), load_release(new))
    assert found == missing_by_names(load_release(old), load_release(new))


@pytest.mark.parametrize("release", releases())
def test_a_release_against_itself(database, release):
    found = assert_agreement(database.engine, load_release(release), load_release(release))
    assert found == NOTHING


def answer(engine, declared):
    """Return what the witness says, or the type of the exception that it dies of."""
    try:
        return missing_by_migrate(engine, declared)
    except sa.exc.SQLAlchemyError as error:
        return type(error)


def assert_agreement(engine, live, declared):
    """Make the live schema, hold our plan against the witness, and return what is missing."""
    live.create_all(engine)
    missing = missing_by_migrate(engine, declared)
    assert missing_by_plan(autosync.plan(engine, declared)) == missing
    return missing


def missing_by_names(live, declared):
    """Return what one MetaData has and the other lacks."""
    tables = declared.tables.keys() - live.tables.keys()
    columns = names_of_columns(declared) - names_of_columns(live)
    return tables, {(table, column) for table, column in columns if table not in tables}


def names_of_columns(models):
    return {(table.key, column.name) for table in models.tables.values() for column in table.c}
