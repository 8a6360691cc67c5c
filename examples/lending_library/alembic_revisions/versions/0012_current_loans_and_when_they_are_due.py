"""current loans and when they are due"""

from alembic import op

VIEW = """
CREATE VIEW current_loan AS
SELECT loan.id, member.name AS member, book.title AS title, loan.due_on AS due_on
FROM loan JOIN member ON member.id = loan.member_id JOIN book ON book.id = loan.book_id
WHERE loan.returned_on IS NULL
"""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP VIEW current_loan")
    op.execute(VIEW)


def downgrade() -> None:
    op.execute("DROP VIEW current_loan")
