"""What people may order for a release, whichever way the order comes; who may is judged before.

Each order is one transaction, refuses in a sentence what it can not do, and twice is the same as once.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from app.db import Database, now
from app.errors import CloseoutError
from app.notices.comments import mark_release
from app.payouts.tables import payouts
from app.releases.again import look_again
from app.releases.changes import change
from app.releases.decision.evidence import closers_of
from app.releases.decision.record import approved_keys
from app.releases.facts import contract_of, current_invoice, is_untouched, legs_of, lock_release
from app.releases.holds import active, clear, freeze, lift, told
from app.releases.money.recall import recall
from app.releases.money.refunding import cancel_legs
from app.releases.names import release_id
from app.releases.states import move, state_of
from app.releases.tables import approvals, releases
from app.releases.who import Who

RETRIED = (
    "triggered",
    "invoiced",
    "paid",
    "disbursing",
    "partially_disbursed",
    "voided",
    "unknown",
    "failed",
    "held",
    "refunding",
)
FINISHED = ("disbursed", "refunding", "refunded")


def locked(connection: sa.Connection, contract_id: str, index: int) -> sa.RowMapping:
    """A milestone's row, kept to this transaction. Raises CloseoutError when there is none yet."""
    wanted = sa.select(releases).where(releases.c.id == release_id(contract_id, index)).with_for_update()
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise CloseoutError(
            f"nothing has happened yet to milestone {index} of {contract_id}",
            mend=f"See what it waits for: closeout explain {contract_id} {index}",
        )
    return row


def hold(connection: sa.Connection, row: sa.RowMapping, who: Who, reason: str) -> str:
    """Freeze a milestone before its next money step, released or not."""
    if row["state"] in FINISHED:
        raise CloseoutError(
            f"{row['id']} is {row['state']}: there is nothing left to hold", mend=row["reason"]
        )
    why = f"held by {who}: {reason or 'no reason was given'}"
    if not freeze(connection, row, "comment" if who.via == "comment" else "operator", who, why):
        return f"{row['id']} is held already"
    return f"{row['id']}: {why}"


def resume(connection: sa.Connection, row: sa.RowMapping, who: Who) -> str:
    """Lift everything that holds a milestone, disputes too, and let it go on where it stood."""
    holding = active(connection, row["id"])
    if not holding:
        raise CloseoutError(
            f"nothing holds {row['id']}, which is {row['state']}",
            mend=_explained(row),
        )
    reason = f"resumed by {who}"
    invoice = current_invoice(connection, row)
    is_live = invoice is not None and invoice["status"] in ("open", "paid")
    if invoice is not None and is_live and not is_untouched(connection, row, invoice):
        # Money has moved, so it goes on; what is being taken back goes on being so.
        connection.execute(sa.update(releases).where(releases.c.id == row["id"]).values(recalled=None))
    sources = {hold["source"] for hold in holding}
    lift(connection, lock_release(connection, row["id"]), sources, who, reason)
    return f"{row['id']}: {reason}; it is {lock_release(connection, row['id'])['state']}"


def refund(connection: sa.Connection, row: sa.RowMapping, who: Who, *, keep_payouts: bool) -> str:
    """Undo a disputed release: withdraw it, void its invoice, or give the money back."""
    if row["state"] not in ("disputed", "held") or row["snapshot"] is None:
        raise CloseoutError(
            f"{row['id']} is {row['state']}: only what is disputed or held after its release is refunded",
            mend=_first_step(row),
        )
    if row["recalled"] is not None and not active(connection, row["id"]):
        return f"{row['id']} is being taken back already: {row['reason']}"
    reason = f"the refund was ordered by {who}"
    invoice = current_invoice(connection, row)
    if invoice is not None and invoice["status"] == "uncollectible":
        raise CloseoutError(
            f"invoice {invoice['number']} is uncollectible: nothing was paid that could be given back",
            mend=f"Settle it at the gateway, then: closeout releases retry {row['contract_id']}"
            f" {row['milestone_index']}",
        )
    if invoice is not None and invoice["status"] == "credited":
        raise CloseoutError(
            f"invoice {invoice['number']} was given back already",
            mend=f"To end it: closeout releases resume {row['contract_id']} {row['milestone_index']}",
        )
    if invoice is not None and invoice["disputed_minor"]:
        raise CloseoutError(
            f"the client's bank has not decided about invoice {invoice['number']} yet",
            mend="Answer it at the gateway, or accept it there, which loses it; then refund",
        )
    if invoice is None or invoice["status"] == "void" or is_untouched(connection, row, invoice):
        clear(connection, row["id"], {hold["source"] for hold in active(connection, row["id"])}, who)
        return recall(connection, row["id"], who, reason, may=True)
    keep_payouts = keep_payouts or contract_of(row).on_refund == "keep"
    cancel_legs(connection, row, keep_payouts=keep_payouts)
    clear(connection, row["id"], {hold["source"] for hold in active(connection, row["id"])}, who)
    ordered = {"who": asdict(who), "at": now(), "keep_payouts": keep_payouts}
    values: dict[str, Any] = {"refund": json.dumps(ordered), "recalled": None, "due_at": now(), "failures": 0}
    by_hand = [leg["account"] for leg in legs_of(connection, row["id"], ("settled",))]
    kept = f"; {', '.join(by_hand)} keeps what it got by hand" if by_hand else ""
    change(connection, row, "refunding", f"{reason}{kept}", **values)
    return f"{row['id']}: {reason}; it is refunding{kept}"


