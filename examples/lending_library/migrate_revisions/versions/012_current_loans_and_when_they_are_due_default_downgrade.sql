DROP VIEW current_loan;
CREATE VIEW current_loan AS
SELECT loan.id, member.name AS member, book.title AS title
FROM loan JOIN member ON member.id = loan.member_id JOIN book ON book.id = loan.book_id
WHERE loan.returned_on IS NULL;
