"""drop the author's name in books"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("book") as batch:
        batch.drop_column("author")


def downgrade() -> None:
    op.add_column("book", sa.Column("author", sa.Unicode(80)))
