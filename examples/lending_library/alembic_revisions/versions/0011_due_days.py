"""due days"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

loan = sa.table(
    "loan", sa.column("id"), sa.column("lent_on", sa.Date), sa.column("due_on", sa.Date)
)

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("loan", sa.Column("due_on", sa.Date))
    connection = op.get_bind()
    for key, lent_on in connection.execute(sa.select(loan.c.id, loan.c.lent_on)).all():
        due = loan.update().where(loan.c.id == key).values(due_on=lent_on + timedelta(days=28))
        connection.execute(due)


def downgrade() -> None:
    op.drop_column("loan", "due_on")
