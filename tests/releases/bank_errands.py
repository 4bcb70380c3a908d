"""Whoever carries files between Closeout and the pretend bank, decides what is in doubt, and what goes wrong.

Everything is done by what the commands of `closeout bank` call, over the bank's and the mail server's real
protocols. `wrong` holds the mishaps that wait for their moment; each happens once.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

import requests
import sqlalchemy as sa

from app.banking import by_hand
from app.banking.accounts import OurAccount
from app.banking.mailing import mail_turn
from app.banking.statements import import_statement
from app.banking.transfers import read_file, write_orders
from app.db import Database, now
from app.errors import BankError, CloseoutError
from app.gateways.bank.client import BankGateway
from app.gateways.bank.tables import bank_invoices, bank_transfers
from app.gateways.base import Intent, Outcome, Unknown
from app.notices.smtp import MailServer
from app.notices.tables import mails
from app.releases.who import Who
from app.sandbox.bank import SandboxBank
from app.sandbox.bank.orders import read_message
from app.sandbox.bank.papers import Credit, Message
from app.settings import Settings
from tests.gateways.bank_driver import KEY
from tests.notices.post_office import PostOffice
from tests.releases.bank_journal import BankJournal, Movement

OTTO = Who("otto", "command line")
_ENTRY = re.compile(rb"<Ntry>.*?</Ntry>", re.DOTALL)
_STATEMENT = re.compile(rb"<Stmt>.*</Stmt>", re.DOTALL)


class Died(Exception):
    """The process ended here, and what it had in hand is gone."""


class ShakyBooks(BankGateway):
    """The books are a database, which may be locked, or lost just after the commit."""

    fault = ""

    def _take_fault(self) -> str:
        fault, self.fault = self.fault, ""
        return fault

    def send(self, intent: Intent) -> Outcome:
        fault = self._take_fault()
        if fault == "locked":
            return Unknown("the books could not be written: database is locked")
        outcome = super().send(intent)
        return Unknown("the books could not be written: connection lost") if fault == "lost" else outcome

    def ask(self, intent: Intent) -> Outcome:
        if self.fault == "unread":
            self._take_fault()
            return Unknown("the books could not be read: connection lost")
        return super().ask(intent)


class Carrier:
    """`bag` are the files that the bank has not got yet, by their names, with their numbers."""

    def __init__(self, bank: SandboxBank, office: PostOffice, journal: BankJournal) -> None:
        self.bank, self.office, self.journal = bank, office, journal
        self.account = OurAccount("bank", bank.books.iban)
        self.first_day = bank.books.today
        self.bag: dict[str, tuple[int, bytes]] = {}
        self.wrong: list[str] = []
        self.is_resting, self.is_writing, self.lost_answers = False, True, 0
        self._seen: set[tuple[int, bool]] = set()
        self._known: set[str] = set()
        self._imports, self._handmade = 0, 0

    def begin(self, db: Database) -> None:
        """Work with these books, in this process."""
        self.db = self.journal.db = db
        settings = Settings(keys=(KEY,), public_url="https://closeout.example", smtp_url=self.office.url)
        impatient = partial(MailServer, timeout_s=0.2, total_s=1)
        with patch("app.banking.mailing.MailServer", impatient):
            self._mail: Callable[[], bool] = mail_turn(db, partial(replace, settings))

    def run(self) -> bool:
        """All that there is to do now; whether there was anything."""
        is_mail_left = self._mail()
        if self.is_resting:
            return is_mail_left
        return bool(is_mail_left | self._write() | self._carry() | self._import())

    def mail_now(self) -> None:
        """What a mail server put off is tried at once."""
        with self.db.transaction() as connection:
            waiting = mails.c.due_at.is_not(None)
            connection.execute(sa.update(mails).where(waiting).values(due_at=now()))

    def _happens(self, mishap: str) -> bool:
        if mishap in self.wrong:
            self.wrong.remove(mishap)
            return True
        return False

    def _write(self) -> bool:
        """What waits gets into a file; whoever loses the file has it written again."""
        waits = any(one["status"] == "waiting" for one in self.journal.rows(bank_transfers))
        if not (waits and self.is_writing):
            return False
        with contextlib.ExitStack() as stack:
            if self._happens("dies writing"):
                stack.enter_context(patch("app.banking.transfers.OrderFile", side_effect=Died))
                stack.enter_context(contextlib.suppress(Died))
            done = write_orders(self.db, self.account, by=str(OTTO), today=self.bank.books.today)
            if done.file is None:
                return False
            again = read_file(self.db, self.account, done.file.id)
            assert again == done.file, "a file is the same whenever it is read"
            message = read_message(again.content)
            ordered = {one.end_to_end_id: one for one in message.credits}
            twice = ordered.keys() & self.journal.ordered.keys()
            assert not twice, f"{twice} stand in two files"
            self.journal.ordered |= ordered
            self.bag[again.name] = (again.id, again.content)
        return True

    def _carry(self) -> bool:
        """Each file to the bank until it has it, also one that it may have already."""
        carried = False
        for name, (number, content) in list(self.bag.items()):
            for _ in range(1 + self._happens("carries twice")):
                answer = self._hand_in(content)
                code = "" if answer is None else _code(answer)
            if answer is not None and (answer.status_code == 201 or code == "AM05"):
                del self.bag[name]
                carried = True
            elif code == "DT01":  # it was carried too late, and will be for ever: each by hand
                del self.bag[name]
                for credit in read_message(read_file(self.db, self.account, number).content).credits:
                    self.pay_by_hand(credit)
                carried = True
            else:
                self.is_resting = True  # another day is early enough to try again
        return carried

    def _hand_in(self, content: bytes) -> requests.Response | None:
        try:
            return requests.post(f"{self.bank.url}/sandbox/orders", content, timeout=0.5)
        except requests.RequestException:
            return None

    def pay_by_hand(self, credit: Credit) -> None:
        """On the bank's own page, where nobody fills in what a transfer was called before."""
        self._handmade += 1
        name = f"HAND-{self._handmade}"
        made = replace(credit, end_to_end_id=name, execute_on=self.bank.books.today)
        self.journal.by_hand[name] = credit.end_to_end_id
        self.bank.books.order(Message(name, self.account.iban, (made,)))

    def pay_back_by_hand(self) -> None:
        """Every transfer that came back is made once more."""
        for name, is_told in self.journal.came_back.items():
            if is_told and name in self.journal.ordered and name not in self.journal.by_hand.values():
                self.pay_by_hand(self.journal.ordered[name])

    @property
    def has_imported(self) -> bool:
        return self._imports > 0

    def _import(self) -> bool:
        """The bank's statement, as often and as badly as it comes; whether anything was new."""
        seen = self._there()
        if seen == self._seen and not {"twice", "again"} & {*self.wrong}:
            return False
        today = self.bank.books.today
        first = today if self._happens("today only") else self.first_day
        document = self._fetch(str(first))
        if document is None:
            return False
        if self._happens("overlaps itself"):
            document = _STATEMENT.sub(lambda match: match[0] * 2, document)
        if self._happens("out of order"):
            found = iter(_ENTRY.findall(document)[::-1])
            document = _ENTRY.sub(lambda _: next(found), document)
        is_open = {one["reference"]: one["status"] == "open" for one in self.journal.rows(bank_invoices)}
        new = False
        for _ in range(1 + self._happens("twice") + self._happens("again")):
            new = self._take_in(document) or new
        if new:
            if first == self.first_day:
                self._seen = seen
            self._learn(first, is_open)
        self.match_by_hand()
        return new

    def _there(self) -> set[tuple[int, bool]]:
        books = self.bank.books
        return {(one.number, one.is_booked) for one in books.period(self.first_day, books.today).bookings}

    def _fetch(self, first: str) -> bytes | None:
        self._imports += 1
        query = {"from": first, "version": ("08", "02")[self._imports % 2]}
        try:
            answer = requests.get(f"{self.bank.url}/sandbox/statement", query, timeout=0.5)
        except requests.RequestException:
            return None
        return answer.content if answer.status_code == 200 else None

    def _take_in(self, document: bytes) -> bool:
        """Whether it was taken in: what is no statement is refused whole."""
        name, tells = f"statement-{self._imports}", patch("app.banking.statements.tell", side_effect=Died)
        with tells if self._happens("dies importing") else contextlib.nullcontext():
            try:
                done = import_statement(self.db, self.account, document, name=name, by=str(OTTO))
            except (Died, BankError):
                return False
        return not done.is_known

    def _learn(self, first: Any, is_open: dict[str, bool]) -> None:
        """What Closeout can know from now on, and for which invoices it must have taken it."""
        today = self.bank.books.today
        told = [one for one in self.bank.books.period(first, today).bookings if one.is_booked]
        numbers = {one.number for one in told}
        for one in self.journal.movements:
            if one.booking.number in numbers and not one.is_known:
                one.is_known = True
                one.told_for = one.bill if one.is_quoted and is_open[one.bill] else ""
        for booking in told:
            if booking.is_credit and booking.reason:
                self.journal.came_back[booking.end_to_end_id] = True
            elif not booking.is_credit and not booking.reason:
                self._known.add(self.journal.by_hand.get(booking.end_to_end_id, booking.end_to_end_id))

    def match_by_hand(self) -> None:
        """What a person made by hand is said to be the transfer that it stands for."""
        for row in self._loose():
            name = self.journal.by_hand.get(row["end_to_end_id"])
            if name is not None and self._match(row, name):
                self.journal.mended.add(name)

    def match_payments(self, *, is_to_open: bool) -> None:
        """Everything that came in, or was taken back, to the invoice that its client meant."""
        status = {one["reference"]: one["status"] for one in self.journal.rows(bank_invoices)}
        loose = self._loose()
        for one in self.journal.movements:
            row = next((row for row in loose if _is(row, one)), None)
            if row is not None and (status[one.bill] == "open" or not is_to_open):
                of_it = self._paid_for(one) if one.is_taken_back else one.bill
                if of_it and self._match(row, of_it, is_taken_back=one.is_taken_back):
                    one.told_for = of_it

    def _paid_for(self, back: Movement) -> str:
        """For which invoice the payment counts that was taken back."""
        paid = (one for one in self.journal.movements if one.mark == back.mark and not one.is_taken_back)
        return next(paid).told_for

    def _loose(self) -> list[sa.RowMapping]:
        with self.db.reading() as connection:
            return by_hand.list_unmatched(connection, self.account.iban, with_others=True)

    def _match(self, row: sa.RowMapping, to: str, *, is_taken_back: bool = False) -> bool:
        with contextlib.suppress(CloseoutError), self.db.transaction() as connection:
            by_hand.match(connection, self.account, row["entry_id"], to, OTTO, is_taken_back=is_taken_back)
            return True
        return False

    def check(self) -> None:
        """What must hold of the papers at any moment."""
        self.journal.check_mails(self.account.iban, self.lost_answers)
        self.journal.check_bank()
        self.journal.check_refunds()
        self.journal.check_standings(self._known)

    def forget_mishaps(self) -> None:
        """Nothing is about to go wrong any more, and everybody is at work."""
        self.wrong.clear()
        self.is_resting = False
        self.match_payments(is_to_open=True)


def _is(row: sa.RowMapping, one: Movement) -> bool:
    text = "".join(row["text"].split())
    return one.mark in text and row["is_credit"] == one.booking.is_credit


def _code(answer: requests.Response) -> str:
    with contextlib.suppress(ValueError, KeyError):
        return str(answer.json()["error"]["code"])
    return ""
