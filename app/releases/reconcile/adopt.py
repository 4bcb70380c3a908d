"""Taking an invoice that a gateway holds, and its payouts, into books that do not know of them.

An order is named after what it is for, and so is its event: what the gateway booked under that name is ours,
though the books are too old to remember. Where amount, currency, payees and name are those of the contract,
the milestone becomes what it was: released, invoiced, paid. Where anything is not, nothing is believed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app import money
from app.db import now, serialise
from app.errors import CloseoutError
from app.events import InvoiceFacts
from app.gateways.base import Booked, Gateway, Leg
from app.milestones.contract import Contract, snapshot_hash
from app.releases.again import look_again
from app.releases.changes import change, event_id, order
from app.releases.decision.evidence import billed_in
from app.releases.decision.record import billed_before, described, open_row, released
from app.releases.decision.seen import Decision
from app.releases.facts import (
    contract_of,
    current_invoice,
    intent_status,
    invoice_key,
    leg_key,
    legs_of,
    lock_release,
)
from app.releases.holds import GATEWAY, active, freeze
from app.releases.money.billing import late_word, record_invoice
from app.releases.money.bookings import record_past
from app.releases.money.calls import cancel, mark_called, note_outcome, store_intent
from app.releases.money.disbursing import apply_payout
from app.releases.money.recall import noted, recall
from app.releases.money.receipts import apply_invoice
from app.releases.money.shares import owe_as_paid
from app.releases.names import release_id
from app.releases.reconcile.places import Place
from app.releases.reconcile.refunds import adopt_refund
from app.releases.states import State, move, state_of
from app.releases.tables import releases

VOIDED = "its invoice was voided, and the books do not know by whom"
"""It may have been taken back by an order: that its issues are closed is no reason to bill it again."""


class Disagreement(CloseoutError):
    """The gateway holds what the contract does not bear out: a person has to look."""


def adopt(
    connection: sa.Connection,
    gateway: Gateway,
    place: Place,
    contract: Contract | None,
    booked: Booked,
    decision: Decision | None,
) -> str:
    """Bring the books to what the gateway holds of one milestone, in the caller's transaction.

    `contract` is the file's, as if it were billed at that place, which a milestone that was released here
    does not need; `decision` what is read of its issues now, which such a one needs for a void invoice only.
    Answers what was done, in a sentence, "" if the list is older than the books. Raises Disagreement, and
    nothing of the transaction may be kept then.
    """
    serialise(connection, f"contract {place.contract_id}")
    row = find_row(connection, place, contract, booked)
    of_it = contract_of(row) if row is not None and row["snapshot"] is not None else contract
    if row is None or of_it is None:
        raise Disagreement(
            f"no contract of the file and no release has milestone {booked.milestone_index}",
            mend=f"Put the contract back into the file under the id {place.contract_id}, with its milestones",
        )
    _agree(of_it, row, booked)
    if _owes_otherwise(connection, row, of_it):
        raise Disagreement("what the books owe its payees is not what the contract gives them")
    is_void = booked.invoice.status == "void"
    if is_void and _is_past(row, booked):
        _remember(connection, row, place.bills(of_it), booked, _read(decision))
    elif row["snapshot"] is not None and booked.revision < row["revision"]:
        late_word(connection, row["id"], booked.revision, booked.invoice)
        return ""
    else:
        if of_it.gateway not in place.names:
            _bring_back(connection, row, place.bills(of_it))
        if row["snapshot"] is None:
            _release(connection, row, of_it, booked, _read(decision))
        elif row["revision"] != booked.revision:
            _move_on(connection, row, booked)
        _apply(connection, gateway, lock_release(connection, row["id"]), booked)
        if is_void:
            recall(connection, row["id"], GATEWAY, VOIDED, may=True, closed=_closed(row, _read(decision)))
    look_again(connection, row["id"], "it was found at the gateway; its issues may have changed since")
    found = f"{row['id']}: invoice {booked.invoice.number} was found at the gateway"
    if is_void:
        shown = f"closeout explain {place.contract_id} {row['milestone_index']}"
        return f"{found}, void; what bills it again: {shown}"
    return f"{found}; it is {lock_release(connection, row['id'])['state']}"


def _owes_otherwise(connection: sa.Connection, row: sa.RowMapping, contract: Contract) -> bool:
    """Whether the books owe a payee more than the contract gives it, or somebody who is none."""
    owed: Counter[str] = Counter()
    for leg in legs_of(connection, row["id"]):
        if leg["status"] != "cancelled" or leg["part"] == 1:
            owed[leg["account"]] += leg["amount_minor"]
    whole = contract.legs_minor(row["milestone_index"])
    return any(amount_minor > whole.get(account, 0) for account, amount_minor in owed.items())


def _read(decision: Decision | None) -> Decision:
    if decision is None:
        raise Disagreement("the milestone's issues could not be read")
    return decision


def _closed(row: sa.RowMapping, decision: Decision) -> dict[str, str | None]:
    """When each issue of the milestone was closed, as is read now: what is closed later bills it again."""
    gone: dict[str, str | None] = {one["id"]: None for one in billed_in(json.loads(row["evidence"]))}
    return gone | {one["id"]: one["closed_at"] for one in decision.evidence["issues"]}


def hold(
    connection: sa.Connection, place: Place, contract: Contract | None, booked: Booked, why: str
) -> None:
    """Let nothing of the milestone move until a person has looked, where there is such a milestone."""
    row = find_row(connection, place, contract, booked)
    if row is not None:
        told = f"the gateway has invoice {booked.invoice.number} for it, which the books do not: {why}"
        freeze(connection, row, "gateway", GATEWAY, told)


def find_row(
    connection: sa.Connection, place: Place, contract: Contract | None, booked: Booked
) -> sa.RowMapping | None:
    """The milestone's row, locked, and opened where only the file knows it; None where nobody does."""
    identity, index = release_id(place.contract_id, booked.milestone_index), booked.milestone_index
    if connection.scalar(sa.select(releases.c.id).where(releases.c.id == identity)) is not None:
        return lock_release(connection, identity)
    if contract is not None and 1 <= index <= len(contract.milestones):
        return open_row(connection, contract, contract.milestone(index))
    return None


