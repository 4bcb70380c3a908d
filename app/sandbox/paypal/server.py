"""The pretend PayPal as one thing to start, drive and stop."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from app.sandbox.agenda import Agenda
from app.sandbox.http import LocalServer
from app.sandbox.journal import Journal
from app.sandbox.paypal.account import Account
from app.sandbox.paypal.counter import Counter
from app.sandbox.paypal.disputes import Disputes
from app.sandbox.paypal.invoice_doors import InvoiceDoors
from app.sandbox.paypal.invoices import Invoices
from app.sandbox.paypal.money_doors import OtherDoors, PaymentDoors, PayoutDoors
from app.sandbox.paypal.papers import Batch, Invoice
from app.sandbox.paypal.payouts import Payouts
from app.sandbox.paypal.refusals import Refused, unprocessable
from app.sandbox.paypal.routes import create_app
from app.sandbox.paypal.takings import Takings
from app.sandbox.paypal.tokens import Tokens
from app.sandbox.paypal.webhooks import Webhooks
from app.sandbox.running import Running

SANDBOX_CLIENT_ID = "sandbox-paypal-client"
SANDBOX_CLIENT_SECRET = "sandbox-paypal-secret"
SANDBOX_WEBHOOK_ID = "9TB90614MH5515116"
SANDBOX_EMAIL = "seller@business.example.com"
"""All of them are known to everybody, on purpose: they guard play money on this machine."""


class SandboxPayPal(Running):
    """A PayPal business account on 127.0.0.1 with play money; `url` is the API's base address.

    The client pays `pay_after_s` seconds after an invoice is sent, a payout ends `settle_after_s` seconds
    after it is ordered; None: only when told. `account.fee_bps` is what PayPal keeps of a payment, at first
    nothing. `callback_url` may be set later (`callbacks.url`). `journal_path` gets each journal entry as a
    line of JSON. The parts (`invoices`, `takings`, `payouts`, `disputes`, `tokens`, `faults`) are what tests
    drive by hand; the same is offered over HTTP under /sandbox/.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        client_id: str = SANDBOX_CLIENT_ID,
        client_secret: str = SANDBOX_CLIENT_SECRET,
        webhook_id: str = SANDBOX_WEBHOOK_ID,
        callback_url: str = "",
        pay_after_s: float | None = None,
        settle_after_s: float | None = 0.0,
        journal_path: Path | None = None,
    ) -> None:
        self._pay_after_s, self._settle_after_s = pay_after_s, settle_after_s
        self._closing = threading.Event()
        self._agenda = Agenda("sandbox-paypal-agenda")
        self.journal = Journal(journal_path)
        self.account = Account(self.journal, SANDBOX_EMAIL)
        self.webhooks = Webhooks(self.account, webhook_id, callback_url)
        self.callbacks = self.webhooks.callbacks
        self.invoices = Invoices(self.account, self._opened)
        self.takings = Takings(self.account, self.invoices)
        self.payouts = Payouts(self.account, self.invoices, self._ordered)
        self.disputes = Disputes(self.account, self.invoices, self.takings)
        self.tokens = Tokens(self.account, client_id, client_secret)
        self.counter = Counter(self.account, self.tokens)
        self.faults = self.counter.faults
        doors = [
            *InvoiceDoors(self.account, self.invoices, self.takings).doors(),
            *PaymentDoors(self.account, self.takings).doors(),
            *PayoutDoors(self.account, self.payouts).doors(),
            *OtherDoors(self.account, self.tokens, self.disputes, self.webhooks).doors(),
        ]
        self._server = LocalServer(create_app(self, doors, self._closing), port)
        self.account.base_url = self._server.url

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> Self:
        self._agenda.start()
        self.callbacks.start()
        self._server.start()
        return self

    def stop(self) -> None:
        self._closing.set()
        self._agenda.stop()
        self.callbacks.stop()
        self._server.stop()
        self.journal.close()

    def pass_time(self, seconds: int) -> None:
        """Days go by in the account: tokens expire, what is scheduled is sent, the unclaimed comes back."""
        self.account.clock.pass_time(seconds)
        self.invoices.send_what_is_due()
        self.payouts.return_what_nobody_claimed()

    def refund_by_hand(self, invoice_id: str, amount_minor: int | None = None) -> None:
        """The seller gives the latest online payment back on PayPal's own pages."""
        online = [one for one in self.invoices.invoice(invoice_id).payments if one.kind == "PAYPAL"]
        if not online:
            raise unprocessable("CANNOT_PROCESS_REFUNDS", "Current invoice state does not support refunds.")
        self.takings.refund(online[-1].id, amount_minor)

    def _opened(self, invoice: Invoice) -> None:
        if self._pay_after_s is not None:
            self._agenda.after(self._pay_after_s, lambda: _if_possible(lambda: self.takings.pay(invoice.id)))

    def _ordered(self, batch: Batch) -> None:
        if self._settle_after_s is not None:
            self._agenda.after(
                self._settle_after_s, lambda: _if_possible(lambda: self.payouts.settle(batch.id))
            )


def _if_possible(change: Callable[[], object]) -> None:
    """A person was quicker: it was paid, cancelled or ended by hand in the meantime."""
    with contextlib.suppress(Refused):
        change()
