"""What must hold at any moment, whatever people did: the counterpart's own journal says what really happened.

Every counterpart writes the same words, so that one oracle reads them all. It takes no fees. Where a person
carries the orders, `transfer_waits` are those that nobody was given yet, and `credit_left` is what stays of a
client's over-payment once the invoice is credited.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.invoices.tables import invoices
from app.ledger.journal import Verification, verify
from app.milestones.contract import Contract
from app.payouts.tables import payouts
from app.releases.frozen import was_frozen
from app.releases.tables import intents, releases
from app.sandbox.journal import Journal

Entry = dict[str, Any]
EFFECTS = {
    "invoice_opened": "open_invoice",
    "transfer": "pay_out",
    "reversal": "reverse_payout",
    "credit_note": "credit_note",
}
"""What only an order of ours brings about, by the journal's word. A credit note may be several refunds."""
IN = ("money_in", "payment_recorded", "credit_used")
"""What pays an invoice: money there, money elsewhere that the seller notes, the client's credit."""
BACK = ("credit_note", "refund_recorded", "credit_returned")


def check(db: Database, journal: Journal, gateway: str = "platform") -> None:
    """One live invoice for each milestone, one share for each payee, and books that tell the same."""
    opened = journal.entries("invoice_opened")
    voided = _ids(journal, "invoice_voided")
    live = Counter(one["milestone_index"] for one in opened if one["invoice_id"] not in voided)
    assert all(count == 1 for count in live.values()), f"two live invoices: {opened}"
    revisions = Counter((one["milestone_index"], one["revision"]) for one in opened)
    assert all(count == 1 for count in revisions.values())
    _check_shares(db, journal)
    _check_orders(db, journal, gateway)
    books = verify(db)
    assert books.problems == ()
    for currency in {one["currency"] for one in opened}:
        cash_minor = _cash_minor(
            [one for one in journal.entries() if one.get("currency") == currency], journal
        )
        assert books.balances.get((f"cash:{gateway}", currency), 0) == cash_minor
    if all(one["invoice_id"] for one in journal.entries("money_in")):
        _check_owed(db, books, journal)


def _check_shares(db: Database, journal: Journal) -> None:
    """Nobody gets more than the contract gives, nor a share in several payments unless it says so."""
    contracts = _contracts(db)
    index_of = {one["invoice_id"]: one["milestone_index"] for one in journal.entries("invoice_opened")}
    transfers = journal.entries("transfer")
    for (invoice_id, account), paid_minor in _sums(transfers, "invoice_id", "account").items():
        contract = contracts.get(index_of[invoice_id])
        if contract is None:
            continue  # older books were restored, and do not remember the release
        share_minor = contract.legs_minor(index_of[invoice_id]).get(account, 0)
        assert paid_minor <= share_minor, f"{account} got {paid_minor} of {share_minor}: paid twice"
        count = sum((one["invoice_id"], one["account"]) == (invoice_id, account) for one in transfers)
        assert count == 1 or contract.partial == "pro_rata", f"{account} was paid {count} times"
    assert max(Counter(one["payout_id"] for one in transfers).values(), default=1) == 1


def _check_orders(db: Database, journal: Journal, gateway: str) -> None:
    """Everything that happened there was ordered by us, once; and what we take for done did happen.

    Only what a person does there by hand, a void for one, names no order, or the one of its invoice.
    """
    with db.reading() as connection:
        rows = connection.execute(sa.select(intents).where(intents.c.gateway == gateway)).mappings()
        ours = {row["event_id"]: row for row in rows}
        is_older = was_frozen(connection)  # restored books do not remember every order
    for kind, operation in EFFECTS.items():
        done = Counter(one["event_id"] for one in journal.entries(kind))
        for event_id, count in done.items():
            if is_older and event_id not in ours:
                continue
            assert event_id in ours, f"{kind} of {event_id or 'nobody'}, which we never ordered"
            assert ours[event_id]["operation"] == operation, f"{kind} by {ours[event_id]['key']}"
            assert count == 1 or kind == "credit_note", f"{kind} of {ours[event_id]['key']} {count} times"
        claimed = {
            row["event_id"]
            for row in ours.values()
            if (row["operation"], row["status"]) == (operation, "done")
        }
        claimed -= done.keys() | {one["event_id"] for one in journal.entries("transfer_waits")}
        assert kind == "credit_note" or not claimed, f"{kind}: {claimed} never happened"
    received = _sums([one for one in journal.entries() if one["kind"] in IN], "invoice_id")
    given = _sums([one for one in journal.entries() if one["kind"] in BACK], "invoice_id")
    assert all(minor <= received[bill] for bill, minor in given.items()), f"given back twice: {given}"


