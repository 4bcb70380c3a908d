"""What a person decides of an entry of which nothing is certain; who did, and when, stands beside it."""

from __future__ import annotations

import sqlalchemy as sa

from app import money
from app.banking.accounts import OurAccount
from app.banking.statements import tell
from app.errors import CloseoutError
from app.gateways.bank import books, matching
from app.gateways.bank.matching import Match
from app.gateways.bank.tables import bank_files, bank_invoices, bank_payments, bank_transfers
from app.releases.names import release_id
from app.releases.tables import releases
from app.releases.who import Who


def list_unmatched(connection: sa.Connection, iban: str, *, with_others: bool = False) -> list[sa.RowMapping]:
    """The entries that belong to nothing yet; `with_others`: also what went out and was no order of ours."""
    standings = ("unmatched", "other") if with_others else ("unmatched",)
    query = sa.select(bank_payments).where(
        bank_payments.c.account == iban, bank_payments.c.standing.in_(standings)
    )
    days = (bank_payments.c.booked_on, bank_payments.c.entry_id)
    return list(connection.execute(query.order_by(*days)).mappings())


def list_files(connection: sa.Connection, iban: str) -> list[sa.RowMapping]:
    """The statements that were imported and the orders that were written, without their bytes."""
    columns = [one for one in bank_files.c if one.name != "content"]
    query = sa.select(*columns).where(bank_files.c.account == iban).order_by(bank_files.c.id)
    return list(connection.execute(query).mappings())


def match(
    connection: sa.Connection,
    account: OurAccount,
    entry_id: str,
    to: str,
    who: Who,
    *,
    is_taken_back: bool = False,
) -> str:
    """Say that an entry belongs to the invoice or the transfer `to`; answers what that means.

    `to` is an invoice's number or reference, or a transfer's end-to-end id. What came in pays the invoice;
    what went out was given back to the client by hand. For a transfer, what went out pays it by hand, and
    what came in brought it back. `is_taken_back`: what went out was taken by the client's bank, which not
    every statement says. Raises CloseoutError.
    """
    entry = _loose(connection, account, entry_id)
    invoice, transfer = _invoice(connection, account, to), _transfer(connection, account, to)
    shown = money.show(entry["amount_minor"], entry["currency"])
    if invoice is not None:
        if is_taken_back and not entry["is_credit"]:
            entry = _as_taken_back(connection, entry)
        said = _check_invoice(connection, entry, invoice)
        matching.apply(connection, entry, Match("matched", invoice_id=invoice["event_id"]), str(who))
        due = f"invoice {invoice['number']} over {money.show(invoice['amount_minor'], invoice['currency'])}"
        told = f"{shown} of {entry['booked_on']} {_party(entry)}{said} {due}"
    elif transfer is not None:
        said = _check_transfer(entry, transfer)
        name = transfer["end_to_end_id"]
        matching.apply(connection, entry, Match("matched", transfer_id=name), str(who))
        told = f"{shown} of {entry['booked_on']} {said} the transfer to {transfer['name']}"
    else:
        raise CloseoutError(
            f"there is no invoice and no transfer {to}",
            mend="Name an invoice by its number or reference, a transfer by its id: closeout bank transfers",
        )
    row = books.one(connection, bank_payments, entry_id=entry_id)
    tell(connection, [row] if row else [], entry_id)
    return told


def dismiss(connection: sa.Connection, account: OurAccount, entry_id: str, who: Who) -> str:
    """Say that an entry is no business of ours. Raises CloseoutError."""
    entry = _loose(connection, account, entry_id)
    matching.apply(connection, entry, Match("dismissed", entry["why"]), str(who))
    shown = money.show(entry["amount_minor"], entry["currency"])
    return f"{shown} of {entry['booked_on']} belongs to no invoice"


def _loose(connection: sa.Connection, account: OurAccount, entry_id: str) -> sa.RowMapping:
    """An entry that belongs to nothing yet, under the account's lock."""
    books.lock(connection, account.iban)
    entry = books.one(connection, bank_payments, entry_id=entry_id, account=account.iban)
    if entry is None:
        raise CloseoutError(f"there is no entry {entry_id}", mend="See closeout bank unmatched --all")
    if entry["standing"] == "matched":
        by, at = entry["matched_by"], entry["matched_at"]
        where = f"transfer {entry['transfer_id']}"
        if entry["invoice_id"]:
            where = f"invoice {books.invoice_of(connection, entry['invoice_id'])['number']}"
        raise CloseoutError(f"{entry_id} belongs to {where} already, matched by {by} at {at}")
    if entry["is_collective"]:
        raise CloseoutError(
            f"{entry_id} is several payments in one sum",
            mend="Ask the bank for a statement that shows them one by one, and import that",
        )
    return entry


def _party(entry: sa.RowMapping) -> str:
    """From whom it came or to whom it went, so that a slip is seen."""
    return f"{'from' if entry['is_credit'] else 'to'} {entry['name']} " if entry["name"] else ""


def _invoice(connection: sa.Connection, account: OurAccount, to: str) -> sa.RowMapping | None:
    by_number = books.one(connection, bank_invoices, account=account.iban, number=to)
    reference = "".join(to.split()).upper()
    return by_number or books.one(connection, bank_invoices, account=account.iban, reference=reference)


def _transfer(connection: sa.Connection, account: OurAccount, to: str) -> sa.RowMapping | None:
    return books.one(connection, bank_transfers, account=account.iban, end_to_end_id=to.strip().lower())


def _as_taken_back(connection: sa.Connection, entry: sa.RowMapping) -> sa.RowMapping:
    of_it = bank_payments.c.entry_id == entry["entry_id"]
    changed = sa.update(bank_payments).where(of_it).values(is_reversal=True).returning(bank_payments)
    return connection.execute(changed).mappings().one()


def _check_invoice(connection: sa.Connection, entry: sa.RowMapping, invoice: sa.RowMapping) -> str:
    if entry["currency"] != invoice["currency"]:
        raise CloseoutError(f"the entry is in {entry['currency']}, the invoice in {invoice['currency']}")
    if invoice["status"] == "credited":
        raise CloseoutError(f"invoice {invoice['number']} is credited", mend="Pay it back by hand")
    if entry["is_credit"]:
        return "pays"
    if entry["is_reversal"]:
        return "was taken back of"
    identity = release_id(invoice["contract_id"], invoice["milestone_index"])
    release = books.one(connection, releases, id=identity)
    if release is not None and release["refund"] is None:
        raise CloseoutError(
            f"it went out, and invoice {invoice['number']} is not being refunded",
            mend="If the client's bank took it: --taken-back. If you did: first closeout releases refund",
        )
    return "was given back by hand of"


def _check_transfer(entry: sa.RowMapping, transfer: sa.RowMapping) -> str:
    name, ordered = transfer["end_to_end_id"], (transfer["amount_minor"], transfer["currency"])
    if not entry["is_credit"] and (entry["amount_minor"], entry["currency"]) != ordered:
        raise CloseoutError(f"{name} is over {money.show(*ordered)}", mend="Pay and match the exact amount")
    if entry["is_credit"] and transfer["status"] != "paid":
        raise CloseoutError(f"{name} did not go out yet, or came back before")
    if not entry["is_credit"] and transfer["status"] == "paid":
        raise CloseoutError(f"{name} is paid already")
    return "brought back" if entry["is_credit"] else "is"
