from sqlalchemy import Column, Date, ForeignKey, Integer, MetaData, Table


def upgrade(migrate_engine):
    metadata = MetaData(bind=migrate_engine)
    Table("member", metadata, autoload=True)
    Table("book", metadata, autoload=True)
    loan = Table(
        "loan",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("member_id", Integer, ForeignKey("member.id"), index=True),
        Column("book_id", Integer, ForeignKey("book.id"), index=True),
        Column("lent", Date, nullable=False),
        Column("returned", Date),
    )
    loan.create()


def downgrade(migrate_engine):
    Table("loan", MetaData(bind=migrate_engine), autoload=True).drop()
