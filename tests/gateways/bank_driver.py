"""The sandbox bank, driven for the conformance suite by somebody who carries files to and fro.

What goes out is read from the bank's own journal, after the order files were uploaded there; what came in is
known to the gateway once the bank's statement was imported. Invoices exist in our books alone.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import requests
import sqlalchemy as sa

from app.banking.accounts import OurAccount
from app.banking.statements import Imported, import_statement
from app.banking.transfers import Ordered, write_orders
from app.db import Database
from app.gateways.bank.client import BankGateway
from app.gateways.bank.links import InvoiceLinks
from app.gateways.bank.tables import bank_invoices, bank_orders, bank_transfers
from app.gateways.base import Gateway, Leg
from app.sandbox.bank import SandboxBank
from tests.gateways.driver import Fault, Sent
from tests.gateways.orders import EXAMPLE, Orders, named

CLIENT_IBAN = "FR1420041010050500013M02606"
LEGS = (
    Leg("NL91ABNA0417164300", 500_000, "Dev Team GmbH"),
    Leg("BE68539007547034", 250_000, "Søren Design"),
)
KEY = "canary-key-4d17-that-signs-the-links-of-invoices"


@dataclass
class Driver:
    """The bank of one test and the gateway that keeps the books in `db`."""

    bank: SandboxBank
    db: Database
    gateway: Gateway
    nowhere: Gateway
    orders: Orders
    account: OurAccount
    form: str = "camt.053"
    first_day: date = field(default_factory=lambda: date(2026, 5, 28))
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def pay(self, invoice_id: str, amount_minor: int | None = None) -> None:
        """The client's transfer, and the statement that shows it."""
        self.receive(f"Invoice {invoice_id}", amount_minor or self.amount_of(invoice_id))
        self.import_now()

    def receive(self, text: str, amount_minor: int, **more: Any) -> dict[str, Any]:
        """Money comes in; answers the bank's own view of it."""
        wish = {"amount_cents": amount_minor, "text": text, "name": "Acme Corp", "iban": CLIENT_IBAN}
        return self.tell_bank("pay", **{**wish, **more})

    def amount_of(self, reference: str) -> int:
        with self.db.reading() as connection:
            found = sa.select(bank_invoices.c.amount_minor).where(bank_invoices.c.reference == reference)
            return int(connection.execute(found).scalar_one())

    def statement(self, **query: str) -> bytes:
        wish = {"from": self.first_day.isoformat(), "format": self.form, **query}
        answer = requests.get(f"{self.bank.url}/sandbox/statement", wish, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.content

    def import_now(self, document: bytes | None = None) -> Imported:
        """Import the bank's statement of all days so far."""
        name = f"statement-{next(self._numbers)}"
        return import_statement(self.db, self.account, document or self.statement(), name=name, by="dana")

    def order_now(self) -> Ordered:
        """Write the file of what waits, if anything does, and carry it to the bank until it has it."""
        done = write_orders(self.db, self.account, by="dana", today=self.bank.books.today)
        if done.file is not None:
            self.upload(done.file.content)
        return done

    def upload(self, content: bytes) -> None:
        """Whoever sees no answer uploads the same file again; a bank that has it says so (AM05)."""
        for _ in range(5):
            with contextlib.suppress(requests.RequestException):
                answer = requests.post(f"{self.bank.url}/sandbox/orders", content, timeout=1)
                if answer.status_code == 201 or answer.json()["error"]["code"] == "AM05":
                    return
        raise AssertionError(answer.text)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        """Only an upload can go wrong: there is no network between the gateway and its books."""
        kinds = {"time_out_after_booking": "accept_then_timeout", "reset_after_booking": "reset"}
        self.tell_bank("faults", on="orders", kind=kinds.get(fault, fault), times=times)

    def invoices(self) -> list[tuple[int, str]]:
        columns = (bank_invoices.c.amount_minor, bank_invoices.c.currency)
        with self.db.reading() as connection:
            return [(int(amount), str(code)) for amount, code in connection.execute(sa.select(*columns))]

    def transfers(self) -> list[tuple[str, int]]:
        return [one for one in self._sent() if one[0] != CLIENT_IBAN]

    def credit_notes(self) -> list[tuple[int, str]]:
        return [(amount, "eur") for iban, amount in self._sent() if iban == CLIENT_IBAN]

    def _sent(self) -> list[tuple[str, int]]:
        """What the bank has transferred once it has every order, and the books its statement."""
        self.order_now()
        self.import_now()
        return [(one["account"], one["amount_cents"]) for one in self.journal("transfer")]

    def voids(self) -> list[str]:
        with self.db.reading() as connection:
            void = sa.select(bank_invoices.c.reference).where(bank_invoices.c.status == "void")
            return [str(reference) for reference in connection.scalars(void)]

    def reversals(self) -> list[tuple[str, int]]:
        return []

    def transfer_rows(self) -> list[tuple[str, str]]:
        """(end-to-end id, status) of every transfer in the books."""
        columns = (bank_transfers.c.end_to_end_id, bank_transfers.c.status)
        with self.db.reading() as connection:
            return [(str(name), str(status)) for name, status in connection.execute(sa.select(*columns))]

    def orders_seen(self) -> int:
        with self.db.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(bank_orders)) or 0

    def pass_time(self, seconds: int) -> None:
        self.tell_bank("time", days=max(1, seconds // 86_400))

    def next_callback(self) -> Sent:
        raise AssertionError("a bank calls nobody back")

    def journal(self, kind: str = "") -> list[dict[str, Any]]:
        return self.bank.journal.entries(kind)

    def tell_bank(self, place: str, **wish: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.bank.url}/sandbox/{place}", json=wish, timeout=10)
        assert answer.status_code == 200, answer.text
        plain: dict[str, Any] = json.loads(answer.content)
        return plain


@contextlib.contextmanager
def bank_driver(db: Database, *, balance_minor: int = 0) -> Iterator[Driver]:
    """A fresh bank that begins on the day of the example, and a gateway over the books in `db`."""
    example = replace(EXAMPLE, **named(EXAMPLE.key))  # type: ignore[arg-type]
    links = InvoiceLinks((KEY,), "https://closeout.example")
    with SandboxBank(today=date(2026, 5, 28), balance_minor=balance_minor) as bank:
        gateway = BankGateway("bank", bank.books.iban, "COBADEFFXXX", db, links)
        orders = Orders(LEGS, "eur", example)
        account = OurAccount(gateway.name, gateway.iban, gateway.bic)
        yield Driver(bank, db, gateway, gateway, orders, account)
