"""Taking an order into the books. Each is one transaction of its caller, who holds the lock of the account.

`Refused` undoes whatever the transaction has written; its outcome is what the order's sender hears.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.db import now
from app.errors import BankError
from app.gateways.bank import books, matching
from app.gateways.bank.account import Account, read_iban
from app.gateways.bank.context import legs_in, party_in
from app.gateways.bank.pain import Transfer, check_transfer, end_to_end_id
from app.gateways.bank.reference import make_reference
from app.gateways.bank.tables import bank_invoices, bank_orders, bank_transfers
from app.gateways.base import Failed, Operation, Order, Outcome, Unknown

LOOK_AGAIN_S = 3600
"""Payments are known when a statement is imported, which a person does some time of the day."""


class Refused(Exception):
    """The order is not taken, and nothing of it was written."""

    def __init__(self, reason: str, retry_after_s: int | None = None) -> None:
        super().__init__(reason)
        self.outcome = Failed(reason, retry_after_s)


@dataclass(frozen=True, slots=True)
class Desk:
    """The gateway that takes orders: its name, and the account with its bank's BIC ("" if not said)."""

    gateway: str
    iban: str
    bic: str


def take(connection: sa.Connection, desk: Desk, order: Order, body: bytes) -> Outcome | None:
    """Take an order, once; None when it is taken. Raises Refused."""
    books.lock(connection, desk.iban)
    known = books.one(connection, bank_orders, event_id=order.event_id)
    if known is not None:
        if known["body"] == body:
            return None
        return Unknown("another order was taken under this name", needs_person=True)
    made = {"event_id": order.event_id, "account": desk.iban, "gateway": desk.gateway, "created_at": now()}
    connection.execute(sa.insert(bank_orders).values(**made, operation=order.operation, body=body))
    _TAKE[order.operation](connection, desk, order)
    return None


def _open_invoice(connection: sa.Connection, desk: Desk, order: Order) -> None:
    seller, client = party_in(order.context, "seller"), party_in(order.context, "client")
    if order.currency != "eur" or order.amount_minor < 1:
        raise Refused(
            f"an account of SEPA takes euro, not {order.amount_minor} minor units of {order.currency}"
        )
    if not seller.get("name") or not client.get("name"):
        raise Refused("the order names no seller or no client")
    before = _billed(connection, desk, order)
    if before is not None:
        told = "credited: it bills no more" if before["status"] == "credited" else "not void"
        raise Refused(f"the milestone has invoice {before['number']}, which is {told}")
    reference = make_reference(order.event_id)
    connection.execute(
        sa.insert(bank_invoices).values(
            event_id=order.event_id,
            account=desk.iban,
            bic=desk.bic,
            holder=seller["name"],
            number=number_of(order),
            reference=reference,
            contract_id=order.contract_id,
            milestone_index=order.milestone_index,
            revision=order.revision,
            amount_minor=order.amount_minor,
            currency=order.currency,
            status="open",
            created_at=now(),
            mail_due_at=now(),
        )
    )
    # Books that were restored from a backup may hold the payment of an invoice that they do not.
    matching.rematch(connection, desk.iban, reference)


def number_of(order: Order) -> str:
    """The invoice's number, the same whenever the order is taken: an old backup gives no number twice."""
    number = f"{order.contract_id}-{order.milestone_index}"
    return number if order.revision == 1 else f"{number}-r{order.revision}"


def _billed(connection: sa.Connection, desk: Desk, order: Order) -> sa.RowMapping | None:
    """The milestone's invoice that is not void."""
    query = sa.select(bank_invoices).where(
        bank_invoices.c.account == desk.iban,
        bank_invoices.c.contract_id == order.contract_id,
        bank_invoices.c.milestone_index == order.milestone_index,
        bank_invoices.c.status != "void",
    )
    return connection.execute(query).mappings().first()


def _ordered(connection: sa.Connection, desk: Desk, order: Order) -> sa.RowMapping:
    """The invoice that an order is about, whichever it names."""
    if order.invoice_id:
        found = books.one(connection, bank_invoices, account=desk.iban, reference=order.invoice_id)
    else:
        found = _billed(connection, desk, order)
    if found is None:
        raise Refused(f"there is no invoice {order.invoice_id or f'of {order.contract_id}'} in these books")
    return found


