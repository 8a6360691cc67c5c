"""current loans"""

from alembic import op

VIEW = """
CREATE VIEW current_loan AS
SELECT loan.id, member.name AS member, book.title AS title
FROM loan JOIN member ON member.id = loan.member_id JOIN book ON book.id = loan.book_id
WHERE loan.returned_on IS NULL
"""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(VIEW)


def downgrade() -> None:
    op.execute("DROP VIEW current_loan")
