"""members and books"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Unicode(80), nullable=False),
    )
    op.create_table(
        "book",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.Unicode(120), nullable=False),
        sa.Column("author", sa.Unicode(80)),
    )


def downgrade() -> None:
    op.drop_table("book")
    op.drop_table("member")
