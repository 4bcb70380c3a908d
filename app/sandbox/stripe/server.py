"""The pretend Stripe as one thing to start, drive and stop."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from app.sandbox.agenda import Agenda
from app.sandbox.faults import AFTER_BOOKING, BEFORE_BOOKING, Faults
from app.sandbox.http import LocalServer
from app.sandbox.journal import Journal
from app.sandbox.running import Running
from app.sandbox.stripe.books import Books
from app.sandbox.stripe.counter import Counter
from app.sandbox.stripe.desks import Desks
from app.sandbox.stripe.doors import PLACES
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.events import Events
from app.sandbox.stripe.hands import Hands
from app.sandbox.stripe.keys import Keys
from app.sandbox.stripe.routes import create_app
from app.sandbox.stripe.shelf import Paper

SANDBOX_KEY = "sk_test_sandbox_that_everybody_may_know"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox_stripe_that_everybody_may_know"
"""Known to everybody, on purpose: they guard play money on this machine."""
FAULT_KINDS = (*(kind for kind in BEFORE_BOOKING if kind != "410"), *AFTER_BOOKING, "key_expired")


class SandboxStripe(Hands, Running):
    """A Stripe on 127.0.0.1 with play money, for `StripeClient(key, base_addresses={"api": stripe.url})`.

    The client pays `pay_after_s` seconds after an invoice is sent; None: only when told. A card payment is
    available `settle_after_s` seconds of the sandbox's clock later. `callback_url` may be set later
    (`events.callbacks.url`). `journal_path` gets every journal entry as a line of JSON.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        key: str = SANDBOX_KEY,
        webhook_secret: str = SANDBOX_WEBHOOK_SECRET,
        callback_url: str = "",
        pay_after_s: float | None = None,
        settle_after_s: float = 0.0,
        journal_path: Path | None = None,
    ) -> None:
        self._pay_after_s = pay_after_s
        self._closing = threading.Event()
        self.agenda = Agenda("sandbox-stripe-agenda")
        self.journal = Journal(journal_path)
        self.faults = Faults(PLACES, FAULT_KINDS)
        self.keys = Keys(key)
        self.events = Events(callback_url, webhook_secret, self.journal, self.agenda)
        self._server = LocalServer(create_app(self, self._closing), port)
        self.books = Books(self.journal, self._server.url, self._tell, int(settle_after_s))
        self.desks = Desks(self.books, self._mailed)
        self.counter = Counter(self.keys, self.books, self.desks, self.journal, self.faults)

    @property
    def url(self) -> str:
        """Where the API is: the base address for the SDK."""
        return self._server.url

    def start(self) -> Self:
        self.agenda.start()
        self.events.callbacks.start()
        self._server.start()
        return self

    def stop(self) -> None:
        self._closing.set()
        self.agenda.stop()
        self.events.callbacks.stop()
        self._server.stop()
        self.journal.close()

    def add_restricted_key(self, key: str, permissions: Iterable[str]) -> None:
        """Let a key rk_test_… do what it is given, such as rak_invoice_write, and nothing else."""
        self.keys.add_restricted(key, permissions)

    def _mailed(self, invoice_id: str) -> None:
        """The client got an invoice, and pays it if it is one that pays by itself."""
        if self._pay_after_s is not None:
            self.agenda.after(self._pay_after_s, lambda: self._pay_if_open(invoice_id))

    def _pay_if_open(self, invoice_id: str) -> None:
        """A person was perhaps quicker: the invoice was paid or voided by hand in the meantime."""
        with contextlib.suppress(Refused):
            self.pay(invoice_id)

    def _tell(self, kind: str, paper: Paper, before: Paper | None) -> None:
        self.events.record(self.books, kind, paper, before)
