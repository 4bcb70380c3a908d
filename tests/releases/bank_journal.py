"""What the oracle reads of a bank, in the words of all counterparts.

A bank knows transfers, no invoices. What moved is its own word, and that of the order files, read as the
bank reads them. Which invoice a payment is for is what its client meant, from when the statement with it was
imported. The invoices are those in the books, which the mails to the client have to agree with.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.gateways.bank.tables import bank_invoices, bank_orders, bank_transfers
from app.notices.tables import mails
from app.sandbox.bank.papers import Booking, Credit
from app.sandbox.journal import Journal
from tests.notices.post_office import PostOffice

Entry = dict[str, Any]
CLIENT_IBANS = ("FR1420041010050500013M02606", "AT611904300234573201")
_FIELD = re.compile(r"^(Amount|IBAN|Reference): (.+)$", re.MULTILINE)


@dataclass
class Movement:
    """What a client paid, or its bank took back, and for which invoice; `entry_id` names it on statements.

    `told_for` is the invoice for which Closeout was told that it is, "" as long as nobody could know.
    """

    booking: Booking
    bill: str
    is_quoted: bool
    mark: str
    is_known: bool = False
    told_for: str = ""

    @property
    def is_taken_back(self) -> bool:
        return not self.booking.is_credit


class BankJournal(Journal):
    """Nothing is written here; `entries` are put together whenever they are asked for."""

    def __init__(self, bank: Journal, office: PostOffice) -> None:
        super().__init__()
        self._bank, self._office = bank, office
        self.db: Database | None = None
        self.movements: list[Movement] = []
        self.ordered: dict[str, Credit] = {}
        """What each file that was written orders, by its end-to-end id."""
        self.came_back: dict[str, bool] = {}
        """The transfers that came back, and whether a statement has told so."""
        self.by_hand: dict[str, str] = {}
        """Which transfer a person made anew at the bank, by the name of the one by hand."""
        self.mended: set[str] = set()

    def rows(self, table: sa.Table, *orders: sa.Column[Any]) -> list[sa.RowMapping]:
        """All of a table of the books; nothing before there are any."""
        if self.db is None:
            return []
        with self.db.reading() as connection:
            return list(connection.execute(sa.select(table).order_by(*orders)).mappings())

    def entries(self, kind: str = "") -> list[Entry]:
        """Derived anew, without the times and numbers that a written journal has."""
        parts = {
            "invoice_opened": [self._billed],
            "invoice_voided": [self._billed],
            "money_in": [self._moved],
        }
        of_kind = parts.get(kind, [self._billed, self._moved, self._ordered, self._credited])
        found = [one for part in of_kind for one in part()]
        return [one for one in found if kind in ("", one["kind"])]

    def _bills(self) -> list[sa.RowMapping]:
        return self.rows(bank_invoices, bank_invoices.c.created_at, bank_invoices.c.event_id)

    def _billed(self) -> list[Entry]:
        bills = self._bills()
        columns = ("event_id", "contract_id", "milestone_index", "revision", "currency")
        opened = [
            {
                "kind": "invoice_opened",
                "invoice_id": one["reference"],
                "amount_cents": one["amount_minor"],
                **{name: one[name] for name in columns},
            }
            for one in bills
        ]
        void = [one for one in bills if one["status"] == "void"]
        return opened + [{"kind": "invoice_voided", "invoice_id": one["reference"]} for one in void]

    def _moved(self) -> list[Entry]:
        found: list[Entry] = []
        for one in self.movements:
            facts = {"invoice_id": one.told_for, "amount_cents": one.booking.amount_minor, "currency": "eur"}
            kinds = ("dispute_opened", "dispute_closed") if one.is_taken_back else ("money_in",)
            found += [{"kind": kind, "status": "lost", **facts} for kind in kinds if one.told_for]
        return found

    def _ordered(self) -> list[Entry]:
        """What is in a file, on its way or at the bank, what came back, and what waits for a file."""
        reference_of = {_plain(one["number"]): one["reference"] for one in self._bills()}
        found: list[Entry] = []
        rows = {one["end_to_end_id"]: one for one in self.rows(bank_transfers)}
        for name, credit in self.ordered.items():
            is_back = credit.iban in CLIENT_IBANS
            number = re.split("[ ,]", credit.text.removeprefix("Refund "))[0]
            facts = {
                "kind": "credit_note" if is_back else "transfer",
                "payout_id": name,
                "invoice_id": reference_of[number],
                "event_id": rows[name]["event_id"] if is_back else f"evt_{name[4:]}",
                "account": credit.iban,
                "amount_cents": credit.amount_minor,
                "currency": "eur",
            }
            found.append(facts)
        for name, is_known in self.came_back.items():
            if is_known and name not in self.mended:
                found.append({"kind": "payout_failed", "payout_id": name})
        for name, row in rows.items():
            if name not in self.ordered:
                # What was taken back before it got into a file never leaves.
                left_minor = row["amount_minor"] if row["status"] == "waiting" else 0
                facts = {"event_id": row["event_id"], "amount_cents": left_minor, "currency": "eur"}
                found.append({"kind": "transfer_waits", **facts})
        return found

    def _credited(self) -> list[Entry]:
        """Credit notes, of which nothing may be left to give back: what is given back is a transfer.

        What came in beyond the amount stays the client's credit.
        """
        notes = [one for one in self.rows(bank_orders) if one["operation"] == "credit_note"]
        billed = {one["reference"]: one for one in self._bills()}
        found: list[Entry] = []
        for note in notes:
            bill = billed[json.loads(note["body"])["invoice_id"]]
            name, kept_minor = bill["reference"], self._net_minor(bill["reference"])
            facts = {"invoice_id": name, "contract_id": bill["contract_id"], "currency": "eur"}
            found.append({"kind": "credit_note", **facts, "amount_cents": 0, "event_id": note["event_id"]})
            left_minor = max(0, kept_minor - bill["amount_minor"])
            found.append({"kind": "credit_left", **facts, "amount_cents": left_minor})
        return found

    def _net_minor(self, bill: str) -> int:
        """What came in for an invoice, less what was taken back."""
        return sum(one.booking.signed_minor for one in self.movements if one.told_for == bill)

    def check_refunds(self) -> None:
        """A client gets back what it paid and its bank has not taken, at most the invoice's amount."""
        given: Counter[str] = Counter()
        for row in self.rows(bank_transfers):
            given[row["event_id"]] += row["amount_minor"] if row["kind"] == "refund" else 0
        for one in self._credited():
            if one["kind"] == "credit_note":
                bill = next(bill for bill in self._bills() if bill["reference"] == one["invoice_id"])
                due_minor = min(self._net_minor(bill["reference"]), bill["amount_minor"])
                assert given[one["event_id"]] == due_minor, f"{bill['number']}: {given} of {due_minor}"

    def mailed(self) -> list[dict[str, str]]:
        """Amount, IBAN and Reference of each mail with an invoice that the mail server took over."""
        found = []
        for one in self._office.taken:
            body = one.message.get_body()
            fields = dict(_FIELD.findall(str(body.get_content()).replace("\r\n", "\n"))) if body else {}
            if "Reference" in fields:
                plain = {name: text.replace(" ", "") for name, text in fields.items() if name != "Amount"}
                to, name = ",".join(one.recipients), str(one.message["Message-ID"])
                found.append({**plain, "Amount": fields["Amount"], "to": to, "id": name})
        return found

    def given_up(self) -> set[str]:
        """The names of the mails that no server takes: somebody hands the page over."""
        return {one["key"] for one in self.rows(mails) if "given up" in one["problem"]}

    def handed_over(self) -> list[str]:
        """The invoices that their client ever got, by mail or by hand."""
        mailed, given_up = {one["Reference"] for one in self.mailed()}, self.given_up()
        got = (one for one in self._bills() if one["reference"] in mailed or mail_key(one) in given_up)
        return [one["reference"] for one in got]

    def check_mails(self, iban: str, lost: int) -> None:
        """Each mail bills what the books hold, no mail is lost; and none twice but where an answer was."""
        bills = {one["reference"]: one for one in self.rows(bank_invoices)}
        count: Counter[str] = Counter()
        for one in self.mailed():
            cents = re.sub("[^0-9]", "", one["Amount"].removesuffix(" eur"))
            assert int(cents) == bills[one["Reference"]]["amount_minor"], one
            assert (one["IBAN"], one["to"]) == (iban, "ap@acme.example"), one
            count[one["id"]] += 1
        names = {(one["Reference"], one["id"]) for one in self.mailed()}
        assert len(names) == len({reference for reference, _ in names}), f"two names for one mail: {names}"
        assert sum(count.values()) - len(count) <= lost, f"mailed again: {count}"
        assert self._office.violations == []
        waiting = {one["key"] for one in self.rows(mails) if one["due_at"]} | self.given_up()
        for reference, bill in bills.items():
            is_mailed = any(reference == one for one, _ in names)
            is_due = bill["mail_due_at"] is not None or mail_key(bill) in waiting
            assert is_mailed or is_due or bill["status"] != "open", f"nobody mails {bill['number']}"

    def check_bank(self) -> None:
        """The bank made what a file orders, to the cent, and nothing that no file and no person ordered."""
        for one in self._bank.entries("transfer"):
            name = self.by_hand.get(one["payout_id"], one["payout_id"])
            credit = self.ordered[name]
            assert (one["account"], one["amount_cents"]) == (credit.iban, credit.amount_minor), one
        made = Counter(one["payout_id"] for one in self._bank.entries("transfer"))
        assert max(made.values(), default=1) == 1, f"transferred twice: {made}"

    def check_standings(self, known: Collection[str]) -> None:
        """What the books call paid was made at the bank."""
        made = {one["payout_id"] for one in self._bank.entries("transfer")}
        made |= {self.by_hand[name] for name in made & self.by_hand.keys()}
        status = {one["end_to_end_id"]: one["status"] for one in self.rows(bank_transfers)}
        paid = {name for name, one in status.items() if one == "paid"}
        assert paid <= made, f"never transferred: {paid - made}"
        assert paid <= {*known}, f"no statement shows {paid - {*known}}"
        for name, is_told in self.came_back.items():
            is_failed = is_told and name not in self.by_hand and name not in self.mended
            assert not is_failed or status[name] == "failed", f"{name} came back, and is {status[name]}"


def mail_key(bill: sa.RowMapping) -> str:
    """The name of an invoice's mail in the queue."""
    return f"{bill['contract_id']}/{bill['milestone_index']}/r{bill['revision']}/invoice"


def _plain(number: str) -> str:
    """An invoice's number as banks write it, who have no underscore."""
    return number.replace("_", "-")