def _agree(contract: Contract, row: sa.RowMapping, booked: Booked) -> None:
    """Check that the invoice is the one that this milestone would have. Raises Disagreement."""
    if row["milestone_index"] > len(contract.milestones):
        raise Disagreement(f"the contract has no milestone {row['milestone_index']} any more")
    milestone = contract.milestone(row["milestone_index"])
    facts = booked.invoice
    key = invoice_key({**row, "revision": booked.revision})
    if booked.event_id != event_id(key):
        raise Disagreement(f"it was opened by {booked.event_id}, which is not the name of our order for it")
    if booked.milestone_title not in ("", milestone.title):
        # Milestones of one amount are common, and the file's order may have been changed meanwhile.
        raise Disagreement(
            f"it bills {booked.milestone_title!r}, which is {milestone.title!r} in the contract"
        )
    wanted, found = (milestone.amount_minor, contract.currency), (facts.amount_minor, facts.currency)
    if found != wanted:
        raise Disagreement(f"it is over {money.show(*found)}, the contract says {money.show(*wanted)}")
    legs, paid_minor = contract.legs_minor(milestone.index), Counter[str]()
    if booked.legs is not None and {leg.account: leg.amount_minor for leg in booked.legs} != legs:
        raise Disagreement("its payees or their shares are not those of the contract")
    for payout in booked.done.payouts:
        paid_minor[payout.account] += payout.amount_minor
        left_minor = legs.get(payout.account, 0) - paid_minor[payout.account]
        is_part = contract.partial == "pro_rata" and left_minor > 0
        if payout.currency != contract.currency or not (is_part or left_minor == 0):
            raise Disagreement(f"the payout {payout.id} to {payout.account} is none of the contract's shares")


def _is_past(row: sa.RowMapping, booked: Booked) -> bool:
    """Whether a void invoice is not that of the present revision, so that it only has to be remembered."""
    return row["snapshot"] is None or row["revision"] != booked.revision


def _remember(
    connection: sa.Connection, row: sa.RowMapping, contract: Contract, booked: Booked, decision: Decision
) -> None:
    """Write a void invoice down; its revision's name is used up. Raises Disagreement."""
    record_past(connection, row["id"], booked.revision, contract, booked.invoice)
    is_released = row["snapshot"] is not None
    last = booked.revision if is_released else booked.revision + 1
    if row["revision"] < last:
        if is_released and row["state"] != "voided":
            raise Disagreement(f"the books have revision {row['revision']} of it, which is {row['state']}")
        recalled = noted(row, GATEWAY, VOIDED, may=True, closed=_closed(row, decision))
        values = {"revision": last, "recalled": recalled}
        connection.execute(sa.update(releases).where(releases.c.id == row["id"]).values(values))


