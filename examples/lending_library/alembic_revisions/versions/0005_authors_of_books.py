"""authors of books"""

import sqlalchemy as sa
from alembic import op

book = sa.table("book", sa.column("author", sa.Unicode), sa.column("author_id", sa.Integer))
author = sa.Table(
    "author",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Unicode(80)),
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("book") as batch:
        batch.add_column(sa.Column("author_id", sa.Integer))
        batch.create_foreign_key("fk_book_author_id", "author", ["author_id"], ["id"])
        batch.create_index("ix_book_author_id", ["author_id"])
    connection = op.get_bind()
    named = sa.select(book.c.author).where(book.c.author.isnot(None)).distinct()
    for (name,) in connection.execute(named).all():
        made = connection.execute(author.insert().values(name=name))
        key = made.inserted_primary_key[0]
        connection.execute(book.update().where(book.c.author == name).values(author_id=key))


def downgrade() -> None:
    with op.batch_alter_table("book") as batch:
        batch.drop_constraint("fk_book_author_id", type_="foreignkey")
        batch.drop_index("ix_book_author_id")
        batch.drop_column("author_id")
