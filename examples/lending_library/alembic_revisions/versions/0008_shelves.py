"""shelves"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shelf",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Unicode(40), nullable=False),
    )
    with op.batch_alter_table("book") as batch:
        batch.add_column(sa.Column("shelf_id", sa.Integer))
        batch.create_foreign_key("fk_book_shelf_id", "shelf", ["shelf_id"], ["id"])
        batch.create_index("ix_book_shelf_id", ["shelf_id"])
    op.execute("INSERT INTO shelf (name) VALUES ('unsorted')")
    op.execute("UPDATE book SET shelf_id = (SELECT min(id) FROM shelf)")


def downgrade() -> None:
    with op.batch_alter_table("book") as batch:
        batch.drop_constraint("fk_book_shelf_id", type_="foreignkey")
        batch.drop_index("ix_book_shelf_id")
        batch.drop_column("shelf_id")
    op.drop_table("shelf")
