"""Where a release stands by what is written down about it, and going on from there after it was stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.db import now, stamp
from app.notices.mail import invite
from app.notices.text import moment
from app.releases.again import look_again
from app.releases.changes import change
from app.releases.facts import (
    ARRIVED,
    UNSETTLED,
    current_invoice,
    intent_status,
    invoice_key,
    legs_of,
    lock_release,
    rules_of,
)
from app.releases.people.calendar import deadline
from app.releases.states import State
from app.releases.tables import audit
from app.releases.told.rule_words import names_of


def go_on(connection: sa.Connection, row: sa.RowMapping, reason: str) -> State:
    """Put a stopped release back to where it stands, and have the workflow look at it at once.

    One that was never released is decided again, since its issues may have changed meanwhile.
    """
    to, due_at = stands_at(connection, row)
    if to == "awaiting_acceptance" and row["accepted"] is None and row["accept_by"] <= now():
        ask(connection, row, f"{reason}; the client is asked again")
        return to
    why = f"{_reason_to_be(connection, row, to)}{reason}"
    change(connection, row, to, why, due_at=due_at, failures=0)
    if row["snapshot"] is None or to == "voided":
        look_again(connection, row["id"], reason)
    return to


def ask(connection: sa.Connection, row: sa.RowMapping, reason: str) -> None:
    """Ask the client for its acceptance, until the deadline that the rules give from now on."""
    rules = rules_of(row)
    if rules.acceptance is None:
        raise RuntimeError(f"{row['id']} asks nobody")
    until = stamp(deadline(datetime.now(UTC), rules.acceptance, rules.holidays))
    told = f"{reason}; {names_of(rules)} may accept or dispute it until {moment(until)}"
    change(connection, row, "awaiting_acceptance", told, due_at=until, accept_by=until)
    invite(connection, lock_release(connection, row["id"]))


def _reason_to_be(connection: sa.Connection, row: sa.RowMapping, to: State) -> str:
    """What was told of `to` when this revision first came there, to be told again; "" if it never did."""
    if row["snapshot"] is None or row["state"] == to:
        return ""
    decided = row["decided_at"] or row["created_at"]
    came = (audit.c.release_id == row["id"]) & (audit.c.to_state == to) & (audit.c.at >= decided)
    told = connection.scalar(sa.select(audit.c.reason).where(came).order_by(audit.c.id).limit(1))
    return f"{told}; " if told else ""


def stands_at(connection: sa.Connection, row: sa.RowMapping) -> tuple[State, str | None]:
    """The state that follows from invoice, legs and orders, and when a workflow has to look."""
    if row["snapshot"] is None:
        return "waiting", None
    invoice = current_invoice(connection, row)
    if invoice is None:
        return _before_the_invoice(connection, row)
    if invoice["status"] == "credited":
        return "refunded", None
    if row["refund"] is not None and invoice["status"] in ("open", "paid"):
        return "refunding", now()
    if row["refund"] is not None and invoice["status"] == "void":
        return "refunded", None
    if invoice["status"] in ("open", "paid"):
        return _after_the_invoice(connection, row, is_paid=invoice["status"] == "paid")
    without_payment: dict[str, tuple[State, str | None]] = {
        "draft": ("triggered", now()),
        "void": ("voided", None),
        "uncollectible": ("held", None),
    }
    return without_payment[invoice["status"]]


def _before_the_invoice(connection: sa.Connection, row: sa.RowMapping) -> tuple[State, str | None]:
    if intent_status(connection, invoice_key(row)) is not None:
        return "triggered", now()
    if row["accept_by"] is not None:
        return "awaiting_acceptance", now() if row["accepted"] else row["accept_by"]
    return "ready", _end_of_grace(row)


def _end_of_grace(row: sa.RowMapping) -> str:
    """A hold does not shorten the time in which a reopening withdraws in silence."""
    grace_s = rules_of(row).grace_s
    if not grace_s or row["decided_at"] is None:
        return now()
    return stamp(datetime.fromisoformat(row["decided_at"]) + timedelta(seconds=grace_s))


def _after_the_invoice(
    connection: sa.Connection, row: sa.RowMapping, *, is_paid: bool
) -> tuple[State, str | None]:
    legs = [leg for leg in legs_of(connection, row["id"]) if leg["status"] != "cancelled"]
    statuses = {leg["status"] for leg in legs}
    if (
        statuses
        and statuses <= {*ARRIVED}
        and sum(leg["amount_minor"] for leg in legs) == row["amount_minor"]
    ):
        return "disbursed", None if is_paid else now()
    if "held" in statuses:
        return "held", None
    if statuses.intersection(UNSETTLED):
        return "paid" if is_paid else "invoiced", now()
    if "sent" in statuses:
        return "disbursing", now()
    if statuses & {"failed", "reversed"}:
        return "partially_disbursed", None
    return ("paid", None) if is_paid else ("invoiced", now())
