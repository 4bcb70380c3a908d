"""PayPal: invoices of its Invoicing API, shares by its Payouts API, events by its webhooks."""
