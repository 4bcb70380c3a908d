"""A pretend PayPal over HTTP: invoices, payouts, refunds, disputes and webhooks, with play money.

It speaks PayPal's REST API as its reference says (https://developer.paypal.com/api/rest/) and, where the
reference is silent, as PayPal's own sandbox was seen to answer. It refuses what PayPal refuses.
"""

from app.sandbox.paypal.server import (
    SANDBOX_CLIENT_ID,
    SANDBOX_CLIENT_SECRET,
    SANDBOX_EMAIL,
    SANDBOX_WEBHOOK_ID,
    SandboxPayPal,
)

__all__ = [
    "SANDBOX_CLIENT_ID",
    "SANDBOX_CLIENT_SECRET",
    "SANDBOX_EMAIL",
    "SANDBOX_WEBHOOK_ID",
    "SandboxPayPal",
]
