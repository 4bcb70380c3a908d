"""The tills of the vendors whose own words the gateways speak: Stripe and PayPal."""

from __future__ import annotations

import contextlib
from typing import ClassVar

from app.db import Database
from app.gateways.base import Gateway
from app.sandbox.paypal import SANDBOX_CLIENT_ID, SandboxPayPal
from app.sandbox.paypal.refusals import Refused as PayPalRefuses
from app.sandbox.stripe import SandboxStripe
from app.sandbox.stripe.accounts import PLATFORM_ID
from app.sandbox.stripe.errors import Refused as StripeRefuses
from tests.gateways import paypal_driver, stripe_driver
from tests.releases.tills import PLENTY_MINOR, USUAL, Till

_DAY_S = 86_400


class StripeTill(Till):
    """Stripe. A transfer is in the payee's balance at once."""

    name = "stripe"
    entry: ClassVar = {"name": "stripe", "kind": "stripe", "account": PLATFORM_ID}
    payees: ClassVar = [
        {"account": "acct_1PlayOne", "share": "60%", "users": ["penny"]},
        {"account": "acct_1PlayTwo", "share": "40%"},
    ]
    troubles: ClassVar = [
        (place, kind)
        for place in (
            *("customer", "invoice", "invoice_item", "update", "finalize", "send", "void"),
            *("transfer", "reversal", "credit_note", "refund", "read", "any"),
        )
        for kind in (*USUAL, "key_expired")
    ]

    def __init__(self) -> None:
        self.sandbox = SandboxStripe()
        super().__init__(self.sandbox, self.sandbox.events.callbacks)
        for payee in self.payees:
            self.sandbox.add_account(payee["account"])

    def gateway(self, db: Database) -> Gateway:
        return stripe_driver.gateway_at(self.sandbox.url, db)

    def fund(self) -> None:
        self.sandbox.set_balance(PLENTY_MINOR)

    def pay(self, bill: str, amount_minor: int | None = None, *, is_outside: bool = False) -> None:
        with contextlib.suppress(StripeRefuses):
            self.sandbox.pay(bill, amount_minor, is_outside)

    def void(self, bill: str) -> None:
        with contextlib.suppress(StripeRefuses):
            self.sandbox.void(bill)

    def dispute(self, bill: str, amount_minor: int | None = None) -> None:
        for charge in self.sandbox.charges_of(bill)[-1:]:
            with contextlib.suppress(StripeRefuses):
                self.sandbox.open_dispute(charge["id"], amount_minor)

    def decide(self, status: str) -> None:
        for one in self.journal.entries("dispute_opened"):
            with contextlib.suppress(StripeRefuses):  # it was decided before
                self.sandbox.close_dispute(one["dispute_id"], status)

    def behave(self) -> None:
        """A kept answer is given again for a day."""
        super().behave()
        self.sandbox.pass_time(_DAY_S + 1)


class PayPalTill(Till):
    """PayPal. A payout ends a moment after it is ordered; nothing brings it back, and none pays too much."""

    name = "paypal"
    entry: ClassVar = {"name": "paypal", "kind": "paypal", "account": SANDBOX_CLIENT_ID}
    payees: ClassVar = [
        {"account": "one@play.example", "share": "60%", "users": ["penny"]},
        {"account": "two@play.example", "share": "40%"},
    ]
    troubles: ClassVar = [
        (place, kind)
        for place in ("invoice", "send", "cancel", "delete", "refund", "payout", "read", "list", "any")
        for kind in (*USUAL, "expired_token")
        if (place, kind) not in (("refund", "saved_500"), ("any", "saved_500"))  # it is kept for 45 days
    ]

    def __init__(self, settle_after_s: float | None = 0.0) -> None:
        self.sandbox = SandboxPayPal(settle_after_s=settle_after_s)
        super().__init__(self.sandbox, self.sandbox.callbacks)

    def gateway(self, db: Database) -> Gateway:
        del db
        return paypal_driver.gateway_at(self.sandbox.url, timeout_s=1)

    def fund(self) -> None:
        self.sandbox.account.set_balance("usd", PLENTY_MINOR)

    def pay(self, bill: str, amount_minor: int | None = None, *, is_outside: bool = False) -> None:
        with contextlib.suppress(PayPalRefuses):
            if is_outside:
                self.sandbox.takings.record_payment(bill, amount_minor, "BANK_TRANSFER")
            else:
                self.sandbox.takings.pay(bill, amount_minor)

    def end(self, which: int, status: str) -> None:
        items = [item for batch in self.sandbox.payouts.batches() for item in batch.items]
        if items:
            with contextlib.suppress(PayPalRefuses):
                ending = {"paid": "SUCCESS", "failed": "FAILED"}[status]
                self.sandbox.payouts.end(items[which % len(items)].id, ending)

    def void(self, bill: str) -> None:
        with contextlib.suppress(PayPalRefuses):
            self.sandbox.invoices.cancel(bill)

    def dispute(self, bill: str, amount_minor: int | None = None) -> None:
        with contextlib.suppress(PayPalRefuses):
            self.sandbox.disputes.open(bill, amount_minor)

    def decide(self, status: str) -> None:
        for one in self.journal.entries("dispute_opened"):
            with contextlib.suppress(PayPalRefuses):  # it was decided before
                self.sandbox.disputes.close(one["dispute_id"], won=status == "won")
