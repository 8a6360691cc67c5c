"""Each author's name, once; the books then point at it."""

from migrate import *  # noqa: F403 - it gives columns their create() and drop()
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, select


def upgrade(migrate_engine):
    metadata = MetaData(bind=migrate_engine)
    author = Table("author", metadata, autoload=True)
    book = Table("book", metadata, autoload=True)
    Column("author_id", Integer, ForeignKey("author.id")).create(book)
    with migrate_engine.begin() as connection:
        names = connection.execute(
            select(book.c.author).where(book.c.author.isnot(None)).distinct()
        )
        for (name,) in names.fetchall():
            made = connection.execute(author.insert().values(name=name))
            key = made.inserted_primary_key[0]
            connection.execute(book.update().where(book.c.author == name).values(author_id=key))


def downgrade(migrate_engine):
    Table("book", MetaData(bind=migrate_engine), autoload=True).c.author_id.drop()