def _first_step(row: sa.RowMapping) -> str:
    """How to come from where it stands to a refund, if there is a way."""
    place = f"{row['contract_id']} {row['milestone_index']}"
    if row["snapshot"] is None or row["state"] in ("voided", "refunding", "refunded"):
        return _explained(row)
    verb = "dispute" if row["state"] == "disbursed" else "hold"
    return f"First: closeout releases {verb} {place} REASON"


def _explained(row: sa.RowMapping) -> str:
    return f"See what is next: closeout explain {row['contract_id']} {row['milestone_index']}"


def approve(connection: sa.Connection, row: sa.RowMapping, who: Who) -> str:
    """Approve what holds a milestone before its release, or let the payees' shares of a paid one go.

    Raises CloseoutError when nothing waits for an approval, or when `who` closed one of the issues.
    """
    if row["snapshot"] is None or (row["state"] == "voided" and row["recalled"]):
        return _approve_doubts(connection, row, who)
    if active(connection, row["id"]):
        raise CloseoutError(
            f"{row['id']} is {row['state']}",
            mend="; ".join(told(one) for one in active(connection, row["id"])),
        )
    waiting = (payouts.c.release_id == row["id"]) & (payouts.c.status == "awaiting_approval")
    freed = connection.execute(sa.update(payouts).where(waiting).values(status="owed", updated_at=now()))
    if freed.rowcount == 0:
        raise CloseoutError(
            f"no payout of {row['id']} waits for an approval: it is {row['state']}", mend=_explained(row)
        )
    _check_second_pair(json.loads(row["evidence"]), who)
    reason = f"payouts approved by {who}"
    change(connection, row, state_of(row), reason, approved_by=str(who), due_at=now())
    return f"{row['id']}: {reason}"


def _approve_doubts(connection: sa.Connection, row: sa.RowMapping, who: Who) -> str:
    """Four eyes: one who did not close any of the issues looked at each doubt, as it stands now."""
    evidence = json.loads(row["evidence"])
    doubts = evidence.get("doubts", [])
    approvable = [doubt for doubt in doubts if doubt["key"]]
    if not approvable:
        raise CloseoutError(f"{row['id']} waits for no approval: it is {row['state']}", mend=row["reason"])
    _check_second_pair(evidence, who)
    before = approved_keys(connection, row["id"])
    new = [doubt for doubt in approvable if doubt["key"] not in before]
    if not new:
        return f"{row['id']} was approved before; closeout serve decides it again"
    for doubt in new:
        connection.execute(
            sa.insert(approvals).values(
                release_id=row["id"], key=doubt["key"], doubt=doubt["text"], by=who.to_json(), at=now()
            )
        )
    reason = f"approved by {who}: {'; '.join(doubt['text'] for doubt in approvable)}"
    move(connection, row["id"], state_of(row), state_of(row), reason, {"approved_by": asdict(who)})
    mark_release(connection, row["id"], evidence)
    look_again(connection, row["id"], reason)
    return f"{row['id']}: {reason}"


def _check_second_pair(evidence: dict[str, Any], who: Who) -> None:
    """Refuse whoever closed one of the issues, or is what a doubt is about. Raises CloseoutError."""
    meddlers = [tuple(person) for doubt in evidence.get("doubts", ()) for person in doubt.get("by", ())]
    for connection_name, person_id, login in [*closers_of(evidence), *meddlers]:
        is_same = (connection_name, person_id) == (who.connection, who.id) if who.id else False
        if is_same or login.lower() == who.name.lower():
            raise CloseoutError(
                f"{who.name} closed one of the issues, or is whom it is about: somebody else has to approve",
                mend="Ask another approver, or let somebody else reopen an issue and close it again",
            )


def retry(db: Database, contract_id: str, index: int, who: Who) -> str:
    """Look at a release again at once, after whatever stopped it was mended. Raises CloseoutError.

    This asks and repeats orders under their own keys, so it can not pay twice. A milestone that was not
    released yet is decided again.
    """
    with db.transaction() as connection:
        row = locked(connection, contract_id, index)
        holding = active(connection, row["id"])
        if holding:
            raise CloseoutError(
                f"{row['id']} is {row['state']}: {'; '.join(told(one) for one in holding)}",
                mend=f"To go on all the same: closeout releases resume {contract_id} {index}",
            )
        if row["snapshot"] is None:
            look_again(connection, row["id"], f"{who} asked for another look")
            return f"{row['id']}: looked at again as soon as closeout serve takes it up"
        if row["state"] not in RETRIED:
            raise CloseoutError(
                f"{row['id']} is {row['state']}: there is nothing to try again", mend=row["reason"]
            )
        for before, after in (("failed", "owed"), ("held", "unknown")):  # of what is held money may be out
            stopped = (payouts.c.release_id == row["id"]) & (payouts.c.status == before)
            connection.execute(sa.update(payouts).where(stopped).values(status=after, updated_at=now()))
        asked = f"; {who} asked for another try"
        reason = row["reason"].removesuffix(asked) + asked
        change(connection, row, state_of(row), reason, due_at=now(), failures=0)
    return f"{row['id']}: tried again as soon as closeout serve takes it up"
