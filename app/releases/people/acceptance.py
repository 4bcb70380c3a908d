"""The client's word between the decision and the invoice: asking for it, taking it, and what silence means.

Each function is one transaction; who may speak was found out by whoever calls.
"""

from __future__ import annotations

import json
from dataclasses import asdict

import sqlalchemy as sa

from app.db import now
from app.errors import CloseoutError
from app.gateways.base import Failed
from app.notices.comments import mark_release
from app.notices.text import moment
from app.releases.changes import change
from app.releases.facts import intent_status, invoice_key, lock_release, rules_of
from app.releases.holds import active, freeze, is_stopped, lift
from app.releases.money.retries import put_off
from app.releases.onward import ask, go_on
from app.releases.states import OVER
from app.releases.tables import releases
from app.releases.who import Who

SILENCE = Who("silence", "rule")
UNREAD_TRIES = 5
"""In growing pauses, half an hour in all: longer than forges are mostly away."""


def after_grace(connection: sa.Connection, release_id: str) -> str:
    """The stage that follows a grace in which nothing was reopened: the client, or the invoice at once."""
    row = lock_release(connection, release_id)
    if row["state"] != "ready" or is_stopped(connection, release_id):
        return "stopped"
    mark_release(connection, release_id, json.loads(row["evidence"]))
    return "bill" if rules_of(row).acceptance is None else "ask_client"


def ask_client(connection: sa.Connection, release_id: str) -> str:
    """`ready` → `awaiting_acceptance`, until the deadline. Answers the state."""
    row = lock_release(connection, release_id)
    if row["state"] != "ready" or is_stopped(connection, release_id):
        return str(row["state"])
    ask(connection, row, row["reason"])
    return "awaiting_acceptance"


def accept(connection: sa.Connection, release_id: str, who: Who) -> str:
    """Take the client's acceptance; the invoice follows at once. Raises CloseoutError when none is asked for.

    Accepting what oneself disputed before is accepting; what others hold stays held.
    """
    row = lock_release(connection, release_id)
    if row["accepted"] is not None:
        return f"{release_id} was accepted before"
    if row["accept_by"] is None or intent_status(connection, invoice_key(row)) is not None:
        raise CloseoutError(
            f"{release_id} is {row['state']}: it waits for nobody's acceptance",
            mend=f"See what is next: closeout explain {row['contract_id']} {row['milestone_index']}",
        )
    given = {**asdict(who), "at": now()}
    reason = f"accepted by {who}"
    connection.execute(
        sa.update(releases).where(releases.c.id == release_id).values(accepted=json.dumps(given))
    )
    row = lock_release(connection, release_id)
    if active(connection, release_id):
        lift(connection, row, {"dispute"}, who, reason)
    else:
        go_on(connection, row, reason)
    return f"{release_id}: {reason}"


def dispute(connection: sa.Connection, release_id: str, who: Who, reason: str) -> str:
    """Freeze a release because the client disputes it. Raises CloseoutError when it can not be."""
    row = lock_release(connection, release_id)
    if row["snapshot"] is None or row["state"] in OVER:
        raise CloseoutError(
            f"{release_id} is {row['state']}: there is nothing that could be disputed",
            mend="Reopen the issue instead" if row["snapshot"] is None else row["reason"],
        )
    why = f"disputed by {who}: {reason or 'no reason was given'}"
    if not freeze(connection, row, "dispute", who, why):
        return f"{release_id} is disputed already"
    return f"{release_id}: {why}"


def fall_silent(connection: sa.Connection, release_id: str, unread: str = "") -> str:
    """What the contract says of silence, once the deadline has passed. Answers the state.

    `unread` is why the issues could not be read, "" if they were: where silence pays it is tried again, and
    in the end a person has to look, since nobody knows that it was silence.
    """
    row = lock_release(connection, release_id)
    if row["accepted"] is not None or row["accept_by"] is None or row["accept_by"] > now():
        return str(row["state"])
    if is_stopped(connection, release_id) or row["state"] != "awaiting_acceptance":
        return str(row["state"])
    rules = rules_of(row)
    pays = rules.acceptance is not None and rules.acceptance.on_silence == "accept"
    if pays and unread and row["failures"] < UNREAD_TRIES:
        put_off(connection, row, Failed(unread, retry_after_s=0))
    elif pays and not unread:
        accept(connection, release_id, SILENCE)
    else:
        why = f" ({unread})" if unread else ""
        still = "it can still accept, or the operator, with closeout releases accept"
        place = f"{row['contract_id']} {row['milestone_index']}"
        reason = f"no word of the client by {moment(row['accept_by'])}{why}: {still} {place}"
        change(connection, row, "held", reason, due_at=None, failures=0)
    return str(lock_release(connection, release_id)["state"])
