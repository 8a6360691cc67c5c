"""isbn"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("book", sa.Column("isbn", sa.Unicode(20)))


def downgrade() -> None:
    op.drop_column("book", "isbn")
