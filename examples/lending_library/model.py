"""The entities of a lending library, as they are now: ahead of the revisions by what is only added.

A reservation and a book's pages need no revision: autosync adds them.
"""

from entity import Entity, Field, ManyToOne
from sqlalchemy import Date, Integer, Unicode


class Member(Entity):
    name = Field(Unicode(80), nullable=False)
    email = Field(Unicode(120))


class Author(Entity):
    name = Field(Unicode(80), nullable=False, unique=True)


class Shelf(Entity):
    name = Field(Unicode(40), nullable=False)


class Book(Entity):
    title = Field(Unicode(120), nullable=False)
    isbn = Field(Unicode(20))
    pages = Field(Integer)
    author = ManyToOne("Author")
    shelf = ManyToOne("Shelf")


class Loan(Entity):
    lent_on = Field(Date, nullable=False)
    returned_on = Field(Date)
    due_on = Field(Date)
    member = ManyToOne("Member")
    book = ManyToOne("Book")


class Reservation(Entity):
    made_on = Field(Date, nullable=False)
    member = ManyToOne("Member")
    book = ManyToOne("Book")
