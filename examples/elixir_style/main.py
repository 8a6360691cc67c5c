"""An Elixir-style application on SQLAlchemy 2, and the one line that belongs after setup_all().

    python examples/elixir_style/main.py

It keeps its films in archive.db, or where DATABASE_URL says.
"""

import os

import model
from entity import metadata, session, setup_all
from sqlalchemy import create_engine

import autosync

metadata.bind = create_engine(os.environ.get("DATABASE_URL", "sqlite:///archive.db"))
session.configure(bind=metadata.bind)

setup_all()
report = autosync.sync(metadata.bind, metadata)  # where create_all(), or Elixir's own, used to be

print(report)
for movie in session.query(model.Movie).order_by(model.Movie.title):
    director = movie.director.name if movie.director else "unknown director"
    print(f"{movie.title} ({movie.year}), {director}, restored: {movie.restored}")
session.remove()
metadata.bind.dispose()
