"""From `paid` to `disbursed`: one transfer per payee, ever, and what the gateway says became of each.

Each function is one transaction of a workflow or of the relay; none calls outside.
"""

from __future__ import annotations

import sqlalchemy as sa

from app import money
from app.db import later, now
from app.events import PayoutFacts
from app.gateways.base import Done, Failed, Leg, Outcome, Unknown
from app.ledger.journal import count_entries, post, transfer
from app.payouts.tables import payouts
from app.releases.changes import change, order
from app.releases.facts import (
    LEG_STATUSES,
    UNSETTLED,
    contract_of,
    leg_key,
    legs_of,
    lock_release,
)
from app.releases.holds import GATEWAY, active, freeze, is_stopped
from app.releases.money.calls import NotNow, note_outcome, store_intent
from app.releases.money.retries import ASK_AGAIN_S, put_off
from app.releases.states import State
from app.releases.tables import intents


def order_legs(connection: sa.Connection, release_id: str) -> list[str]:
    """`paid` → `disbursing`: store the order of every leg that is to be paid and answer their keys."""
    row = lock_release(connection, release_id)
    if is_stopped(connection, release_id):
        return []
    contract = contract_of(row)
    legs = legs_of(connection, release_id, UNSETTLED)
    if legs and row["state"] in ("paid", "partially_disbursed"):
        change(connection, row, "disbursing", f"paying {len(legs)} of the team's shares")
    keys = []
    for leg in legs:
        key = leg_key(row, leg["account"])
        wanted = order(row, contract, key, "pay_out", leg=Leg(leg["account"], leg["amount_minor"]))
        store_intent(connection, contract.gateway, release_id, wanted)
        keys.append(key)
    return keys


def record_leg(connection: sa.Connection, release_id: str, key: str, outcome: Outcome | NotNow) -> str:
    """Write down what came of one leg's order, and answer the leg's status."""
    row = lock_release(connection, release_id)
    note_outcome(connection, key, outcome)
    account = connection.execute(sa.select(intents.c.account).where(intents.c.key == key)).scalar_one()
    leg = next(one for one in legs_of(connection, release_id) if one["account"] == account)
    if leg["status"] not in UNSETTLED:
        return str(leg["status"])  # a callback was faster, and knows more than this answer
    if isinstance(outcome, NotNow):
        return str(leg["status"])
    if isinstance(outcome, Done):
        facts = next((one for one in outcome.payouts if one.account == account), None)
        if facts is not None:
            return apply_leg(connection, row, facts)
        outcome = Unknown(f"the gateway accepted the payout to {account} but does not name it", True)
    if isinstance(outcome, Unknown):
        status = "held" if outcome.needs_person else "unknown"
    else:
        status = "failed" if outcome.retry_after_s is None else "owed"
    set_leg(connection, release_id, account, status, outcome.reason)
    return status


def apply_payout(connection: sa.Connection, release_id: str, facts: PayoutFacts) -> str:
    """Take in what the gateway says of a leg now, then see where the release stands. Answers its state."""
    row = lock_release(connection, release_id)
    before = legs_of(connection, release_id)
    apply_leg(connection, row, facts)
    if legs_of(connection, release_id) == before or legs_of(connection, release_id, UNSETTLED):
        return str(row["state"])  # nothing new, or a run is still at work and closes the round itself
    return close_round(connection, release_id)


