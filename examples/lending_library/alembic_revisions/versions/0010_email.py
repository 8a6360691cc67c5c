"""email"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("email", sa.Unicode(120)))


def downgrade() -> None:
    op.drop_column("member", "email")
