"""Drives the Stripe gateway against the sandbox's Stripe, over real HTTP and through Stripe's own SDK."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pytest_httpserver import HTTPServer

from app.db import Database
from app.gateways.base import Gateway, Leg
from app.gateways.pace import Pace
from app.gateways.stripe.client import Account, StripeGateway
from app.gateways.stripe.http import Line
from app.gateways.transport import Limits
from app.sandbox.stripe import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET, SandboxStripe
from app.sandbox.stripe.accounts import PLATFORM_ID
from tests.gateways.driver import SWITCHES, Fault, JournalDriver
from tests.gateways.orders import Orders

DEV, DESIGN = "acct_1DevTeam", "acct_1Design"
ORDERS = Orders(legs=(Leg(DEV, 500_000), Leg(DESIGN, 250_000)))
FIRST = ("customer", "void", "transfer", "reversal", "credit_note")
"""The first request of each order, or the one before which nothing is booked that matters."""
LAST = ("send", "void", "transfer", "reversal", "credit_note")
"""The one that the order is for."""


def gateway_at(
    url: str,
    db: Database,
    *,
    account: str = PLATFORM_ID,
    key: str = SANDBOX_KEY,
    per_s: int = 2000,
    timeout_s: float = 2.0,
    total_s: float = 3,
) -> StripeGateway:
    pace = Pace(db, f"stripe {url} {account}", per_s, per_s)
    line = Line(url, pace, Limits(timeout_s, total_s), order_s=20)
    return StripeGateway("stripe", Account(account, key, (SANDBOX_WEBHOOK_SECRET.encode(),)), line)


class StripeDriver(JournalDriver):
    """The sandbox's Stripe, driven by the hands of `app/sandbox/stripe/hands.py`."""

    orders = ORDERS

    def __init__(self, sandbox: SandboxStripe, db: Database, httpserver: HTTPServer) -> None:
        super().__init__(httpserver, "stripe")
        sandbox.events.callbacks.url = self.callback_url
        self.sandbox, self.db = sandbox, db
        self.gateway: Gateway = self.another()
        self.nowhere: Gateway = gateway_at(self.dead_url, db)

    def another(self, **changes: Any) -> StripeGateway:
        """Another process's gateway for the same account."""
        return gateway_at(self.sandbox.url, self.db, **changes)

    def pay(self, invoice_id: str, amount_minor: int | None = None) -> None:
        self.sandbox.pay(invoice_id, amount_minor)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        is_late = fault in ("time_out_after_booking", "reset_after_booking", "wrong_amount", "wrong_json")
        for place in LAST if is_late else FIRST:
            self.sandbox.faults.switch_on(place, SWITCHES[fault], times)

    def journal(self, kind: str) -> list[dict[str, Any]]:
        return self.sandbox.journal.entries(kind)

    def orders_seen(self) -> int:
        return len([one for one in self.journal("request") if one["method"] != "GET"])

    def pass_time(self, seconds: int) -> None:
        self.sandbox.pass_time(seconds)


@contextlib.contextmanager
def stripe_driver(
    httpserver: HTTPServer, db: Database, *, settle_after_s: float = 0
) -> Iterator[StripeDriver]:
    """A fresh Stripe with two payees, whose events arrive at `httpserver`."""
    with SandboxStripe(settle_after_s=settle_after_s) as sandbox:
        for account in (DEV, DESIGN):
            sandbox.add_account(account)
        yield StripeDriver(sandbox, db, httpserver)
