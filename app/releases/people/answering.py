"""What a link leads to: the question while it is open, and afterwards what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from app.db import now
from app.releases.facts import contract_of, intent_status, invoice_key
from app.releases.people.acceptance import accept, dispute
from app.releases.people.links import Claim, claim_of
from app.releases.tables import commands, releases
from app.releases.who import Who

Action = Literal["accept", "dispute"]
LinkState = Literal["open", "used", "replaced", "expired", "answered", "over"]
ASKING = ("awaiting_acceptance", "held", "disputed")


@dataclass(frozen=True, slots=True)
class Opened:
    """A link as it stands. `row` is its release, None where this database never heard of it.

    replaced: the milestone was decided again since, or taken back; answered: the client accepted in another
    way; over: it went on without an answer, or was stopped for good; `use` is the stored answer of a link
    that was used.
    """

    stands: LinkState
    row: sa.RowMapping | None
    use: sa.RowMapping | None = None


def open_link(connection: sa.Connection, claim: Claim) -> Opened:
    """See what a link is still good for. Changes nothing, however often."""
    row = connection.execute(sa.select(releases).where(releases.c.id == claim.release)).mappings().first()
    used = sa.select(commands).where(commands.c.connection == "", commands.c.comment_id == _name(claim))
    use = connection.execute(used).mappings().first()
    if use is not None:
        return Opened("used", row, use)
    return Opened("replaced" if row is None or claim_of(row) != claim else link_state(connection, row), row)


def link_state(connection: sa.Connection, row: sa.RowMapping) -> LinkState:
    """Whether the client may still answer a release by its link: "open", or what is in the way."""
    if row["accepted"] is not None:
        return "answered"
    if row["accept_by"] is None or row["state"] not in ASKING or row["recalled"] is not None:
        return "over"
    if intent_status(connection, invoice_key(row)) is not None:
        return "over"
    return "expired" if row["accept_by"] <= now() else "open"


def answer(connection: sa.Connection, claim: Claim, action: Action, reason: str) -> Opened:
    """Use a link, if it is still good, in the caller's transaction; answers how it stands now.

    Of two that come at once the second waits for the release, and finds the link used; the primary key of
    what people told us is the last word on that.
    """
    lock = sa.select(releases.c.id).where(releases.c.id == claim.release).with_for_update()
    connection.execute(lock)
    opened = open_link(connection, claim)
    if opened.stands != "open" or opened.row is None:
        return opened
    who = Who(contract_of(opened.row).client.name, "link")
    if action == "accept":
        told = accept(connection, claim.release, who)
    else:
        told = dispute(connection, claim.release, who, reason)
    connection.execute(
        sa.insert(commands).values(
            connection="",
            comment_id=_name(claim),
            release_id=claim.release,
            command=action,
            by=who.to_json(),
            answer=told,
            at=now(),
        )
    )
    return open_link(connection, claim)


def _name(claim: Claim) -> str:
    return f"link/{claim.nonce}"
