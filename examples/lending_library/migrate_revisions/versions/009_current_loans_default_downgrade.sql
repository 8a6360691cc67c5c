DROP VIEW current_loan;
