"""Where the money of a play is: a pretend counterpart over HTTP, a live gateway to it, and everybody's hands.

What a counterpart would call back is kept in `hints` instead, so that a play says when it arrives. What its
vendor refuses to a client, a bank or the seller just does not happen.
"""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from app.db import Database
from app.gateways.base import Gateway
from app.gateways.http.client import HttpGateway
from app.sandbox.callbacks import Callbacks
from app.sandbox.faults import Faults
from app.sandbox.journal import Journal
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from app.sandbox.platform.fields import Refused as PlatformRefuses
from tests.releases.scene import PAYEES, PLATFORM

PLENTY_MINOR = 10_000_000
USUAL = ("500", "saved_500", "409", "429", "accept_then_timeout", "reset", "wrong_json")
"""The ways to misbehave that every counterpart has."""


@dataclass
class Hint:
    """A callback that is on its way, and how often it was tried."""

    id: str
    body: bytes
    attempts: int = 0


class Sandbox(Protocol):
    """What every pretend counterpart has."""

    journal: Journal
    faults: Faults

    def start(self) -> object: ...

    def stop(self) -> None: ...


class Till:
    """One counterpart. Invoices and payouts are named by its own ids; amounts are cents of `currency`.

    `troubles` are the faults, each with its place, that are mended by trying again.
    """

    name: str
    currency: ClassVar = "usd"
    entry: ClassVar[dict[str, Any]]
    payees: ClassVar[list[dict[str, Any]]]
    troubles: ClassVar[list[tuple[str, str]]]

    def __init__(self, sandbox: Sandbox, callbacks: Callbacks | None) -> None:
        self._sandbox = sandbox
        self.journal, self.faults = sandbox.journal, sandbox.faults
        self.hints: deque[Hint] = deque()
        if callbacks is not None:
            callbacks.send = self._keep  # type: ignore[method-assign]

    def _keep(self, callback_id: str, kind: str, body: bytes) -> None:
        del kind  # it stands in the body
        self.hints.append(Hint(callback_id, body))

    def __enter__(self) -> Till:
        self._sandbox.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._sandbox.stop()

    def gateway(self, db: Database) -> Gateway:
        """Another process's gateway, which soon loses its patience."""
        raise NotImplementedError

    def errands(self) -> bool:
        """What people do between Closeout and a counterpart that has no network; whether there was any."""
        return False

    def check(self) -> None:
        """What must hold at any moment at this counterpart alone."""

    def bills(self) -> list[str]:
        """Every invoice that its client ever got, the oldest first."""
        return [one["invoice_id"] for one in self.journal.entries("invoice_opened")]

    def fund(self) -> None:
        """The seller has plenty of money of its own there."""
        raise NotImplementedError

    def pay(self, bill: str, amount_minor: int | None = None, *, is_outside: bool = False) -> None:
        """The client pays all that is left of an invoice, or so much; also by another way."""
        raise NotImplementedError

    def end(self, which: int, status: str) -> None:
        """Any payout of all becomes "paid" or "failed"; does nothing where a vendor's are paid at once."""

    def void(self, bill: str) -> None:
        """The seller takes an invoice back by hand."""
        raise NotImplementedError

    def dispute(self, bill: str, amount_minor: int | None = None) -> None:
        """The client's bank asks a payment back, or a part of it."""
        raise NotImplementedError

    def decide(self, status: str) -> None:
        """The bank decides all that is disputed: "won" by the seller, or "lost"."""
        raise NotImplementedError

    def misbehave(self, which: int) -> None:
        """One request will go wrong in one of the ways of `troubles`."""
        place, kind = self.troubles[which % len(self.troubles)]
        self.faults.switch_on(place, kind, 1)

    def behave(self) -> None:
        """Nothing goes wrong any more, and what was kept of an outage is forgotten."""
        self.faults.clear()


class PlatformTill(Till):
    """The generic platform. Transfers arrive after so many seconds, or None: only when told."""

    name = "platform"
    entry: ClassVar = PLATFORM
    payees: ClassVar = PAYEES
    troubles: ClassVar = [
        (place, kind)
        for place in ("open_invoice", "payout", "void_invoice", "reverse_payout", "credit_note", "ask", "any")
        for kind in USUAL
    ]

    def __init__(self, settle_after_s: float | None = 0.0) -> None:
        self.sandbox = SandboxPlatform(settle_after_s=settle_after_s)
        super().__init__(self.sandbox, self.sandbox.callbacks)

    def gateway(self, db: Database) -> Gateway:
        del db
        return HttpGateway("platform", self.sandbox.events_url, SANDBOX_SECRET, total_s=4, timeout_s=2)

    def fund(self) -> None:
        self.sandbox.undoing.seller_credit_minor = PLENTY_MINOR  # so that payouts can be left
        self.sandbox.books.prefunded_minor = PLENTY_MINOR

    def pay(self, bill: str, amount_minor: int | None = None, *, is_outside: bool = False) -> None:
        is_open = self.sandbox.books.invoice(bill).status == "open"
        if is_open or amount_minor is not None:
            with contextlib.suppress(PlatformRefuses):
                self.sandbox.books.receive(bill, amount_minor, out_of_band=is_outside)

    def end(self, which: int, status: str) -> None:
        payouts = [one for bill in self.sandbox.books.invoices() for one in bill.payouts.values()]
        if payouts:
            with contextlib.suppress(PlatformRefuses):
                self.sandbox.books.finish(payouts[which % len(payouts)].id, status, "no such account")

    def void(self, bill: str) -> None:
        with contextlib.suppress(PlatformRefuses):
            self.sandbox.undoing.void(bill)

    def dispute(self, bill: str, amount_minor: int | None = None) -> None:
        with contextlib.suppress(PlatformRefuses):
            self.sandbox.disputes.open(bill, amount_minor)

    def decide(self, status: str) -> None:
        for bill in self.sandbox.books.invoices():
            if bill.disputed_minor:
                self.sandbox.disputes.close(bill.id, status)
