"""The till of an agency that has nothing but a bank account, whose clients do not quote what they should."""

from __future__ import annotations

import contextlib
from typing import ClassVar

from app.db import Database
from app.gateways.bank.links import InvoiceLinks
from app.gateways.bank.tables import bank_invoices
from app.gateways.base import Gateway
from app.sandbox.bank import SandboxBank
from app.sandbox.bank.papers import Refused
from app.sandbox.bank.server import SANDBOX_IBAN
from tests.gateways.bank_driver import KEY
from tests.notices.post_office import PostOffice
from tests.releases.bank_errands import Carrier, ShakyBooks
from tests.releases.bank_journal import CLIENT_IBANS, BankJournal, Movement
from tests.releases.tills import PLENTY_MINOR, USUAL, Till

_ANSWERS = {
    "puts off": ("RCPT", "451 try again later"),
    "refuses": ("RCPT", "550 no such user"),
    "resets": ("DATA", "hang up"),
    "resets after taking it": (".", "hang up"),
    "times out after taking it": (".", "silent"),
}


class BankTill(Till):
    """A bank. Invoices are named by their references, payouts by their end-to-end ids.

    Nothing arrives without somebody who carries it: mails, order files and statements go at every `errands`.
    """

    name = "bank"
    currency: ClassVar = "eur"
    entry: ClassVar = {"name": "bank", "kind": "bank", "account": SANDBOX_IBAN}
    payees: ClassVar = [
        {"account": "NL91ABNA0417164300", "name": "Penny Dev", "share": "60%", "users": ["penny"]},
        {"account": "BE68539007547034", "name": "Søren Design", "share": "40%"},
    ]
    troubles: ClassVar = [
        *(("mail", one) for one in _ANSWERS),
        *((place, kind) for place in ("orders", "statement") for kind in (*USUAL, "refuse_4xx")),
        *(("books", one) for one in ("lost", "locked", "unread")),
        *(("errand", one) for one in ("dies writing", "dies importing", "carries twice", "again", "twice")),
        *(("errand", one) for one in ("today only", "overlaps itself", "out of order")),
        *(
            ("carrier", "rests"),
            ("bank", "a day passes"),
            ("bank", "books in batches"),
            ("bank", "names none"),
        ),
        *(("operator", "matches"), ("operator", "pays by hand")),
    ]

    def __init__(self) -> None:
        self.sandbox, self.office = SandboxBank(balance_minor=PLENTY_MINOR), PostOffice()
        super().__init__(self.sandbox, None)
        self.told = BankJournal(self.sandbox.journal, self.office)
        self.carrier = Carrier(self.sandbox, self.office, self.told)
        self.journal = self.told

    def __enter__(self) -> Till:
        self.office.__enter__()
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.office.__exit__(None, None, None)

    def gateway(self, db: Database) -> Gateway:
        links = InvoiceLinks((KEY,), "https://closeout.example")
        self.carrier.begin(db)
        self._books = ShakyBooks(self.name, SANDBOX_IBAN, "", db, links)
        return self._books

    def errands(self) -> bool:
        return self.carrier.run()

    def check(self) -> None:
        self.carrier.check()

    def bills(self) -> list[str]:
        return self.told.handed_over()

    def fund(self) -> None:
        """It has plenty from the first day."""

    def pay(self, bill: str, amount_minor: int | None = None, *, is_outside: bool = False) -> None:
        """By transfer; `is_outside`: with no reference, a mistyped one, or those of all invoices.

        Who pays all that is left has looked at the invoice's page before.
        """
        if amount_minor is None:
            row = next(one for one in self.told.rows(bank_invoices) if one["reference"] == bill)
            amount_minor = row["amount_minor"] - self._paid_minor(bill) if row["status"] == "open" else 0
        if amount_minor <= 0:
            return
        number = len(self.told.movements)
        told, others = f"Invoice {bill}", [one for one in self.bills() if one != bill]
        if is_outside:
            mistyped = f"Invoice {bill[:-1]}{'1' if bill[-1] == '0' else '0'}"
            told = ("the work", mistyped, " and ".join([f"Invoice {bill}", *others]))[number % 3]
        mark = f"({number})"
        booking = self.sandbox.books.receive(
            amount_minor,
            "eur",
            iban=CLIENT_IBANS[number % 2],
            is_booked=number % 5 != 4,
            name="Acme Corp",
            text=f"{mark} {told}",
        )
        is_quoted = not is_outside or (bill in told and not others)
        self.told.movements.append(Movement(booking, bill, is_quoted, mark))

    def _paid_minor(self, bill: str) -> int:
        mine = [one.booking for one in self.told.movements if one.bill == bill]
        return sum(one.signed_minor for one in mine)

    def end(self, which: int, status: str) -> None:
        """A transfer comes back, days after it was "paid"."""
        made = [one["payout_id"] for one in self.sandbox.journal.entries("transfer")]
        if made and status == "failed":
            name = made[which % len(made)]
            with contextlib.suppress(Refused):
                self.sandbox.books.give_back(name, "AC04")
                self.told.came_back[name] = False

    def void(self, bill: str) -> None:
        """There is no such thing at a bank."""

    def dispute(self, bill: str, amount_minor: int | None = None) -> None:
        """The client's bank has the last payment back."""
        paid = [one for one in self.told.movements if one.bill == bill and not one.is_taken_back]
        for one in paid[-1:]:
            with contextlib.suppress(Refused):
                back = self.sandbox.books.take_back(one.booking.bank_reference, amount_minor)
                self.told.movements.append(Movement(back, bill, one.is_quoted, one.mark))

    def decide(self, status: str) -> None:
        """What a bank has taken back is gone at once."""

    def misbehave(self, which: int) -> None:
        place, kind = self.troubles[which % len(self.troubles)]
        if place in ("orders", "statement"):
            self.faults.switch_on(place, kind, 1)
        elif place == "mail":
            verb, answer = _ANSWERS[kind]
            self.office.answers[verb].append(answer)
            self.carrier.lost_answers += verb == "."
        elif place == "books":
            self._books.fault = kind
        elif place == "errand":
            self.carrier.wrong.append(kind)
        elif kind == "books in batches":
            self.sandbox.batch_booking = not self.sandbox.batch_booking
        elif not self.carrier.has_imported:  # else the same entries would have other names
            self.sandbox.with_references = False

    def pass_day(self) -> None:
        """What was pending is booked, and a file that was not carried is too late."""
        self.sandbox.books.pass_time(1)

    def behave(self) -> None:
        super().behave()
        self.office.answers.clear()
        self._books.fault = ""
        self.pass_day()
        self.carrier.forget_mishaps()
        self.carrier.mail_now()
