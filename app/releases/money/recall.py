"""A milestone that was released and is reopened: nothing is billed yet, or what was billed is taken back.

Before the invoice it is withdrawn. While the invoice is open it is voided, if whoever reopened may. What is
paid is disputed: nothing moves by itself, in either direction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import sqlalchemy as sa

from app.db import now
from app.gateways.base import Done, Failed, Outcome
from app.releases.again import look_again
from app.releases.changes import change, order
from app.releases.decision.evidence import billed_in
from app.releases.facts import (
    came_in,
    contract_of,
    current_invoice,
    intent_status,
    invoice_key,
    is_untouched,
    lock_release,
    rules_of,
    void_key,
)
from app.releases.holds import active, clear, freeze
from app.releases.money import shares
from app.releases.money.billing import late_word, record_invoice
from app.releases.money.bookings import write_down
from app.releases.money.calls import NotNow, cancel, drop, note_outcome, revision_of, store_intent
from app.releases.money.disbursing import cancel_those_that_stayed
from app.releases.money.receipts import apply_invoice
from app.releases.money.retries import put_off
from app.releases.states import State, state_of
from app.releases.tables import billed_issues
from app.releases.who import Who

Closed = Mapping[str, str | None]
"""When each issue was closed, by its id and the forge's clock; None while it is not."""


def recall(
    connection: sa.Connection,
    release_id: str,
    who: Who,
    reason: str,
    *,
    may: bool,
    closed: Closed | None = None,
) -> str:
    """Take a release back as far as it can be; the same again changes nothing. Answers what became of it.

    `may`: whoever reopened could as well have closed, or speaks for the client. Others only stop it.
    `closed` is when its issues were closed; by default what the release rests on says so.
    """
    row = lock_release(connection, release_id)
    if row["snapshot"] is None or row["recalled"] is not None or row["state"] in ("refunding", "refunded"):
        return f"{release_id} is {row['state']}"
    invoice = current_invoice(connection, row)
    recalled = noted(row, who, reason, may=may, closed=closed)
    if invoice is None and not _is_ordered(connection, row):
        withdraw(connection, row, reason, recalled)
    elif invoice is not None and _is_past_voiding(connection, row, invoice, reason, may=may):
        stops = f"{reason}: nothing moves until the operator decides, with closeout releases refund or resume"
        freeze(connection, row, "reopened", who, stops)
    elif invoice is not None and invoice["status"] == "open" and not may:
        freeze(
            connection, row, "reopened", who, f"{reason}, who may not: nothing moves until it is closed again"
        )
    else:
        tells = "it is being found out whether the invoice was issued"
        if invoice is not None:
            tells = "the invoice is being voided" if invoice["status"] == "open" else "its invoice is void"
        is_over = invoice is not None and invoice["status"] == "void" and not active(connection, release_id)
        to: State = "voided" if is_over else state_of(row)
        told = f"{reason}: {tells}"
        change(connection, row, to, told, due_at=now(), recalled=recalled, evidence=_without_hand(row))
    return f"{release_id}: {reason}; it is {lock_release(connection, release_id)['state']}"


def _is_past_voiding(
    connection: sa.Connection, row: sa.RowMapping, invoice: sa.RowMapping, reason: str, *, may: bool
) -> bool:
    """Whether money has moved for the invoice, in or out; shares that were only owed are taken back here."""
    if invoice["status"] in ("paid", "uncollectible", "credited"):
        return True
    if invoice["status"] != "open":
        return False
    if not is_untouched(connection, row, invoice):
        return True
    return may and not shares.take_back_unsent(connection, row, reason)


def noted(row: sa.RowMapping, who: Who, reason: str, *, may: bool, closed: Closed | None = None) -> str:
    """What is kept of a recall, and tells a completion that comes later from the one that was taken back."""
    if closed is None:
        closed = {one["id"]: one["closed_at"] for one in billed_in(json.loads(row["evidence"]))}
    noted = {"who": asdict(who), "reason": reason, "may": may, "at": now(), "closed": closed}
    return json.dumps(noted, ensure_ascii=False)


