"""What happens to a release whose outside call did not end well: again later, ask later, or a person."""

from __future__ import annotations

import random

import sqlalchemy as sa

from app.db import later, now
from app.gateways.base import Failed, Unknown
from app.notices.text import moment
from app.releases.changes import change
from app.releases.facts import current_invoice
from app.releases.frozen import is_frozen
from app.releases.holds import active
from app.releases.money.calls import NotNow
from app.releases.states import State, state_of
from app.releases.tables import releases

PAUSES_S = (5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Between attempts in a row; the last one repeats for ever, since a release is never forgotten."""


ASK_AGAIN_S = 3600
"""How often a gateway is asked about what only its callback would tell, since a callback may be lost."""


WATCH_S = 86400
WATCHED_S = 120 * 86400
"""How often, and how long, a paid invoice is asked about: so long a client's bank may ask its money back, by
the rules of the card networks, and the callback that tells of it may be lost."""


FROZEN_S = 30
"""How soon a release that only waits for the end of a freeze looks whether it is over."""


def pause_s(failures: int, asked_for_s: int | None = None) -> float:
    """Seconds until the next try after `failures` in a row, with jitter, never sooner than was asked for."""
    planned = PAUSES_S[min(failures, len(PAUSES_S)) - 1]
    return max(planned * random.uniform(1, 1.1), asked_for_s or 0)  # noqa: S311 - jitter, not a secret


def watched_at(invoice: sa.RowMapping | None) -> str | None:
    """When a paid invoice is asked about next though nothing waits for it; None once it is old enough."""
    if invoice is None or invoice["status"] != "paid" or (invoice["paid_at"] or "") < later(-WATCHED_S):
        return None
    return later(WATCH_S)


def put_off(connection: sa.Connection, row: sa.RowMapping, outcome: Failed | Unknown | NotNow) -> str:
    """Write down a call that is not done, and when it is looked at again. Answers the release's state."""
    if isinstance(outcome, NotNow):
        return _stop(connection, row)
    failures = row["failures"] + 1
    to: State = state_of(row)
    is_stopped = bool(active(connection, row["id"]))
    due_at: str | None = None
    if isinstance(outcome, Unknown):
        if not is_stopped:
            to = "held" if outcome.needs_person else "unknown"
        if not outcome.needs_person:
            due_at = later(pause_s(failures))
    elif outcome.retry_after_s is None:
        if not is_stopped:
            is_billed = current_invoice(connection, row) is not None
            to = "failed" if to in ("triggered", "unknown", "failed") and not is_billed else "held"
    else:
        due_at = later(pause_s(failures, outcome.retry_after_s))
    hint = f"; next try {moment(due_at)}" if due_at else ""
    if not due_at:
        hint = f"; after mending it: closeout releases retry {row['contract_id']} {row['milestone_index']}"
    change(connection, row, to, f"{outcome.reason}{hint}", due_at=due_at, failures=failures)
    return to


def _stop(connection: sa.Connection, row: sa.RowMapping) -> str:
    """Nothing went out, since the release was held, or everything is frozen.

    Whoever lifts the hold makes it due again; a freeze is looked at again after a while.
    """
    due_at: str | None = None
    if not active(connection, row["id"]):
        due_at = later(FROZEN_S) if is_frozen(connection) else now()
    connection.execute(sa.update(releases).where(releases.c.id == row["id"]).values(due_at=due_at))
    return str(row["state"])
