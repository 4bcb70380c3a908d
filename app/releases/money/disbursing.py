"""From `paid` to `disbursed`: one transfer per payee, ever, and what the gateway says became of each.

Each function is one transaction of a workflow or of the relay; none calls outside.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app import money
from app.db import later, now
from app.events import PayoutFacts
from app.gateways.base import Done, Failed, Leg, Outcome, Unknown
from app.ledger.journal import count_turns, post, transfer
from app.milestones.contract import Contract
from app.payouts.tables import payouts
from app.releases.changes import change, order
from app.releases.facts import (
    ARRIVED,
    LEG_STATUSES,
    UNSETTLED,
    came_in,
    contract_of,
    current_invoice,
    leg_key,
    leg_name,
    legs_of,
    lock_release,
)
from app.releases.holds import GATEWAY, active, freeze, is_stopped
from app.releases.money import shares
from app.releases.money.calls import NotNow, note_outcome, store_intent
from app.releases.money.retries import ASK_AGAIN_S, put_off, watched_at
from app.releases.states import State
from app.releases.tables import intents, releases


def order_legs(connection: sa.Connection, release_id: str) -> list[str]:
    """`paid` → `disbursing`: store the order of every leg that is to be paid and answer their keys."""
    row = lock_release(connection, release_id)
    if is_stopped(connection, release_id):
        return []
    contract, invoice = contract_of(row), current_invoice(connection, row)
    legs = legs_of(connection, release_id, UNSETTLED)
    if legs and row["state"] in ("invoiced", "paid", "partially_disbursed"):
        change(connection, row, "disbursing", f"paying {len(legs)} of the team's shares")
    keys = []
    for leg in legs:
        key = leg_key(row, leg)
        billed = invoice["gateway_id"] if invoice else ""
        wanted = order(row, contract, key, "pay_out", leg=ordered(contract, leg), invoice_id=billed)
        store_intent(connection, contract.gateway, release_id, wanted)
        keys.append(key)
    return keys


def wake_shares_of(connection: sa.Connection, gateway: str, account: str) -> list[str]:
    """Have the shares that wait for an account tried now, since something about it changed.

    Answers the ids of their releases; what is held, or waits for a person, goes on waiting.
    """
    ordered_here = sa.select(intents.c.release_id).where(
        intents.c.gateway == gateway, intents.c.operation == "pay_out", intents.c.account == account
    )
    waiting = sa.select(payouts.c.release_id).where(
        payouts.c.account == account, payouts.c.status == "owed", payouts.c.release_id.in_(ordered_here)
    )
    sleeping = releases.c.id.in_(waiting) & (releases.c.due_at > now())
    ids = connection.scalars(sa.select(releases.c.id).where(sleeping).order_by(releases.c.id)).all()
    woken = [one for one in ids if not is_stopped(connection, one)]
    connection.execute(sa.update(releases).where(releases.c.id.in_(woken)).values(due_at=now()))
    return woken


def ordered(contract: Contract, leg: sa.RowMapping) -> Leg:
    """A share as it is ordered of the gateway."""
    return Leg(leg["account"], leg["amount_minor"], contract.name_of(leg["account"]), leg["part"])


def find_leg(connection: sa.Connection, release_id: str, account: str, part: int) -> sa.RowMapping | None:
    """A payee's share, or one part of it; None where there is no such."""
    legs = legs_of(connection, release_id)
    return next((leg for leg in legs if (leg["account"], leg["part"]) == (account, part)), None)


def leg_of(connection: sa.Connection, release_id: str, key: str) -> sa.RowMapping:
    """The share that the order `key` is about."""
    about = sa.select(intents.c.account, intents.c.part).where(intents.c.key == key)
    leg = find_leg(connection, release_id, *connection.execute(about).one())
    if leg is None:
        raise RuntimeError(f"{key} is about no share of {release_id}")
    return leg


def facts_of(outcome: Done, leg: sa.RowMapping) -> PayoutFacts | None:
    """What the gateway says of that share."""
    of_it = (leg["account"], leg["part"])
    return next((one for one in outcome.payouts if (one.account, one.part) == of_it), None)


def record_leg(connection: sa.Connection, release_id: str, key: str, outcome: Outcome | NotNow) -> str:
    """Write down what came of one leg's order, and answer the leg's status."""
    row = lock_release(connection, release_id)
    note_outcome(connection, key, outcome)
    leg = leg_of(connection, release_id, key)
    if leg["status"] not in UNSETTLED:
        return str(leg["status"])  # a callback was faster, and knows more than this answer
    if isinstance(outcome, NotNow):
        return str(leg["status"])
    if isinstance(outcome, Done):
        facts = facts_of(outcome, leg)
        if facts is not None:
            return apply_leg(connection, row, facts)
        outcome = Unknown(f"the gateway accepted the payout to {leg['account']} but does not name it", True)
    if isinstance(outcome, Unknown):
        status = "held" if outcome.needs_person else "unknown"
    else:
        status = "failed" if outcome.retry_after_s is None else "owed"
    return set_leg(connection, leg, status, outcome.reason)


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
    legs = [leg for leg in legs_of(connection, release_id) if leg["status"] != "cancelled"]
    invoice = current_invoice(connection, row)
    with_status = {status: [leg for leg in legs if leg["status"] == status] for status in LEG_STATUSES}
    if with_status["held"]:
        return put_off(connection, row, Unknown(shares.told(with_status["held"]), needs_person=True))
    if with_status["unknown"]:
        return put_off(connection, row, Unknown(shares.told(with_status["unknown"])))
    if with_status["owed"]:
        return put_off(connection, row, Failed(shares.told(with_status["owed"]), retry_after_s=0))
    to: State = "disbursing"
    arrived = [leg for leg in legs if leg["status"] in ARRIVED]
    reason = f"{len(arrived)} of {len(legs)} payouts have arrived"
    came_back = with_status["failed"] + with_status["reversed"]
    if came_back and not with_status["sent"]:
        to = "partially_disbursed"
        place = f"{row['contract_id']} {row['milestone_index']}"
        reason = (
            f"{shares.told(came_back)}; still owed. After mending it: closeout releases retry {place}; after"
            f" paying it another way: closeout releases settle {place} {came_back[0]['account']} REFERENCE"
        )
    elif len(arrived) == len(legs):
        to, reason = _all_arrived(row, legs, invoice)
    elif with_status["awaiting_approval"] and not with_status["sent"]:
        is_paid = invoice is not None and invoice["status"] == "paid"
        to, reason = "paid" if is_paid else "invoiced", f"{reason}; {shares.approval(row)}"
    is_open = invoice is not None and invoice["status"] == "open"
    if (to, reason) != (row["state"], row["reason"]):
        waits = to in ("disbursing", "invoiced") or is_open
        due_at = later(ASK_AGAIN_S) if waits else watched_at(invoice)
        change(connection, row, to, reason, due_at=due_at, failures=0)
    return to