def _release(
    connection: sa.Connection, row: sa.RowMapping, contract: Contract, booked: Booked, decision: Decision
) -> None:
    """Release the milestone as it was released before, on what can be read of its issues now."""
    milestone = contract.milestone(row["milestone_index"])
    doubts = billed_before(connection, contract, milestone, decision)
    if doubts:
        raise Disagreement(doubts[0].text)
    values = described(contract, milestone, decision) | released(
        connection, contract, milestone, row, decision
    )
    to: State = state_of(row) if active(connection, row["id"]) else "ready"
    told = f"it was released before the backup was restored: {_told(booked.invoice)}"
    move(
        connection, row["id"], state_of(row), to, told, decision.evidence, **values, revision=booked.revision
    )


def _bring_back(connection: sa.Connection, row: sa.RowMapping, contract: Contract) -> None:
    """Let a release be that of another gateway, while nothing was ordered. Raises Disagreement.

    A server that worked while all was frozen has released it anew, from a file that has moved the contract.
    """
    if intent_status(connection, invoice_key(row)) or current_invoice(connection, row) is not None:
        raise Disagreement(f"the milestone is billed at {contract_of(row).gateway}")
    plain = contract.snapshot()
    values = {"snapshot": json.dumps(plain, ensure_ascii=False), "snapshot_hash": snapshot_hash(plain)}
    connection.execute(sa.update(releases).where(releases.c.id == row["id"]).values(values))


def _move_on(connection: sa.Connection, row: sa.RowMapping, booked: Booked) -> None:
    """Go on to another revision of a release: the one that the gateway bills. Raises Disagreement."""
    invoice = current_invoice(connection, row)
    if invoice is not None and invoice["status"] != "void":
        raise Disagreement(
            f"invoice {invoice['number']} of revision {row['revision']} is {invoice['status']} too"
        )
    if row["refund"] is not None:
        raise Disagreement("the milestone is being refunded")
    cancel(connection, invoice_key(row), f"the gateway bills revision {booked.revision}")
    values: dict[str, Any] = {"revision": booked.revision, "recalled": None, "due_at": now(), "failures": 0}
    told = f"it was billed again before the backup was restored: {_told(booked.invoice)}"
    to: State = "ready" if row["state"] == "voided" and not active(connection, row["id"]) else state_of(row)
    move(connection, row["id"], state_of(row), to, told, **values)


def _apply(connection: sa.Connection, gateway: Gateway, row: sa.RowMapping, booked: Booked) -> None:
    """Take in what the gateway says of the order that opened the invoice, and of each payee's."""
    contract, identity = contract_of(row), row["id"]
    key = invoice_key(row)
    wanted = order(row, contract, key, "open_invoice")
    store_intent(connection, contract.gateway, identity, wanted)
    mark_called(connection, gateway, wanted)
    if row["state"] in ("ready", "awaiting_acceptance"):
        change(connection, row, "triggered", f"{row['reason']}; the invoice was ordered")
    owe_as_paid(connection, row, booked.done.payouts)
    is_credited = booked.invoice.status == "credited"
    billed = replace(booked.invoice, status="paid") if is_credited else booked.invoice  # it was paid before
    record_invoice(connection, identity, key, replace(booked.done, invoice=billed))
    apply_invoice(connection, identity, billed)
    row = lock_release(connection, identity)
    if booked.done.payouts and row["state"] in ("invoiced", "paid"):
        change(connection, row, "disbursing", f"{row['reason']}; shares of the team were paid")
    for payout in booked.done.payouts:
        leg = Leg(payout.account, payout.amount_minor, contract.name_of(payout.account), payout.part)
        paying = order(row, contract, leg_key(row, leg), "pay_out", leg=leg)
        store_intent(connection, contract.gateway, identity, paying)
        mark_called(connection, gateway, paying)
        note_outcome(connection, paying.key, booked.done)
        apply_payout(connection, identity, payout)
    if is_credited:
        adopt_refund(connection, identity, booked)
    elif booked.legs is None and not booked.done.payouts and legs_of(connection, identity):
        why = f"{_told(booked.invoice)}; it does not say which shares were paid: look there, then resume"
        freeze(connection, lock_release(connection, identity), "gateway", GATEWAY, why)


def _told(facts: InvoiceFacts) -> str:
    return f"the gateway has invoice {facts.number}, {facts.status}"
