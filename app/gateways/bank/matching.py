"""Which invoice or transfer an entry of a statement belongs to, and why to none. A doubt is a person's.

A reference is believed where exactly one invoice has it and nothing speaks against it; a transfer is known by
its end-to-end id, which banks carry through. Nothing is matched by an amount or by a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app import money
from app.db import now
from app.gateways.bank import books
from app.gateways.bank.pain import end_to_end_id, event_of_order
from app.gateways.bank.tables import bank_invoices, bank_payments, bank_transfers

BY_REFERENCE = "reference"
"""`matched_by` of what no person matched."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where an entry belongs: to an invoice (its event), to a transfer (its end-to-end id), or why to none.

    `standing` is matched, unmatched, or other: it went out and was no order of ours.
    """

    standing: str
    why: str = ""
    invoice_id: str | None = None
    transfer_id: str | None = None


def find(connection: sa.Connection, entry: books.Row) -> Match:
    """Where a row of `bank_payments` belongs by what it says."""
    if event_of_order(entry["end_to_end_id"]):
        return _of_transfer(connection, entry)
    quoted = entry["quoted"].split()
    with_reference = bank_invoices.c.reference.in_(quoted) & (bank_invoices.c.account == entry["account"])
    query = sa.select(bank_invoices).where(with_reference)
    known = connection.execute(query).mappings().all() if quoted else ()
    doubt = _doubt(entry, quoted, known)
    if not doubt:
        return Match("matched", invoice_id=known[0]["event_id"])
    is_other = not entry["is_credit"] and not known
    return Match("other") if is_other else Match("unmatched", doubt)


def _doubt(entry: books.Row, quoted: Sequence[str], known: Sequence[books.Row]) -> str:
    """Why an entry is not simply the payment of the one invoice that it quotes, "" where it is."""
    if entry["is_collective"]:
        return "several payments in one sum, which the bank does not tell apart"
    if not known:
        return f"no invoice has the reference {quoted[0]}" if quoted else "it quotes no reference of ours"
    if len(known) > 1:
        return f"it quotes several invoices: {', '.join(sorted(one['number'] for one in known))}"
    number, status = known[0]["number"], known[0]["status"]
    if entry["currency"] != known[0]["currency"]:
        return f"it is in {entry['currency']}, and invoice {number} in {known[0]['currency']}"
    if status != "open":
        return f"invoice {number} is {status}"
    if not entry["is_credit"] and not entry["is_reversal"]:
        return f"it went out, quotes invoice {number}, and was no order of ours"
    if entry["is_credit"] and entry["is_reversal"]:
        return f"the bank says that it came back, and it quotes invoice {number}, which nobody paid from here"
    return ""


def _of_transfer(connection: sa.Connection, entry: books.Row) -> Match:
    """An entry with an end-to-end id of our form: the transfer itself, or its return."""
    name = end_to_end_id(event_of_order(entry["end_to_end_id"]))
    transfer = books.one(connection, bank_transfers, end_to_end_id=name, account=entry["account"])
    if transfer is None:
        return Match("unmatched", f"an order {name} that these books do not hold")
    if (entry["amount_minor"], entry["currency"]) != (transfer["amount_minor"], transfer["currency"]):
        ordered = money.show(transfer["amount_minor"], transfer["currency"])
        return Match("unmatched", f"ordered under {name} were {ordered}")
    twin = books.one(connection, bank_payments, transfer_id=name, is_credit=entry["is_credit"])
    if twin is not None and twin["entry_id"] != entry["entry_id"]:
        told = "came back" if entry["is_credit"] else "went out"
        return Match("unmatched", f"{name} {told} before, on {twin['booked_on']}")
    return Match("matched", transfer_id=name)


def apply(connection: sa.Connection, entry: books.Row, match: Match, by: str = BY_REFERENCE) -> None:
    """Write down where an entry belongs, and what that makes of a transfer."""
    values = {
        "standing": match.standing,
        "why": match.why,
        "invoice_id": match.invoice_id,
        "transfer_id": match.transfer_id,
    }
    if match.standing in ("matched", "dismissed"):
        values |= {"matched_by": by, "matched_at": now()}
    of_it = bank_payments.c.entry_id == entry["entry_id"]
    connection.execute(sa.update(bank_payments).where(of_it).values(values))
    if match.transfer_id:
        settle(connection, match.transfer_id)


def settle(connection: sa.Connection, end_to_end_id: str) -> None:
    """Bring a transfer to what the statements say of it: paid once it went out, failed once it came back."""
    query = sa.select(bank_payments).where(bank_payments.c.transfer_id == end_to_end_id)
    entries = connection.execute(query).mappings().all()
    back = [one for one in entries if one["is_credit"]]
    status, reason = "paid", ""
    if 2 * len(back) >= len(entries):  # a person may have paid again by hand what came back
        last = max(back, key=lambda one: one["booked_on"], default=None)
        told = f": {last['reason']}" if last and last["reason"] else ""
        status, reason = "failed", f"it came back on {last['booked_on']}{told}" if last else ""
    if entries:
        of_it = bank_transfers.c.end_to_end_id == end_to_end_id
        connection.execute(sa.update(bank_transfers).where(of_it).values(status=status, reason=reason))


def rematch(connection: sa.Connection, account: str, reference: str) -> None:
    """Look again at entries that quote a reference which an invoice has only now."""
    quotes = bank_payments.c.quoted.contains(reference)
    _look_again(connection, account, quotes)


def rematch_transfer(connection: sa.Connection, account: str, end_to_end_id: str) -> None:
    """The same for an end-to-end id: a transfer that went out before its order was taken here is paid.

    So it is when books were restored from a backup that is older than the file with the transfer.
    """
    _look_again(connection, account, sa.func.lower(bank_payments.c.end_to_end_id) == end_to_end_id)


def _look_again(connection: sa.Connection, account: str, which: sa.ColumnElement[bool]) -> None:
    loose = (bank_payments.c.account == account) & bank_payments.c.standing.in_(("unmatched", "other"))
    query = sa.select(bank_payments).where(loose & which & (bank_payments.c.is_twin.is_(False)))
    for entry in connection.execute(query).mappings().all():
        match = find(connection, entry)
        if match.standing == "matched":
            apply(connection, entry, match)
