"""loans"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "loan",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("member_id", sa.Integer, sa.ForeignKey("member.id"), index=True),
        sa.Column("book_id", sa.Integer, sa.ForeignKey("book.id"), index=True),
        sa.Column("lent", sa.Date, nullable=False),
        sa.Column("returned", sa.Date),
    )


def downgrade() -> None:
    op.drop_table("loan")
