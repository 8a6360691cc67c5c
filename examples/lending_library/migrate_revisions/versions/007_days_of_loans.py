from migrate import *  # noqa: F403
from sqlalchemy import Index, MetaData, Table


def upgrade(migrate_engine):
    loan = Table("loan", MetaData(bind=migrate_engine), autoload=True)
    loan.c.lent.alter(name="lent_on")
    loan.c.returned.alter(name="returned_on")
    # on SQLite the table is a new one now, without indexes
    loan = Table("loan", MetaData(bind=migrate_engine), autoload=True)
    there = {index.name for index in loan.indexes}
    for name in ("member_id", "book_id"):
        if f"ix_loan_{name}" not in there:
            Index(f"ix_loan_{name}", loan.c[name]).create()


def downgrade(migrate_engine):
    loan = Table("loan", MetaData(bind=migrate_engine), autoload=True)
    loan.c.lent_on.alter(name="lent")
    loan.c.returned_on.alter(name="returned")