def _cash_minor(entries: list[Entry], journal: Journal) -> int:
    """What the counterpart says is left of the money that came in there."""
    failed = _ids(journal, "payout_failed", "payout_id")
    total_minor = 0
    for one in entries:
        amount_minor = int(one.get("amount_cents", 0))
        if one["kind"] == "money_in":
            total_minor += 0 if one.get("out_of_band") else amount_minor
        elif one["kind"] == "credit_note":
            total_minor -= 0 if one.get("out_of_band") else amount_minor
        elif one["kind"] == "transfer":
            total_minor -= 0 if one["payout_id"] in failed else amount_minor
        elif one["kind"] == "transfer_waits":
            total_minor -= amount_minor
        elif one["kind"] == "reversal":
            total_minor += amount_minor
        elif one["kind"] == "dispute_opened":
            total_minor -= amount_minor
        elif one["kind"] == "dispute_closed" and one["status"] == "won":
            total_minor += amount_minor
    return total_minor


def _check_owed(db: Database, books: Verification, journal: Journal) -> None:
    """What clients still owe, what is theirs, what is disputed and what came past the counterpart."""
    came = [one for one in journal.entries() if one["kind"] in IN]
    received = _sums(came, "invoice_id")
    outside = _sums(
        [one for one in came if one["kind"] == "payment_recorded" or one.get("out_of_band")], "invoice_id"
    )
    used = _sums(journal.entries("credit_used"), "invoice_id")
    moved = _sums([one for one in journal.entries("credit_note") if not one.get("out_of_band")], "invoice_id")
    lost = _sums([one for one in journal.entries("dispute_closed") if one["status"] == "lost"], "invoice_id")
    left = _sums(journal.entries("credit_left"), "invoice_id")
    asked = _sums(journal.entries("dispute_opened"), "invoice_id")
    asked.subtract(_sums(journal.entries("dispute_closed"), "invoice_id"))
    owed: Counter[tuple[str, str]] = Counter()
    for bill in _bills(db):
        name, contract, currency = (bill["gateway_id"],), bill["contract_id"], bill["currency"]
        amount_minor = bill["amount_minor"]
        outside_minor = outside[name]
        if bill["status"] == "draft":
            continue
        if bill["status"] == "credited":
            excess_minor = max(0, received[name] - max(amount_minor, moved[name] + lost[name]))
            owed_minor = -left.get(name, excess_minor)
            paid_minor = min(amount_minor, received[name]) - lost[name] - used[name]
            outside_minor -= min(outside_minor, max(0, paid_minor - moved[name]))
        elif bill["status"] == "void":  # what it had used of the client's credit is credit again
            owed_minor = lost[name] + used[name] - received[name]
        else:
            owed_minor = amount_minor + lost[name] + used[name] - received[name]
        owed[contract, currency] += owed_minor
        owed[f"disputed:{contract}", currency] += asked[name]
        owed["cash:outside", currency] += outside_minor
    for currency, minor in _settled(db):
        owed["cash:outside", currency] -= minor
    for (account, currency), minor in owed.items():
        names = (account,) if ":" in account else (f"receivable:{account}", f"client_credit:{account}")
        assert sum(books.balances.get((name, currency), 0) for name in names) == minor, names


def _settled(db: Database) -> list[tuple[str, int]]:
    """Shares that were paid by hand, in the currency of each."""
    settled = payouts.c.reason.like("%paid by hand%")
    with db.reading() as connection:
        rows = connection.execute(sa.select(payouts.c.currency, payouts.c.amount_minor).where(settled))
        return [(currency, minor) for currency, minor in rows]


def _sums(entries: list[Entry], *names: str) -> Counter[Any]:
    """The amounts of entries, added up by the values of these fields."""
    sums: Counter[Any] = Counter()
    for one in entries:
        sums[tuple(one[name] for name in names)] += int(one["amount_cents"])
    return sums


def _ids(journal: Journal, kind: str, name: str = "invoice_id") -> set[str]:
    return {one[name] for one in journal.entries(kind)}


def _contracts(db: Database) -> dict[int, Contract]:
    """The contract of each milestone that was released, by the milestone's index."""
    query = sa.select(releases.c.milestone_index, releases.c.snapshot).where(releases.c.snapshot.is_not(None))
    with db.reading() as connection:
        return {index: Contract.from_snapshot(json.loads(text)) for index, text in connection.execute(query)}


def _bills(db: Database) -> list[sa.RowMapping]:
    query = sa.select(invoices, releases.c.contract_id).join(releases, releases.c.id == invoices.c.release_id)
    with db.reading() as connection:
        return list(connection.execute(query).mappings())


def bills_of(journal: Journal, index: int) -> list[str]:
    """The invoices that were opened for a milestone, by their ids, the newest last."""
    opened = journal.entries("invoice_opened")
    return [one["invoice_id"] for one in opened if one["milestone_index"] == index]


def transfers_of(journal: Journal, index: int) -> int:
    """How many transfers went out for a milestone."""
    bills = bills_of(journal, index)
    return sum(one["invoice_id"] in bills for one in journal.entries("transfer"))
