"""The story that autosync began with: Elixir's `setup_all()`, and then one more line."""

from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlalchemy.orm

import autosync
from autosync.source import located
from tests.elixir_compat import entities
from tests.elixir_compat.entities import (
    NEW_COLUMNS,
    NEW_TABLES,
    entities_with_required_field,
    new_entities,
    old_entities,
)
from tests.elixir_compat.missing import missing_by_plan, names
from tests.elixir_compat.witness import missing_by_migrate


@pytest.fixture
def bound(elixir, database):
    """Elixir, bound to a fresh database."""
    elixir.metadata.bind = database.engine
    yield elixir
    elixir.cleanup_all()
    elixir.metadata.bind = None


@pytest.fixture
def first_release(bound):
    """Elixir after the first release: its tables hold rows, its entities are forgotten."""
    old = old_entities(bound)
    bound.setup_all(create_tables=True)
    scott = old.Director(name="Ridley Scott")
    old.Movie(title="Alien", year=1979, director=scott)
    old.Movie(title="Blade Runner", year=1982, director=scott)
    old.Movie(title="Łódź, %s :x", year=None)
    bound.session.commit()
    bound.cleanup_all()
    return bound


@pytest.fixture
def second_release(first_release):
    """The entities of the second release, after the one line."""
    new = new_entities(first_release)
    first_release.setup_all()
    autosync.sync(first_release.metadata.bind, first_release)
    return new


def test_elixir_itself_works(first_release):
    old = old_entities(first_release)
    first_release.setup_all()
    assert [movie.title for movie in old.Director.query.one().movies] == ["Alien", "Blade Runner"]


def test_cleanup_all_leaves_other_models_alone(elixir):
    base = sa.orm.declarative_base()
    other = type(
        "Other", (base,), {"__tablename__": "other", "id": sa.Column(sa.Integer, primary_key=True)}
    )
    elixir.cleanup_all()
    assert sa.inspect(other).local_table.name == "other"


def test_the_witness_sees_what_the_second_release_needs(first_release):
    new_entities(first_release)
    first_release.setup_all()
    missing = missing_by_migrate(first_release.metadata.bind, first_release.metadata)
    assert missing == (NEW_TABLES, NEW_COLUMNS)


def test_setup_all_alone_does_not_add_columns(first_release):
    new = new_entities(first_release)
    first_release.setup_all(create_tables=True)
    with pytest.raises(sa.exc.DBAPIError, match="copies"):
        new.Movie.query.all()


def test_the_plan_says_what_the_witness_says(first_release):
    new_entities(first_release)
    first_release.setup_all()
    plan = autosync.plan(first_release.metadata.bind, first_release)
    assert missing_by_plan(plan) == (NEW_TABLES, NEW_COLUMNS)
    assert not plan.refused
    assert not plan.undecided


def test_one_line_after_setup_all(first_release):
    new_entities(first_release)
    first_release.setup_all()
    report = autosync.sync(first_release.metadata.bind, first_release)
    assert names(report.applied) == (NEW_TABLES, NEW_COLUMNS)
    assert report.in_sync
    missing = missing_by_migrate(first_release.metadata.bind, first_release.metadata)
    assert missing == (set(), set())


def test_the_second_sync_has_nothing_to_do(first_release, second_release):
    report = autosync.sync(first_release.metadata.bind, first_release)
    assert report.in_sync
    assert not report.applied
    assert not report.statements


def test_old_rows_are_intact_and_have_the_scalar_defaults(second_release):
    movies = second_release.Movie.query.order_by(second_release.Movie.id).all()
    assert [(movie.id, movie.title, movie.year) for movie in movies] == [
        (1, "Alien", 1979),
        (2, "Blade Runner", 1982),
        (3, "Łódź, %s :x", None),
    ]
    assert [movie.director and movie.director.name for movie in movies] == [
        "Ridley Scott",
        "Ridley Scott",
        None,
    ]
    for movie in movies:
        assert (movie.copies, movie.status, movie.on_loan) == (1, "it's in", False)
        assert (movie.notes, movie.studio, movie.genres) == (None, None, [])


def test_new_entities_can_be_written(first_release, second_release):
    new, session = second_release, first_release.session
    alien = new.Movie.get_by(title="Alien")
    alien.studio = new.Studio(name="Fox")
    alien.genres = [new.Genre(name="horror"), new.Genre(name="space")]
    new.Movie(title="Brazil", copies=2, on_loan=True, studio=alien.studio)
    session.commit()
    session.remove()
    assert [movie.title for movie in new.Studio.query.one().movies] == ["Alien", "Brazil"]
    assert {genre.name for genre in new.Movie.get_by(title="Alien").genres} == {"horror", "space"}
    brazil = new.Movie.get_by(title="Brazil")
    assert (brazil.copies, brazil.status, brazil.on_loan) == (2, "it's in", True)


def test_the_first_release_still_writes(first_release, second_release):
    first_release.cleanup_all()
    old = old_entities(first_release)
    first_release.setup_all()
    old.Movie(title="Legend", year=1985)
    first_release.session.commit()
    assert old.Movie.query.count() == 4


def test_new_relations_are_held_by_the_database(first_release, second_release):
    inspector = sa.inspect(first_release.metadata.bind)
    keys = {
        (key["constrained_columns"][0], key["referred_table"])
        for table in ("movie", "movie_genre")
        for key in inspector.get_foreign_keys(table)
    }
    assert keys == {
        ("director_id", "director"),
        ("studio_id", "studio"),
        ("movie_id", "movie"),
        ("genre_id", "genre"),
    }
    indexed = {tuple(index["column_names"]) for index in inspector.get_indexes("movie")}
    assert {("director_id",), ("studio_id",)} <= indexed


def test_a_required_field_without_default_is_refused(first_release):
    entities_with_required_field(first_release)
    first_release.setup_all()
    report = autosync.sync(first_release.metadata.bind, first_release)
    assert names(report.applied) == (set(), {("movie", "shelf")})
    assert names(report.refused) == (set(), {("movie", "barcode")})
    with first_release.metadata.bind.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM movie").scalar() == 3


def test_an_entry_has_its_line_in_the_entity(first_release):
    new_entities(first_release)
    first_release.setup_all()
    plan = located(autosync.plan(first_release.metadata.bind, first_release), first_release)
    lines = Path(entities.__file__).read_text().splitlines()
    said = {
        entry.object: lines[entry.location.line - 1].strip()
        for entry in plan.pending
        if entry.location is not None
    }
    assert said["studio"] == "class Studio(elixir.Entity):"
    assert said["movie.notes"] == "notes = elixir.Field(elixir.UnicodeText)"
    assert said["movie.studio_id"] == 'studio = elixir.ManyToOne("Studio")'
