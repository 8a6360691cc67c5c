from migrate import *  # noqa: F403
from sqlalchemy import Column, MetaData, Table, Unicode


def upgrade(migrate_engine):
    Table("book", MetaData(bind=migrate_engine), autoload=True).c.author.drop()


def downgrade(migrate_engine):
    book = Table("book", MetaData(bind=migrate_engine), autoload=True)
    Column("author", Unicode(80)).create(book)
