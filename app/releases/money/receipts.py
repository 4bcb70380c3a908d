"""What the gateway says of an issued invoice now: what has come in, what is asked back, what became of it.

What it says is counted in `counting.py`; here is what follows for the release.
"""

from __future__ import annotations

import json

import sqlalchemy as sa

from app import money
from app.db import later, now
from app.events import InvoiceFacts
from app.gateways.base import Unknown
from app.milestones.contract import Contract
from app.releases.again import look_again
from app.releases.changes import change
from app.releases.facts import (
    UNSETTLED,
    came_in,
    contract_of,
    credit_key,
    current_invoice,
    intent_status,
    legs_of,
    lock_release,
)
from app.releases.holds import GATEWAY, active, freeze, lift
from app.releases.money import shares
from app.releases.money.bookings import doubt_of, post_issue, post_void
from app.releases.money.counting import Contested, contest, excess, is_news, keep, receive
from app.releases.money.retries import ASK_AGAIN_S, put_off
from app.releases.states import State, state_of
from app.releases.tables import releases
from app.releases.who import Who

BEFORE_THE_PAYMENT = ("invoiced", "disbursing", "partially_disbursed", "disbursed")
"""Where a release may stand when its payment comes; the last three where shares are paid before that."""


OURS = ("calling", "done", "unknown")
"""How far the order of a credit note has come where it may be the one that the gateway tells of."""


def apply_invoice(connection: sa.Connection, release_id: str, facts: InvoiceFacts, asked_at: str = "") -> str:
    """Take in what the gateway says of an issued invoice now; the same facts again change nothing.

    Totals only grow, but a dispute ends: an answer that was asked for before it began does not end it.
    Answers the release's state. A payment creates the payees' legs and, with `auto_clear`, makes them due.
    """
    row = lock_release(connection, release_id)
    invoice = current_invoice(connection, row)
    if invoice is None or not is_news(invoice, facts):
        return str(row["state"])
    if asked_at and facts.disputed_minor < invoice["disputed_minor"]:
        began = [hold["at"] for hold in active(connection, release_id) if hold["source"] == "chargeback"]
        if any(at > asked_at for at in began):
            return str(row["state"])
    doubt = doubt_of(row, facts) or (
        "" if facts.id == invoice["gateway_id"] else f"the gateway now names another invoice, {facts.id}"
    )
    if doubt:
        return put_off(connection, row, Unknown(doubt, needs_person=True))
    contract = contract_of(row)
    if invoice["status"] == "draft" and facts.status != "void":
        post_issue(connection, row["id"], row["revision"], contract, facts)
    if invoice["status"] == "void" and facts.status == "paid":
        post_void(connection, invoice, contract, is_void=False)
    come_minor = receive(connection, contract, invoice, facts)
    contested = contest(connection, contract, invoice, facts)
    present = keep(connection, invoice, facts)
    _follow(connection, release_id, contract, invoice, present, come_minor)
    if contested:
        _contested(connection, lock_release(connection, release_id), present, contested)
    return str(lock_release(connection, release_id)["state"])


def _follow(
    connection: sa.Connection,
    release_id: str,
    contract: Contract,
    before: sa.RowMapping,
    invoice: sa.RowMapping,
    come_minor: int,
) -> None:
    """What becomes of the release, after the invoice was as in `before`."""
    row, was = lock_release(connection, release_id), before["status"]
    if invoice["status"] == "void" and come_minor:
        paid_for_nothing(connection, row, invoice, come_minor)
    elif invoice["status"] == was:
        if come_minor:
            _partly_paid(connection, row, contract, invoice)
    elif invoice["status"] == "paid":
        _paid(connection, row, contract, invoice, was=was)
    elif invoice["status"] == "void" and was != "paid":
        _voided(connection, row, contract, invoice, was=was)
    elif invoice["status"] == "credited" and intent_status(connection, credit_key(row)) in OURS:
        return  # it is recorded where it was ordered
    else:
        _changed(connection, row, invoice)


def paid_for_nothing(
    connection: sa.Connection, row: sa.RowMapping, invoice: sa.RowMapping, come_minor: int
) -> None:
    """The client paid a void invoice: nobody is owed for it, and a person has to give it back."""
    shown = money.show(come_minor, invoice["currency"])
    told = (
        f"{shown} came in for invoice {invoice['number']}, which is void: give it back at the gateway, then"
        f" closeout releases resume {row['contract_id']} {row['milestone_index']}"
    )
    freeze(connection, row, "gateway", GATEWAY, told)


def _contested(
    connection: sa.Connection, row: sa.RowMapping, invoice: sa.RowMapping, contested: Contested
) -> None:
    """The client's bank asks money back: nothing moves until it has decided, and a person when it is lost.

    Meanwhile the gateway is asked how it stands, since its callback may be lost. What is being refunded goes
    on with that, now that the bank has decided.
    """
    place, number = f"{row['contract_id']} {row['milestone_index']}", invoice["number"]
    if contested == "won":
        told = f"the client's bank decided for the seller about invoice {number}"
        lift(connection, row, {"chargeback"}, GATEWAY, told)
    elif contested == "lost":
        shown = money.show(invoice["lost_minor"], invoice["currency"])
        told = (
            f"the client's bank has taken {shown} of invoice {number} back: closeout releases refund {place}"
            " brings the shares back as well, resume leaves them"
        )
    else:
        shown = money.show(invoice["disputed_minor"], invoice["currency"])
        told = f"the client's bank asks {shown} of invoice {number} back; answer it at the gateway"
    if row["refund"] is not None:
        due_at = row["due_at"] if contested == "open" else now()
        row = lock_release(connection, row["id"])
        change(connection, row, state_of(row), f"{row['reason']}; {told}", due_at=due_at)
    elif contested != "won":
        freeze(connection, row, "chargeback", GATEWAY, told)
        asks_at = later(ASK_AGAIN_S) if contested == "open" else None
        connection.execute(sa.update(releases).where(releases.c.id == row["id"]).values(due_at=asks_at))


