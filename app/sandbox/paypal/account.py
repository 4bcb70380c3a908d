"""What all books of one PayPal account share: a lock, the journal, a clock, ids, and the balance."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from app.sandbox.journal import Journal
from app.sandbox.paypal.refusals import unprocessable

_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_-]{1,64}", re.ASCII)
_TAG = re.compile(r"closeout:([^/\s]+)/(\d{1,9})/r(\d{1,9})", re.ASCII)


class Clock:
    """The sandbox's own time: the machine's, and what was passed on top."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_time(self, seconds: int) -> None:
        self._ahead += timedelta(seconds=seconds)


class Account:
    """`tell(event_type, resource_type, summary, resource)` sends a webhook, also under the lock; until the
    webhooks take it over it tells nobody. `base_url` is where this PayPal listens, once it does.

    Balances are minor units by currency. `fee_bps` is what PayPal keeps of each payment, in hundredths of a
    percent: what reaches the balance is less than what the client paid.
    """

    def __init__(self, journal: Journal, email: str) -> None:
        self.journal, self.email = journal, email
        self.base_url, self.fee_bps = "", 0
        self.tell: Callable[[str, str, str, dict[str, Any]], None] = lambda *_: None
        self.clock, self.lock = Clock(), threading.RLock()
        self._balances: dict[str, int] = {}
        self._numbers = itertools.count(1)

    def new_id(self, length: int) -> str:
        """Capitals and digits, as in PayPal's ids; the same ones in each run."""
        digest = hashlib.sha256(f"id {next(self._numbers)}".encode()).digest()
        return base64.b32encode(digest).decode()[:length]

    def balance_minor(self, currency: str) -> int:
        with self.lock:
            return self._balances.get(currency, 0)

    def set_balance(self, currency: str, amount_minor: int) -> None:
        """The seller tops the balance up, or spends it elsewhere."""
        with self.lock:
            self._balances[currency] = amount_minor
            self.journal.add("balance_set", currency=currency, amount_cents=amount_minor)

    def put(self, currency: str, amount_minor: int) -> None:
        with self.lock:
            self._balances[currency] = self.balance_minor(currency) + amount_minor

    def take(self, currency: str, amount_minor: int) -> None:
        """For a refund. Source: https://developer.paypal.com/docs/api/payments/v2/#errors"""
        if self.balance_minor(currency) < amount_minor:
            raise unprocessable(
                "REFUND_FAILED_INSUFFICIENT_FUNDS",
                "Capture could not be refunded due to insufficient funds. Please check to see if you have"
                " sufficient funds in your PayPal account or if the bank account linked to your PayPal"
                " account is verified and has sufficient funds.",
            )
        self.put(currency, -amount_minor)

    def stamp(self) -> str:
        return stamp(self.clock.now())


def stamp(moment: datetime) -> str:
    """As PayPal writes moments."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def event_named(*texts: str) -> str:
    """The first event id of ours in `texts`, "" for none: whose order this was, for the journal."""
    return next((match[0] for text in texts if (match := _EVENT_ID.search(text))), "")


def milestone_named(text: str) -> tuple[str, int, int]:
    """(contract, milestone's index, revision) out of "closeout:con_x/2/r1"; ("", 0, 0) where it is not."""
    match = _TAG.search(text)
    return (match[1], int(match[2]), int(match[3])) if match else ("", 0, 0)
