from sqlalchemy import Column, Integer, MetaData, Table, Unicode


def upgrade(migrate_engine):
    author = Table(
        "author",
        MetaData(bind=migrate_engine),
        Column("id", Integer, primary_key=True),
        Column("name", Unicode(80), nullable=False, unique=True),
    )
    author.create()


def downgrade(migrate_engine):
    Table("author", MetaData(bind=migrate_engine), autoload=True).drop()
