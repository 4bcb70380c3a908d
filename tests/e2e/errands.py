"""Whoever carries files between the server's operator and the pretend bank, and the client who pays there."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from app.gateways.bank.tables import bank_invoices
from tests.e2e.stack import Stack

CLIENT_IBAN = "FR1420041010050500013M02606"


class Errands:
    """Each errand is done by commands, as an operator does it."""

    def __init__(self, one: Stack) -> None:
        self._one, self._numbers = one, itertools.count(1)

    def pay(self) -> None:
        """The client transfers what each open invoice asks for, under its reference."""
        open_ones = sa.select(bank_invoices).where(bank_invoices.c.status == "open")
        with self._one.db.reading() as connection:
            rows = connection.execute(open_ones).mappings().all()
        for row in rows:
            wish = {"amount_cents": row["amount_minor"], "text": row["reference"], "iban": CLIENT_IBAN}
            self._post("pay", json={**wish, "name": "Acme Corp"})

    def hand_in(self) -> None:
        """The bank's statement is imported."""
        answer = requests.get(f"{self._bank}/sandbox/statement", {"from": "2026-01-01"}, timeout=10)
        assert answer.status_code == 200, answer.text
        path = self._file("statement")
        path.write_bytes(answer.content)
        done = self._one.cli("bank", "import", str(path))
        assert done.returncode in (0, 3), done.stderr

    def hand_out(self) -> bool:
        """What waits is ordered and carried to the bank; whether anything did."""
        path = self._file("orders")
        done = self._one.cli("bank", "orders", "--out", str(path))
        assert done.returncode == 0, done.stderr
        if path.exists():
            self._post("orders", data=path.read_bytes(), status=201)
        return path.exists()

    def until_transferred(self, count: int) -> None:
        """Carry to the bank what waits, until it has made so many transfers, and bring its statement back."""

        def found() -> bool | None:
            self.hand_out()
            return len(self._one.journal("transfer")) >= count or None

        self._one.until(f"{count} transfers", found)
        self.hand_in()

    @property
    def _bank(self) -> str:
        return self._one.world.payer.served.url

    def _file(self, name: str) -> Path:
        return self._one.folder / f"{name}-{next(self._numbers)}.xml"

    def _post(self, place: str, *, status: int = 200, **what: Any) -> None:
        answer = requests.post(f"{self._bank}/sandbox/{place}", timeout=10, **what)
        assert answer.status_code == status, answer.text
