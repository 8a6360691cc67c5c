"""Two releases of an application's models, written with Elixir."""

from types import ModuleType, SimpleNamespace


def old_entities(elixir: ModuleType) -> SimpleNamespace:
    """Declare the models of the first release."""

    class Director(elixir.Entity):
        elixir.using_options(tablename="director")
        name = elixir.Field(elixir.Unicode(60), required=True)
        movies = elixir.OneToMany("Movie")

    class Movie(elixir.Entity):
        elixir.using_options(tablename="movie")
        title = elixir.Field(elixir.Unicode(60), required=True)
        year = elixir.Field(elixir.Integer)
        director = elixir.ManyToOne("Director")

    return SimpleNamespace(Director=Director, Movie=Movie)


def new_entities(elixir: ModuleType) -> SimpleNamespace:
    """Declare the models of the second release."""

    class Director(elixir.Entity):
        elixir.using_options(tablename="director")
        name = elixir.Field(elixir.Unicode(60), required=True)
        movies = elixir.OneToMany("Movie")

    class Studio(elixir.Entity):
        elixir.using_options(tablename="studio")
        name = elixir.Field(elixir.Unicode(60), required=True, unique=True)
        movies = elixir.OneToMany("Movie")

    class Genre(elixir.Entity):
        elixir.using_options(tablename="genre")
        name = elixir.Field(elixir.Unicode(30), required=True)
        movies = elixir.ManyToMany("Movie", tablename="movie_genre")

    class Movie(elixir.Entity):
        elixir.using_options(tablename="movie")
        title = elixir.Field(elixir.Unicode(60), required=True)
        year = elixir.Field(elixir.Integer)
        director = elixir.ManyToOne("Director")
        notes = elixir.Field(elixir.UnicodeText)
        copies = elixir.Field(elixir.Integer, required=True, default=1)
        status = elixir.Field(elixir.Unicode(10), required=True, default="it's in")
        on_loan = elixir.Field(elixir.Boolean, required=True, default=False)
        studio = elixir.ManyToOne("Studio")
        genres = elixir.ManyToMany("Genre", tablename="movie_genre")

    return SimpleNamespace(Director=Director, Studio=Studio, Genre=Genre, Movie=Movie)


NEW_TABLES = {"studio", "genre", "movie_genre"}
NEW_COLUMNS = {
    ("movie", column) for column in ("notes", "copies", "status", "on_loan", "studio_id")
}


def entities_with_required_field(elixir: ModuleType) -> SimpleNamespace:
    """Declare a release that no row of the first one can satisfy."""

    class Movie(elixir.Entity):
        elixir.using_options(tablename="movie")
        title = elixir.Field(elixir.Unicode(60), required=True)
        barcode = elixir.Field(elixir.Unicode(20), required=True)
        shelf = elixir.Field(elixir.Integer)

    return SimpleNamespace(Movie=Movie)
