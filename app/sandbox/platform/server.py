"""The platform as one thing to start, drive and stop."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from standardwebhooks import Webhook

from app.sandbox.agenda import Agenda
from app.sandbox.callbacks import Callbacks
from app.sandbox.faults import Faults
from app.sandbox.http import LocalServer
from app.sandbox.journal import Journal
from app.sandbox.platform.books import Books
from app.sandbox.platform.checks import Event
from app.sandbox.platform.counter import Counter, Reply
from app.sandbox.platform.disputes import Disputes
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.routes import create_app
from app.sandbox.platform.undoing import Undoing
from app.sandbox.running import Running

PLACES = (
    "open_invoice",
    "payout",
    "void_invoice",
    "reverse_payout",
    "credit_note",
    "ask",
    "list",
    "tell",
)
"""What a fault may be switched on for."""
SANDBOX_SECRET = "whsec_Y2xvc2VvdXQtc2FuZGJveC1wbGF0Zm9ybS1zZWNyZXQ="
"""Known to everybody, on purpose: it guards play money on this machine."""


class SandboxPlatform(Running):
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
        self.faults = Faults(PLACES)
        self._server = LocalServer(create_app(self, self._closing), port)
        self.books = Books(self.journal, self._server.url, self._tell)
        self.undoing = Undoing(self.books, seller_credit_minor)
        self.disputes = Disputes(self.books)
        self.callbacks = Callbacks("sandbox-platform-callbacks", callback_url or "", self.journal, self._sign)
        self._secret, self._numbers = secret, itertools.count(1)
        self.counter = Counter(secret, self.books, self.undoing, self.journal, self.faults)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def events_url(self) -> str:
        """Where a gateway posts its events: the `url:` of a gateway in the configuration."""
        return f"{self.url}/events"

    def start(self) -> Self:
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

    def take(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Hand an event in at the counter, and let the world react to what was booked."""
        reply, booked = self.counter.take(headers, body)
        if booked is not None:
            self._react(booked)
        return reply

    def set_ready(self, account: str, is_ready: bool, retry_after_s: int = 0) -> None:
        """Whether a payee's account can be paid; what changes is called back.

        `retry_after_s`: seconds after which to try again meanwhile; 0 refuses for good.
        """
        if is_ready:
            self.books.unready.pop(account, None)
        else:
            self.books.unready[account] = retry_after_s
        self._call("account.updated", {"account_token": account})

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
        """Call back about what happened to the event of ours that ordered it."""
        self._call(kind, {"event_id": event_id, **self.books.facts(event_id)})

    def _call(self, kind: str, data: dict[str, object]) -> None:
        callback_id = f"cb_{next(self._numbers):06d}"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        callback = {"event": kind, "id": callback_id, "created_at": now, "data": data}
        body = json.dumps(callback, ensure_ascii=False, separators=(",", ":")).encode()
        self.callbacks.send(callback_id, kind, body)

    def _sign(self, callback_id: str, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "webhook-id": callback_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self._secret).sign(callback_id, now, body.decode()),
        }


def _if_possible(change: Callable[[], object]) -> None:
    """A person was quicker: the invoice was paid or voided by hand in the meantime."""
    with contextlib.suppress(Refused):
        change()
