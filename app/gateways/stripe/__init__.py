"""Stripe as a gateway: invoices that Stripe mails, transfers to connected accounts, through its SDK."""
