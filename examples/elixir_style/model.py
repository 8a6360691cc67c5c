"""The entities of a film archive."""

from entity import Entity, Field, ManyToOne
from sqlalchemy import Boolean, Integer, Unicode


class Director(Entity):
    name = Field(Unicode(80), nullable=False)


class Movie(Entity):
    title = Field(Unicode(120), nullable=False)
    year = Field(Integer)
    restored = Field(Boolean, nullable=False, default=False)
    director = ManyToOne("Director")
