"""When a comment was said, and whether what it speaks about is still what it was then.

A word may be obeyed long after it was written: its webhook was lost, or comes again. It counts for what its
author saw: not for what was closed, labelled, paid, held or disputed since. Forges date their comments by
their own clock, and so they do closings; what was done here is dated by ours, and in doubt it is said again.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.errors import ForgeNotFound
from app.events import IssueComment
from app.forges.base import connected
from app.milestones.contract import RepositoryKey
from app.releases.decision.evidence import billed_in
from app.releases.decision.gather import Reader
from app.releases.facts import current_invoice
from app.releases.tables import holds
from app.releases.who import Who

SAY_IT_AGAIN = "say it again"
_SECOND = len("2026-06-05T09:10:20")
SKEW_S = 60
"""So far may a forge's clock and ours be apart: what is closer together has no order."""


def said_at(comment: IssueComment) -> str:
    """A comment's place in time among those of its forge: of one second, ids tell which came first."""
    return f"{comment.at} {comment.id:0>20}"


def completed_at(row: sa.RowMapping) -> str:
    """When the last of the issues was closed or labelled, by the forge's own clock."""
    issues = json.loads(row["evidence"]).get("issues", ())
    return max((at for one in issues for at in (one["closed_at"], one.get("labelled_at")) if at), default="")


def is_too_old(
    connection: sa.Connection, row: sa.RowMapping, word: str, comment: IssueComment, forge: str
) -> str:
    """Why an `accept`, `approve` or `resume` does not count for a release as it stands now, "" if it does.

    `forge` is the connection of the comment.
    """
    if word != "resume":
        if comment.at < completed_at(row):
            return f"it was written before the milestone was completed: {SAY_IT_AGAIN}"
        if row["snapshot"] is None and comment.at[:_SECOND] < row["updated_at"][:_SECOND]:
            return f"it was written before this was known: {SAY_IT_AGAIN}"
        if row["decided_at"] and word == "accept" and comment.at[:_SECOND] < row["decided_at"][:_SECOND]:
            return f"it was written before anybody was asked: {SAY_IT_AGAIN}"
        invoice = current_invoice(connection, row)
        if invoice and invoice["paid_at"] and not _is_surely_after(comment, invoice["paid_at"]):
            return f"it was written before the invoice was paid: {SAY_IT_AGAIN}"
    stops = sa.select(holds).where(holds.c.release_id == row["id"])
    if word == "resume":
        stops = stops.where(holds.c.lifted_at.is_(None))
    else:
        stops = stops.where(holds.c.source.in_(("dispute", "comment", "operator")))
    if any(_is_after(hold, comment, forge) for hold in connection.execute(stops).mappings()):
        return f"it was held or disputed after this was written, or about then: {SAY_IT_AGAIN}"
    return ""


def _is_after(hold: sa.RowMapping, comment: IssueComment, forge: str) -> bool:
    by = Who.from_json(hold["by"])
    if by.said and by.connection == forge:
        return by.said > said_at(comment)
    if hold["lifted_at"] is not None:
        return bool(comment.at[:_SECOND] < hold["at"][:_SECOND])
    return not _is_surely_after(comment, hold["at"])


def _is_surely_after(comment: IssueComment, ours: str) -> bool:
    """Whether a comment was written after a moment of our own clock, whatever the forge's clock shows."""
    return datetime.fromisoformat(comment.at) - datetime.fromisoformat(ours) > timedelta(seconds=SKEW_S)


def still_closed(reader: Reader, row: sa.RowMapping, comment: IssueComment) -> str:
    """Why the issues are not any more what the comment was about, "" if they are. Raises ForgeError."""
    for one in billed_in(json.loads(row["evidence"])):
        if not one["closed_at"]:
            continue
        key = RepositoryKey(one["connection"], one["repository"])
        try:
            forge = connected(reader.forges, key.connection)
            issue = forge.read_issue(reader.identities.repository(key), one["number"])
        except ForgeNotFound:
            continue  # that is looked into by itself, and held for
        if issue.is_open:
            return f"#{one['number']} is open again: {SAY_IT_AGAIN} when it is closed"
        if (issue.closed_at or "") > comment.at:
            return f"#{one['number']} was closed again after this was written: {SAY_IT_AGAIN}"
    return ""