def _void_invoice(connection: sa.Connection, desk: Desk, order: Order) -> None:
    invoice = _ordered(connection, desk, order)
    number = invoice["number"]
    if invoice["status"] != "open":
        told = "voided" if invoice["status"] == "void" else "credited"
        raise Refused(f"invoice {number} was {told} before")
    received_minor, _, _ = books.counted(connection, invoice)
    if received_minor:
        raise Refused(f"{received_minor} cents have come in for invoice {number}: it can only be credited")
    left = (bank_transfers.c.invoice_id == invoice["event_id"]) & (bank_transfers.c.status != "waiting")
    if connection.scalar(sa.select(bank_transfers.c.end_to_end_id).where(left).limit(1)):
        raise Refused(f"invoice {number} was paid out of: it can not be voided any more")
    _keep_shares(connection, invoice, "it had not left when the invoice was voided")
    _set_status(connection, invoice, "void")


def _pay_out(connection: sa.Connection, desk: Desk, order: Order) -> None:
    leg, invoice = order.leg, _ordered(connection, desk, order)
    if leg is None or not leg.name:
        raise Refused("a transfer needs the account holder's name: add name: to the payee in the contract")
    _check_share(connection, order, invoice)
    transfer = Transfer(
        Account(leg.name, leg.account),
        leg.amount_minor,
        order.currency,
        end_to_end_id(order.event_id),
        _text(invoice, order),
    )
    _add_transfer(connection, desk, order, invoice, transfer, kind="payout", part=leg.part)


def _check_share(connection: sa.Connection, order: Order, invoice: sa.RowMapping) -> None:
    """The payee gets no more than the invoice's order said, and nothing before there is money for it."""
    leg, context = order.leg, order.context
    assert leg is not None  # noqa: S101 - for the type checker
    paid = sa.select(bank_transfers.c.payee, bank_transfers.c.amount_minor).where(
        bank_transfers.c.invoice_id == invoice["event_id"], bank_transfers.c.kind == "payout"
    )
    ordered = [*connection.execute(paid), (leg.account, leg.amount_minor)]
    share_minor = _legs_of(connection, invoice).get(leg.account, 0)
    if sum(amount for payee, amount in ordered if payee == leg.account) > share_minor:
        raise Refused(f"the share of {leg.account} of invoice {invoice['number']} is {share_minor} cents")
    received_minor, lost_minor, was_paid = books.counted(connection, invoice)
    total_minor = sum(amount for _, amount in ordered)
    is_covered = context.get("partial") == "pro_rata" and total_minor <= received_minor - lost_minor
    if not (was_paid or is_covered or context.get("disburse") == "on_close"):
        raise Refused(f"invoice {invoice['number']} is not paid yet", retry_after_s=LOOK_AGAIN_S)


def _legs_of(connection: sa.Connection, invoice: sa.RowMapping) -> Mapping[str, int]:
    opened = books.one(connection, bank_orders, event_id=invoice["event_id"])
    return legs_in(Order.from_json(opened["body"]).context) if opened else {}


def _credit_note(connection: sa.Connection, desk: Desk, order: Order) -> None:
    """Give back what came in, at most the invoice's amount, to the accounts from which it came."""
    invoice = _ordered(connection, desk, order)
    number = invoice["number"]
    if invoice["status"] != "open":
        told = "voided" if invoice["status"] == "void" else "credited"
        raise Refused(f"invoice {number} was {told} before")
    received_minor, lost_minor, _ = books.counted(connection, invoice)
    if not received_minor:
        raise Refused(f"nothing has come in for invoice {number}")
    left_minor = min(received_minor - lost_minor, invoice["amount_minor"])
    left_minor -= books.by_hand_minor(connection, invoice)
    client = party_in(order.context, "client").get("name", "")
    for part, (iban, name, came_minor) in enumerate(_payers(connection, invoice), 1):
        back_minor = min(left_minor, came_minor)
        if back_minor <= 0:
            continue
        if not iban:
            raise Refused(
                f"a payment of invoice {number} names no account to pay it back to: pay it back by hand,"
                " import the statement that shows it, and say so with closeout bank match; then retry"
            )
        to, left_minor = Account(name or client, iban), left_minor - back_minor
        transfer = Transfer(to, back_minor, order.currency, _refund_id(order, part), f"Refund {number}")
        _add_transfer(connection, desk, order, invoice, transfer, kind="refund", part=part)
    if left_minor > 0:
        raise Refused(f"{left_minor} cents of invoice {number} came from nowhere: pay them back by hand")
    _keep_shares(connection, invoice, "it had not left when the client was refunded")
    _set_status(connection, invoice, "credited")


