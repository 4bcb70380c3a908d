"""The operator's errands at the bank: statements in, payment orders out, and the clients' invoices."""