def close_round(connection: sa.Connection, release_id: str) -> str:
    """Derive the release's state from its legs, and when a workflow has to look again.

    A release that is held stays where it is; its legs say what has happened to them.
    """
    row = lock_release(connection, release_id)
    if active(connection, release_id) or row["refund"] is not None:
        return str(row["state"])
    legs = legs_of(connection, release_id)
    with_status = {status: [leg for leg in legs if leg["status"] == status] for status in LEG_STATUSES}
    if with_status["held"]:
        return put_off(connection, row, Unknown(_tell(with_status["held"]), needs_person=True))
    if with_status["unknown"]:
        return put_off(connection, row, Unknown(_tell(with_status["unknown"])))
    if with_status["owed"]:
        return put_off(connection, row, Failed(_tell(with_status["owed"]), retry_after_s=0))
    to: State = "disbursing"
    reason = f"{len(with_status['paid'])} of {len(legs)} payouts have arrived"
    came_back = with_status["failed"] + with_status["reversed"]
    if came_back and not with_status["sent"]:
        to = "partially_disbursed"
        reason = (
            f"{_tell(came_back)}; still owed. After mending it: closeout releases retry"
            f" {row['contract_id']} {row['milestone_index']}"
        )
    elif len(with_status["paid"]) == len(legs):
        to = "disbursed"
        reason = "every payout has arrived" if len(legs) > 1 else "the payout has arrived"
    if (to, reason) != (row["state"], row["reason"]):
        due_at = later(ASK_AGAIN_S) if to == "disbursing" else None
        change(connection, row, to, reason, due_at=due_at, failures=0)
    return to


def apply_leg(connection: sa.Connection, row: sa.RowMapping, facts: PayoutFacts) -> str:
    """Bring one leg and the ledger to what the gateway says; a wrong amount holds the leg."""
    leg = next((one for one in legs_of(connection, row["id"]) if one["account"] == facts.account), None)
    if leg is not None and leg["status"] == "cancelled" and facts.status == "paid":
        arrived = f"the gateway says that the payout to {leg['account']}, which was cancelled, has arrived"
        _post_leg(connection, row, leg, is_out=True)
        set_leg(connection, row["id"], leg["account"], "paid", "it was cancelled before", facts.id)
        freeze(connection, row, "gateway", GATEWAY, arrived)
        return "paid"
    if leg is None or leg["status"] in ("reversed", "cancelled"):
        return "reversed"  # it was undone; an answer from before says nothing new
    if leg["status"] == "paid" and facts.status not in ("failed", "reversed"):
        return "paid"
    if (facts.amount_minor, facts.currency) != (leg["amount_minor"], leg["currency"]):
        doubt = (
            f"the gateway speaks of {facts.amount_minor} minor units of {facts.currency} for {leg['account']}"
        )
        return set_leg(connection, row["id"], leg["account"], "held", doubt)
    status = {"pending": "sent", "paid": "paid", "failed": "failed", "reversed": "reversed"}[facts.status]
    _post_leg(connection, row, leg, is_out=status in ("sent", "paid"))
    return set_leg(connection, row["id"], leg["account"], status, facts.reason, facts.id)


def _post_leg(connection: sa.Connection, row: sa.RowMapping, leg: sa.RowMapping, *, is_out: bool) -> None:
    """Bring the books to whether the leg's money is out: post it, or turn the posting, or neither."""
    key = f"{row['id']}/payout_sent/{leg['account']}/"
    posted = count_entries(connection, key)
    if is_out == (posted % 2 == 1):
        return
    cash, payable = f"cash:{contract_of(row).gateway}", f"payable:{leg['account']}"
    credit, debit = (cash, payable) if is_out else (payable, cash)
    kind = "payout_sent" if is_out else "payout_returned"
    lines = transfer(credit, debit, leg["amount_minor"], leg["currency"])
    post(connection, f"{key}{posted + 1}", kind, row["id"], lines)


def set_leg(
    connection: sa.Connection,
    release_id: str,
    account: str,
    status: str,
    reason: str,
    gateway_id: str | None = None,
) -> str:
    """Write a leg's status, and why; answers the status."""
    values = {"status": status, "reason": reason, "updated_at": now()}
    if gateway_id is not None:
        values["gateway_id"] = gateway_id
    connection.execute(
        sa.update(payouts)
        .where(payouts.c.release_id == release_id, payouts.c.account == account)
        .values(values)
    )
    return status


def _tell(legs: list[sa.RowMapping]) -> str:
    return "; ".join(
        f"payout of {money.show(leg['amount_minor'], leg['currency'])} to {leg['account']}: {leg['reason']}"
        for leg in legs
    )