def _keep_shares(connection: sa.Connection, invoice: sa.RowMapping, why: str) -> None:
    """Shares that no file has ordered yet never leave: what they were to be paid from is gone."""
    is_waiting = (bank_transfers.c.invoice_id == invoice["event_id"]) & (bank_transfers.c.status == "waiting")
    shares = sa.update(bank_transfers).where(is_waiting, bank_transfers.c.kind == "payout")
    connection.execute(shares.values(status="failed", reason=why))


def _payers(connection: sa.Connection, invoice: sa.RowMapping) -> list[tuple[str, str, int]]:
    """Each account that paid, its holder, and what came from there less what was taken or given back."""
    names: dict[str, str] = {}
    sums: dict[str, int] = {}
    for entry in books.entries_of(connection, invoice["event_id"]):
        iban = entry["iban"]
        names.setdefault(iban, entry["name"])
        sign = 1 if entry["is_credit"] else -1
        sums[iban] = sums.get(iban, 0) + sign * entry["amount_minor"]
    return [(iban, names[iban], amount_minor) for iban, amount_minor in sums.items()]


def _refund_id(order: Order, part: int) -> str:
    """Each transfer of a refund has a name of its own, the same whenever the order is taken."""
    if part == 1:
        return end_to_end_id(order.event_id)
    return f"evt-{hashlib.sha256(f'{order.event_id}/{part}'.encode()).hexdigest()[:24]}"


def _reverse_payout(_connection: sa.Connection, _desk: Desk, order: Order) -> None:
    raise Refused(f"a transfer can not be brought back: ask the payee for {order.payout_id}")


def _add_transfer(
    connection: sa.Connection,
    desk: Desk,
    order: Order,
    invoice: sa.RowMapping,
    transfer: Transfer,
    *,
    kind: str,
    part: int,
) -> None:
    """Have a transfer wait for the next file; one that no bank would take is refused here already."""
    try:
        check_transfer(transfer)
    except BankError as error:
        raise Refused(str(error)) from error
    iban = read_iban(transfer.payee.iban)
    leg = {
        "contract_id": invoice["contract_id"],
        "milestone_index": invoice["milestone_index"],
        "kind": kind,
        "iban": iban,
        "part": part,
    }
    if books.one(connection, bank_transfers, **leg) is not None:
        raise Refused(f"{iban} was ordered to be paid before; each share is paid once")
    connection.execute(
        sa.insert(bank_transfers).values(
            **leg,
            end_to_end_id=transfer.end_to_end_id,
            event_id=order.event_id,
            invoice_id=invoice["event_id"],
            account=desk.iban,
            payee=transfer.payee.iban,
            name=transfer.payee.name,
            text=transfer.text,
            amount_minor=transfer.amount_minor,
            currency=transfer.currency,
            status="waiting",
            created_at=now(),
        )
    )
    matching.rematch_transfer(connection, desk.iban, transfer.end_to_end_id)


def _text(invoice: sa.RowMapping, order: Order) -> str:
    """What the payee reads on the statement."""
    part = f", part {order.leg.part}" if order.leg and order.leg.part > 1 else ""
    return f"{invoice['number']}{part} {order.milestone_title}"


def _set_status(connection: sa.Connection, invoice: sa.RowMapping, status: str) -> None:
    of_it = bank_invoices.c.event_id == invoice["event_id"]
    connection.execute(sa.update(bank_invoices).where(of_it).values(status=status))


_TAKE: Mapping[Operation, Callable[[sa.Connection, Desk, Order], None]] = {
    "open_invoice": _open_invoice,
    "pay_out": _pay_out,
    "void_invoice": _void_invoice,
    "credit_note": _credit_note,
    "reverse_payout": _reverse_payout,
}
