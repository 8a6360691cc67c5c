"""What is lent is due after four weeks."""

from datetime import timedelta

from migrate import *  # noqa: F403
from sqlalchemy import Column, Date, MetaData, Table, select


def upgrade(migrate_engine):
    loan = Table("loan", MetaData(bind=migrate_engine), autoload=True)
    Column("due_on", Date).create(loan)
    for key, lent_on in migrate_engine.execute(select(loan.c.id, loan.c.lent_on)).fetchall():
        due = loan.update().where(loan.c.id == key).values(due_on=lent_on + timedelta(days=28))
        migrate_engine.execute(due)


def downgrade(migrate_engine):
    Table("loan", MetaData(bind=migrate_engine), autoload=True).c.due_on.drop()