def _partly_paid(
    connection: sa.Connection, row: sa.RowMapping, contract: Contract, invoice: sa.RowMapping
) -> None:
    """More has come in, and the invoice is what it was."""
    is_more = row["refund"] is None and shares.owe(connection, row, invoice)
    parts = (min(came_in(invoice), invoice["amount_minor"]), invoice["amount_minor"])
    come, whole = (money.show(one, invoice["currency"]) for one in parts)
    told = f"{come} of {whole} of invoice {invoice['number']} has come in{excess(invoice)}"
    if invoice["status"] == "paid":
        told = f"invoice {invoice['number']} is paid{excess(invoice)}"
    is_stopped = bool(active(connection, row["id"])) or row["refund"] is not None
    if row["recalled"] and not is_stopped:
        _dispute(connection, row, told)
    elif is_stopped or row["state"] not in ("invoiced", "disbursing"):
        # Why it stands there, and what helps, is told on.
        due_at = now() if is_more and contract.auto_clear and not is_stopped else row["due_at"]
        change(connection, row, state_of(row), f"{row['reason']}; now {told}", due_at=due_at)
    elif is_more and not contract.auto_clear:
        told = f"{told}; {shares.approval(row)}"
        change(connection, row, state_of(row), told, due_at=later(ASK_AGAIN_S))
    else:
        waits = f"; {shares.approval(row)}" if legs_of(connection, row["id"], ("awaiting_approval",)) else ""
        due_at = now() if is_more else later(ASK_AGAIN_S)
        change(connection, row, state_of(row), f"{told}{waits}", due_at=due_at)


def _paid(
    connection: sa.Connection, row: sa.RowMapping, contract: Contract, invoice: sa.RowMapping, *, was: str
) -> None:
    if row["refund"] is None:
        shares.owe(connection, row, invoice)
    paid = f"invoice {invoice['number']} is paid{excess(invoice)}"
    holding = active(connection, row["id"])
    if row["refund"] is not None:
        change(connection, row, state_of(row), f"{row['reason']}; now {paid}", due_at=now())
    elif row["recalled"]:
        _dispute(connection, row, paid)
    elif holding and was not in ("draft", "open"):
        freeze(connection, row, "gateway", GATEWAY, f"{paid}, which was {was}")
    elif holding:
        change(connection, row, state_of(row), f"{row['reason']}; now {paid}", due_at=None)
    elif row["state"] not in BEFORE_THE_PAYMENT:
        to: State = "held" if row["state"] == "voided" else state_of(row)
        go_on = f"to go on: closeout releases retry {contract.id} {row['milestone_index']}"
        change(connection, row, to, f"{row['reason']}; now {paid}; {go_on}")
    elif row["state"] != "invoiced":
        waits = bool(legs_of(connection, row["id"], (*UNSETTLED, "sent")))
        due_at = now() if waits else None
        change(connection, row, state_of(row), f"{row['reason']}; {paid}", due_at=due_at, failures=0)
    elif contract.auto_clear:
        change(connection, row, "paid", paid, due_at=now(), failures=0)
    else:
        change(connection, row, "paid", f"{paid}; {shares.approval(row)}")


def _voided(
    connection: sa.Connection, row: sa.RowMapping, contract: Contract, invoice: sa.RowMapping, *, was: str
) -> None:
    told = f"the gateway says that invoice {invoice['number']} is void"
    if was != "draft":
        post_void(connection, invoice, contract, is_void=True)
    has_paid_out = not shares.take_back_unsent(connection, row, told)
    if row["refund"] is None and (has_paid_out or came_in(invoice)):
        freeze(connection, row, "gateway", GATEWAY, f"{told}, and money had moved for it")
        return
    if row["state"] == "disbursing":  # in advance: no share had left, and none will
        change(connection, row, "invoiced", f"{told}; its shares are taken back")
        row = lock_release(connection, row["id"])
    why = f": {json.loads(row['recalled'])['reason']}" if row["recalled"] else ""
    to: State = "refunded" if row["refund"] is not None else "voided"
    if active(connection, row["id"]):
        to = state_of(row)
    change(connection, row, to, f"{told}{why}", due_at=None, failures=0)
    if row["recalled"]:
        look_again(connection, row["id"], "its invoice was voided; it may have been completed again since")


def _changed(connection: sa.Connection, row: sa.RowMapping, invoice: sa.RowMapping) -> None:
    """Uncollectible, or credited by somebody else: a person has to look."""
    told = f"the gateway says that invoice {invoice['number']} is {invoice['status']}"
    was = f", and it was paid on {invoice['paid_at'][:10]}" if invoice["paid_at"] else ""
    if invoice["status"] == "open":  # uncollectible no longer
        change(connection, row, state_of(row), told)
    elif invoice["status"] == "credited" or active(connection, row["id"]):
        freeze(connection, row, "gateway", GATEWAY, f"{told}{was}")
    else:
        change(connection, row, "held", f"{told}{was}", due_at=None)


def _dispute(connection: sa.Connection, row: sa.RowMapping, told: str) -> None:
    """It was reopened, and before it could be voided the client paid."""
    recalled = json.loads(row["recalled"])
    reason = f"{recalled['reason']}, but {told}: nothing moves until the operator decides"
    freeze(connection, row, "reopened", Who(**recalled["who"]), reason)