def _all_arrived(
    row: sa.RowMapping, legs: Sequence[sa.RowMapping], invoice: sa.RowMapping | None
) -> tuple[State, str]:
    """Where a release stands when all that its payees may get by now has arrived."""
    arrived = "every payout has arrived" if len(legs) > 1 else "the payout has arrived"
    is_open = invoice is not None and invoice["status"] == "open"
    if sum(leg["amount_minor"] for leg in legs) == row["amount_minor"]:
        return (
            "disbursed",
            f"{arrived}; invoice {invoice['number']} is open" if invoice and is_open else arrived,
        )
    come = money.show(came_in(invoice) if invoice else 0, row["currency"])
    whole = money.show(row["amount_minor"], row["currency"])
    return "invoiced", f"{come} of {whole} has come in, and every payout of it has arrived"


def apply_leg(connection: sa.Connection, row: sa.RowMapping, facts: PayoutFacts) -> str:
    """Bring one leg and the ledger to what the gateway says; a wrong amount holds the leg."""
    leg = find_leg(connection, row["id"], facts.account, facts.part)
    was = (
        {"cancelled": "cancelled", "settled": "paid by hand"}.get(leg["status"]) if leg is not None else None
    )
    if leg is not None and was is not None and facts.status == "paid":
        arrived = f"the gateway says that the payout to {leg['account']}, which was {was}, has arrived"
        _post_leg(connection, row, leg, is_out=True)
        set_leg(connection, leg, "paid", f"it was {was} before", facts.id)
        freeze(connection, row, "gateway", GATEWAY, arrived)
        return "paid"
    if leg is None or leg["status"] in ("reversed", "cancelled"):
        return "reversed"  # it was undone; an answer from before says nothing new
    if leg["status"] == "settled":
        return "settled"  # it did not arrive, which the operator knows
    if leg["status"] == "paid" and facts.status not in ("failed", "reversed"):
        return "paid"
    if (facts.amount_minor, facts.currency) != (leg["amount_minor"], leg["currency"]):
        doubt = (
            f"the gateway speaks of {facts.amount_minor} minor units of {facts.currency} for {leg['account']}"
        )
        return set_leg(connection, leg, "held", doubt)
    status = {"pending": "sent", "paid": "paid", "failed": "failed", "reversed": "reversed"}[facts.status]
    _post_leg(connection, row, leg, is_out=status in ("sent", "paid"))
    if status in ("failed", "reversed") and shares.was_settled(connection, row["id"], leg):
        status = "settled"
    return set_leg(connection, leg, status, facts.reason, facts.id)


def cancel_those_that_stayed(
    connection: sa.Connection, row: sa.RowMapping, payouts_there: Sequence[PayoutFacts]
) -> None:
    """A milestone is undone: a share that was on its way, and which the gateway says did not arrive, is owed
    to nobody any more.
    """
    for one in payouts_there:
        leg = find_leg(connection, row["id"], one.account, one.part)
        is_news = leg is not None and leg["status"] == "sent" and one.status == "failed"
        if leg is not None and is_news and apply_leg(connection, row, one) == "failed":
            shares.cancel(connection, row, leg, one.reason)


def _post_leg(connection: sa.Connection, row: sa.RowMapping, leg: sa.RowMapping, *, is_out: bool) -> None:
    """Bring the books to whether the leg's money is out: post it, or turn the posting, or neither."""
    key = f"{leg_name(row['id'], 'payout_sent', leg)}/"
    posted = count_turns(connection, key)
    if is_out == (posted % 2 == 1):
        return
    cash, payable = f"cash:{contract_of(row).gateway}", f"payable:{leg['account']}"
    credit, debit = (cash, payable) if is_out else (payable, cash)
    kind = "payout_sent" if is_out else "payout_returned"
    lines = transfer(credit, debit, leg["amount_minor"], leg["currency"])
    post(connection, f"{key}{posted + 1}", kind, row["id"], lines)


def set_leg(
    connection: sa.Connection, leg: sa.RowMapping, status: str, reason: str, gateway_id: str | None = None
) -> str:
    """Write a leg's status, and why; answers the status."""
    values = {"status": status, "reason": reason, "updated_at": now()}
    if gateway_id is not None:
        values["gateway_id"] = gateway_id
    connection.execute(sa.update(payouts).where(payouts.c.id == leg["id"]).values(values))
    return status
