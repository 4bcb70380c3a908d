"""A bank account as a gateway: invoices with a reference, statements that are imported, orders as a file."""
