"""All desks over the same books."""

from __future__ import annotations

from collections.abc import Callable

from app.sandbox.stripe.accounts import Accounts
from app.sandbox.stripe.balance import Balances
from app.sandbox.stripe.billing import Billing
from app.sandbox.stripe.books import Books
from app.sandbox.stripe.credit import CreditNotes
from app.sandbox.stripe.customers import Customers
from app.sandbox.stripe.disputes import Disputes
from app.sandbox.stripe.drafts import Drafts
from app.sandbox.stripe.events import EventDesk
from app.sandbox.stripe.payments import Payments
from app.sandbox.stripe.refunds import Refunds
from app.sandbox.stripe.transfers import Transfers


class Desks:
    """`mailed(invoice_id)` is called when an invoice reaches its client for the first time."""

    def __init__(self, books: Books, mailed: Callable[[str], None]) -> None:
        self.balances = Balances(books)
        self.accounts = Accounts(books)
        self.customers = Customers(books)
        self.drafts = Drafts(books)
        self.payments = Payments(books, self.balances)
        self.billing = Billing(books, self.payments, mailed)
        self.transfers = Transfers(books, self.balances, self.payments)
        self.refunds = Refunds(books, self.balances, self.payments)
        self.credit_notes = CreditNotes(books, self.payments, self.refunds)
        self.disputes = Disputes(books, self.balances, self.payments)
        self.events = EventDesk(books)

    def time_passed(self) -> None:
        """Let happen what Stripe does by itself when time passes or money comes."""
        self.billing.time_passed()
        self.refunds.time_passed()
