from sqlalchemy import Column, Integer, MetaData, Table, Unicode

metadata = MetaData()
member = Table(
    "member",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Unicode(80), nullable=False),
)
book = Table(
    "book",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", Unicode(120), nullable=False),
    Column("author", Unicode(80)),
)


def upgrade(migrate_engine):
    metadata.bind = migrate_engine
    metadata.create_all()


def downgrade(migrate_engine):
    metadata.bind = migrate_engine
    metadata.drop_all()
