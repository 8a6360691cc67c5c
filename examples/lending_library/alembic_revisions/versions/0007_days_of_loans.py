"""days of loans"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("loan") as batch:
        batch.alter_column(
            "lent", new_column_name="lent_on", existing_type=sa.Date, existing_nullable=False
        )
        batch.alter_column("returned", new_column_name="returned_on", existing_type=sa.Date)


def downgrade() -> None:
    with op.batch_alter_table("loan") as batch:
        batch.alter_column(
            "lent_on", new_column_name="lent", existing_type=sa.Date, existing_nullable=False
        )
        batch.alter_column("returned_on", new_column_name="returned", existing_type=sa.Date)