def withdraw(connection: sa.Connection, row: sa.RowMapping, reason: str, recalled: str) -> None:
    """Undo a decision of which nothing has gone out; closed again, the milestone is decided anew.

    Within the grace nobody was told of the release, so that nobody is told of this either. What an order
    took back keeps that in mind: its issues are still closed, and that alone releases nothing again.
    """
    is_ordered_back = json.loads(recalled)["who"]["via"] != "forge"
    connection.execute(sa.delete(billed_issues).where(billed_issues.c.release_id == row["id"]))
    was_ordered = intent_status(connection, invoice_key(row)) is not None
    change(
        connection,
        row,
        "withdrawn",
        reason,
        is_silent=row["state"] == "ready" and rules_of(row).grace_s > 0,
        snapshot=None,
        snapshot_hash=None,
        due_at=None,
        decided_at=None,
        accept_by=None,
        accepted=None,
        recalled=recalled if is_ordered_back else None,
        failures=0,
        evidence=_without_hand(row),
        revision=row["revision"] + (1 if was_ordered else 0),  # an order's name is never used twice
    )
    answered: set[str] = {"reopened", "changed"}  # what they asked for has happened
    acceptance = rules_of(row).acceptance
    if acceptance is not None and acceptance.on_silence == "hold":
        answered.add("dispute")  # the client is asked again, and has to say so
    clear(connection, row["id"], answered, Who("the reopening", "rule"))


def _without_hand(row: sa.RowMapping) -> str:
    """The evidence without the order by hand: it was for the release that is taken back, not for the next."""
    evidence = {name: one for name, one in json.loads(row["evidence"]).items() if name != "by_hand"}
    return json.dumps(evidence, ensure_ascii=False)


def _is_ordered(connection: sa.Connection, row: sa.RowMapping) -> bool:
    """Whether the order of the invoice may have gone out; one that did not is taken back here."""
    key = invoice_key(row)
    return intent_status(connection, key) is not None and not drop(connection, key)


def key_to_settle(connection: sa.Connection, release_id: str) -> str:
    """The order of which it is not known whether it was carried out."""
    return invoice_key(lock_release(connection, release_id))


def settle(connection: sa.Connection, release_id: str, key: str, outcome: Outcome) -> str:
    """A recalled release whose order may have gone out: what the gateway says of it. Answers the state."""
    row = lock_release(connection, release_id)
    if key != invoice_key(row) or row["recalled"] is None or current_invoice(connection, row) is not None:
        return str(row["state"])
    if isinstance(outcome, Done) and outcome.invoice is not None and outcome.invoice.status == "draft":
        cancel(connection, key, "it was reopened before the client had the invoice")
        write_down(connection, release_id, row["revision"], contract_of(row), outcome.invoice)
        told = f"{row['reason']}; its draft is taken away"
        change(connection, row, state_of(row), told, due_at=now(), failures=0)
        return str(row["state"])
    if isinstance(outcome, Failed):
        cancel(connection, key, outcome.reason)
        recalled = json.loads(row["recalled"])
        withdraw(connection, row, f"{recalled['reason']}; no invoice was issued", row["recalled"])
        look_again(connection, release_id, "it was withdrawn; it may have been completed again since")
        return "withdrawn"
    return record_invoice(connection, release_id, invoice_key(row), outcome)


def order_void(connection: sa.Connection, release_id: str) -> str:
    """Store the order that voids the open invoice and answer its key; "" when there is none to void."""
    row = lock_release(connection, release_id)
    invoice = current_invoice(connection, row)
    is_undone = row["recalled"] is not None or row["refund"] is not None
    if not is_undone or invoice is None or invoice["status"] not in ("draft", "open") or came_in(invoice):
        return ""
    contract, key = contract_of(row), void_key(row)
    wanted = order(row, contract, key, "void_invoice", invoice_id=invoice["gateway_id"])
    store_intent(connection, contract.gateway, release_id, wanted)
    return key


def record_void(connection: sa.Connection, release_id: str, key: str, outcome: Outcome | NotNow) -> str:
    """Write down what came of it; a refusal is no end: the invoice itself is asked about next.

    What an earlier revision's order came to says nothing of the present invoice, unless the old one lives.
    """
    row = lock_release(connection, release_id)
    note_outcome(connection, key, outcome)
    if key != void_key(row):
        lives = outcome.invoice if isinstance(outcome, Done) else None
        if lives is None:
            return str(row["state"])
        return late_word(connection, release_id, revision_of(connection, key), lives)
    if isinstance(outcome, Done) and outcome.invoice is not None:
        if outcome.invoice.status == "void":
            cancel_those_that_stayed(connection, row, outcome.payouts)
        return apply_invoice(connection, release_id, outcome.invoice)
    if isinstance(outcome, Done):
        return str(row["state"])
    return put_off(connection, row, outcome)
