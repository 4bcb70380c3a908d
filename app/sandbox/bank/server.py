"""The bank as one thing to start, drive and stop."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from app.sandbox.bank.books import Books
from app.sandbox.bank.counter import Counter
from app.sandbox.bank.routes import create_app
from app.sandbox.faults import Faults
from app.sandbox.http import LocalServer
from app.sandbox.journal import Journal
from app.sandbox.running import Running

PLACES = ("orders", "statement")
"""What a fault may be switched on for."""
SANDBOX_IBAN = "DE89370400440532013000"
"""The IBAN registry's example: no bank has this account."""


class SandboxBank(Running):
    """A bank on 127.0.0.1 with one account of play money, in euro.

    `balance_minor` is what is on it at first, `today` the day it begins on (None: this one); the day changes
    only when told, at /sandbox/time. `batch_booking`: statements show what belongs together in one sum;
    `with_references` False: the bank names none of its entries. `journal_path` gets every journal entry as a
    line of JSON. It calls nobody back: banks do not.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        iban: str = SANDBOX_IBAN,
        balance_minor: int = 0,
        today: date | None = None,
        journal_path: Path | None = None,
    ) -> None:
        self._closing = threading.Event()
        self.batch_booking, self.with_references = False, True
        self.journal = Journal(journal_path)
        self.faults = Faults(PLACES)
        self.books = Books(self.journal, iban, "eur", balance_minor, today or datetime.now(UTC).date())
        self.counter = Counter(self.journal, self.faults)
        self._server = LocalServer(create_app(self, self._closing), port)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> Self:
        self._server.start()
        return self

    def stop(self) -> None:
        self._closing.set()
        self._server.stop()
        self.journal.close()
