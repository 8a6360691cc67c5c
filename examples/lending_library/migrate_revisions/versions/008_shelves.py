from migrate import *  # noqa: F403
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Unicode


def upgrade(migrate_engine):
    metadata = MetaData(bind=migrate_engine)
    shelf = Table(
        "shelf",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", Unicode(40), nullable=False),
    )
    shelf.create()
    book = Table("book", metadata, autoload=True)
    Column("shelf_id", Integer, ForeignKey("shelf.id")).create(book)
    made = migrate_engine.execute(shelf.insert().values(name="unsorted"))
    migrate_engine.execute(book.update().values(shelf_id=made.inserted_primary_key[0]))
    # at last: on SQLite, what alters a column makes the table anew, without its indexes
    book = Table("book", MetaData(bind=migrate_engine), autoload=True)
    Index("ix_book_author_id", book.c.author_id).create()
    Index("ix_book_shelf_id", book.c.shelf_id).create()


def downgrade(migrate_engine):
    metadata = MetaData(bind=migrate_engine)
    Table("book", metadata, autoload=True).c.shelf_id.drop()
    Table("shelf", metadata, autoload=True).drop()
