"""The bank's books of one account: what comes in, what is ordered out of it, what comes back. No HTTP here.

One lock guards all of it; every booking is in the journal before the method returns.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from app.sandbox.bank.orders import is_iban
from app.sandbox.bank.papers import Booking, Credit, Message, Period, Refused
from app.sandbox.journal import Journal

_OURS = re.compile(r"evt-[0-9a-f]{24}", re.ASCII)


class Books:
    """`today` moves only when told to (`pass_time`), so that a test says which day it is."""

    def __init__(self, journal: Journal, iban: str, currency: str, balance_minor: int, today: date) -> None:
        self.iban, self.currency, self.today = iban, currency, today
        self._journal, self._first_minor = journal, balance_minor
        self._lock = threading.RLock()
        self._bookings: list[Booking] = []
        self._waiting: list[tuple[str, Credit]] = []
        self._messages: set[str] = set()
        self._ordered: dict[str, Credit] = {}

    @property
    def balance_minor(self) -> int:
        with self._lock:
            return self._first_minor + sum(one.signed_minor for one in self._bookings if one.is_booked)

    def order(self, message: Message) -> list[str]:
        """Take a file, whole or not at all: transfers of today are made, later ones wait. Raises Refused.

        As strict banks do, a MsgId or an EndToEndId that was taken once is never taken again.
        """
        with self._lock:
            ids = [one.end_to_end_id for one in message.credits]
            if message.debtor_iban != self.iban:
                raise Refused("AC02", f"{message.debtor_iban} is not an account of yours")
            if message.id in self._messages:
                raise Refused("AM05", f"the message {message.id} was taken before")
            for id_ in ids:
                if id_ in self._ordered or ids.count(id_) > 1:
                    raise Refused("AM05", f"{id_} was ordered before")
            if any(one.execute_on < self.today for one in message.credits):
                raise Refused("DT01", f"today is {self.today}")
            due = [one for one in message.credits if one.execute_on == self.today]
            if sum(one.amount_minor for one in due) > self.balance_minor:
                raise Refused("AM04", f"the balance is {self.balance_minor} cents")
            self._messages.add(message.id)
            self._ordered |= {one.end_to_end_id: one for one in message.credits}
            for one in due:
                self._execute(one, message.id)
            self._waiting += [(message.id, one) for one in message.credits if one.execute_on > self.today]
            return ids

    def _execute(self, one: Credit, message_id: str) -> None:
        if one.amount_minor > self.balance_minor:
            self._journal.add("payout_failed", payout_id=one.end_to_end_id, reason="AM04")
            return
        self._book(
            one.amount_minor,
            is_credit=False,
            name=one.name,
            iban=one.iban,
            group=message_id,
            text=one.text,
            end_to_end_id=one.end_to_end_id,
        )
        named = {"payout_id": one.end_to_end_id, "amount_cents": one.amount_minor, "currency": self.currency}
        event_id = one.end_to_end_id.replace("-", "_", 1) if _OURS.fullmatch(one.end_to_end_id) else ""
        self._journal.add("transfer", invoice_id="", event_id=event_id, account=one.iban, **named)
        self._journal.add("payout_paid", payout_id=one.end_to_end_id)

    def receive(
        self, amount_minor: int, currency: str, *, iban: str, is_booked: bool, **texts: Any
    ) -> Booking:
        """A client pays. Raises Refused for an account that does not exist, or another currency than ours."""
        if iban and not is_iban(iban):
            raise Refused("AC01", f"{iban} is no account number")
        if currency != self.currency:
            raise Refused("AM03", f"the account is in {self.currency}; say as `instructed` what was sent")
        with self._lock:
            group = f"in-{self.today}"
            booking = self._book(
                amount_minor, is_credit=True, iban=iban, group=group, is_booked=is_booked, **texts
            )
            if is_booked:
                self._tell_of(booking)
            return booking

    def _tell_of(self, booking: Booking) -> None:
        self._journal.add(
            "money_in",
            invoice_id="",
            amount_cents=booking.amount_minor,
            currency=self.currency,
            payment_id=booking.bank_reference,
            reference=booking.reference,
            text=booking.text,
        )

    def give_back(self, end_to_end_id: str, reason: str) -> Booking:
        """A transfer comes back: its payee's bank did not take it. Raises Refused."""
        with self._lock:
            named = [one for one in self._bookings if one.end_to_end_id == end_to_end_id != ""]
            first = next((one for one in named if not one.is_credit), None)
            if first is None:
                raise Refused("NOOR", f"{end_to_end_id!r} was not transferred", 404)
            if any(one.reason for one in named):
                raise Refused("ARDT", f"{end_to_end_id} came back before", 409)
            booking = self._book(
                first.amount_minor,
                is_credit=True,
                name=first.name,
                iban=first.iban,
                group=f"back-{end_to_end_id}",
                text=first.text,
                end_to_end_id=end_to_end_id,
                reason=reason,
            )
            self._journal.add("payout_failed", payout_id=end_to_end_id, reason=reason)
            return booking

    def take_back(self, payment_id: str, amount_minor: int | None = None, reason: str = "FOCR") -> Booking:
        """The client's bank has a payment back, whole or so much of it; once. Raises Refused.

        FOCR is a recall that followed: the code of ISO 20022 for what was paid in error, or by fraud.
        """
        with self._lock:
            named = (one for one in self._bookings if one.bank_reference == payment_id)
            first = next((one for one in named if one.is_credit and one.is_booked and not one.reason), None)
            if first is None:
                raise Refused("NOOR", f"{payment_id!r} did not come in", 404)
            group = f"recall-{payment_id}"
            if any(one.group == group for one in self._bookings):
                raise Refused("ARDT", f"{payment_id} was taken back before", 409)
            booking = self._book(
                min(amount_minor or first.amount_minor, first.amount_minor),
                is_credit=False,
                name=first.name,
                iban=first.iban,
                group=group,
                text=first.text,
                reference=first.reference,
                reason=reason,
            )
            facts = {"invoice_id": "", "amount_cents": booking.amount_minor, "currency": self.currency}
            self._journal.add("dispute_opened", status="lost", payment_id=payment_id, **facts)
            self._journal.add("dispute_closed", status="lost", payment_id=payment_id, **facts)
            return booking

    def _book(self, amount_minor: int, **facts: Any) -> Booking:
        booking = Booking(len(self._bookings) + 1, self.today, amount_minor, **facts)
        self._bookings.append(booking)
        return booking

    def pass_time(self, days: int) -> date:
        """Go to a later day: what was pending is booked then, and orders for the days in between are made."""
        with self._lock:
            for _ in range(days):
                self.today += timedelta(days=1)
                for booking in self._bookings:
                    if not booking.is_booked:
                        booking.is_booked, booking.day = True, self.today
                        self._tell_of(booking)
                due = [one for one in self._waiting if one[1].execute_on == self.today]
                self._waiting = [one for one in self._waiting if one not in due]
                for message_id, credit in due:
                    self._execute(credit, message_id)
            return self.today

    def period(self, first: date, last: date) -> Period:
        """The days from `first` to `last`, both with all of their bookings. Raises Refused."""
        if last < first or last > self.today:
            raise Refused("DT01", f"a statement is of days up to {self.today}, the first one first")
        with self._lock:
            before = [one for one in self._bookings if one.day < first]
            inside = tuple(one for one in self._bookings if first <= one.day <= last)
            opening_minor = self._first_minor + _moved(before)
            closing_minor = opening_minor + _moved(inside)
            return Period(self.iban, self.currency, first, last, opening_minor, closing_minor, inside)


def _moved(bookings: Iterable[Booking]) -> int:
    return sum(one.signed_minor for one in bookings if one.is_booked)
