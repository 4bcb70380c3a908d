"""The platform as one thing to start, drive and stop."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from app.sandbox.http import LocalServer
from app.sandbox.platform.agenda import Agenda
from app.sandbox.platform.books import Books
from app.sandbox.platform.callbacks import Callbacks
from app.sandbox.platform.checks import Event
from app.sandbox.platform.counter import Counter, Reply
from app.sandbox.platform.faults import Faults
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.journal import Journal
from app.sandbox.platform.routes import create_app
from app.sandbox.platform.undoing import Undoing

SANDBOX_SECRET = "whsec_Y2xvc2VvdXQtc2FuZGJveC1wbGF0Zm9ybS1zZWNyZXQ="
"""Known to everybody, on purpose: it guards play money on this machine."""


class SandboxPlatform:
    """A payment platform on 127.0.0.1 with play money.

    `callback_url` may be set later (`callbacks.url`). The client pays `pay_after_s` seconds after an invoice
    is opened, a transfer arrives `settle_after_s` seconds after it is ordered; None: only when told, through
    the addresses under /sandbox/. `seller_credit_minor` is how far the seller's balance may go below nothing
    when clients get money back that payees still have. `journal_path` gets every journal entry as a line of
    JSON.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        secret: str = SANDBOX_SECRET,
        callback_url: str | None = None,
        pay_after_s: float | None = None,
        settle_after_s: float | None = 0.0,
        seller_credit_minor: int = 0,
        journal_path: Path | None = None,
    ) -> None:
        self._pay_after_s, self._settle_after_s = pay_after_s, settle_after_s
        self._closing = threading.Event()
        self.clock = Agenda("sandbox-platform-clock")
        self.journal = Journal(journal_path)
        self.faults = Faults()
        self._server = LocalServer(create_app(self, self._closing), port)
        self.books = Books(self.journal, self._server.url, self._tell)
        self.undoing = Undoing(self.books, seller_credit_minor)
        self.callbacks = Callbacks(secret, callback_url or "", self.journal, self.books.facts)
        self.counter = Counter(secret, self.books, self.undoing, self.journal, self.faults)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def events_url(self) -> str:
        """Where a gateway posts its events: the `url:` of a gateway in the configuration."""
        return f"{self.url}/events"

    def start(self) -> SandboxPlatform:
        self.clock.start()
        self.callbacks.start()
        self._server.start()
        return self

    def stop(self) -> None:
        self._closing.set()
        self.clock.stop()
        self.callbacks.stop()
        self._server.stop()
        self.journal.close()

    def __enter__(self) -> SandboxPlatform:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def take(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Hand an event in at the counter, and let the world react to what was booked."""
        reply, booked = self.counter.take(headers, body)
        if booked is not None:
            self._react(booked)
        return reply

    def _react(self, event: Event) -> None:
        facts = self.books.facts(event.id)
        if event.asks_for == "open_invoice" and self._pay_after_s is not None:
            invoice_id = facts["invoice"]["id"]
            self.clock.after(self._pay_after_s, lambda: _if_possible(lambda: self.books.receive(invoice_id)))
        if event.asks_for == "payout" and self._settle_after_s is not None:
            payout_id = facts["payouts"][0]["id"]
            self.clock.after(
                self._settle_after_s, lambda: _if_possible(lambda: self.books.finish(payout_id, "paid"))
            )

    def _tell(self, kind: str, event_id: str) -> None:
        self.callbacks.tell(kind, event_id)


def _if_possible(change: Callable[[], object]) -> None:
    """A person was quicker: the invoice was paid or voided by hand in the meantime."""
    with contextlib.suppress(Refused):
        change()
