"""What people said to Closeout on issues that wait for their word, and no webhook told."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import Database
from app.errors import ForgeNotFound
from app.events import Issue, Repository
from app.forges.base import Forge
from app.inbox.store import NewDelivery
from app.releases.again import another_look
from app.releases.people.commands import completed_at, is_order
from app.releases.sweep.known import Place
from app.releases.tables import billed_issues, commands, releases


def unheard(
    db: Database, place: Place, forge: Forge, repository: Repository, found: list[Issue]
) -> list[NewDelivery]:
    """A look at each release that waits for the client, and on whose changed issues a new order stands.

    Costs one request for each such issue. Raises ForgeError.
    """
    changed = {issue.id: issue.number for issue in found}
    if not changed:
        return []
    with db.reading() as reading:
        waiting = reading.execute(
            sa.select(releases, billed_issues.c.issue_id)
            .join(billed_issues, billed_issues.c.release_id == releases.c.id)
            .where(
                releases.c.accept_by.is_not(None),
                releases.c.accepted.is_(None),
                billed_issues.c.connection == place.key.connection,
            )
        ).mappings()
        asked = [row for row in waiting if row["issue_id"] in changed]
        taken = {
            (one.comment_id, one.release_id)
            for one in reading.execute(
                sa.select(commands.c.comment_id, commands.c.release_id).where(
                    commands.c.connection == place.key.connection,
                    commands.c.release_id.in_({row["id"] for row in asked}),
                )
            )
        }
    rows = []
    for row in asked:
        try:
            comments = forge.list_comments(repository, changed[row["issue_id"]])
        except ForgeNotFound:
            continue
        for comment in comments:
            is_new = comment.at >= completed_at(row) and (comment.id, row["id"]) not in taken
            if is_new and is_order(comment):
                name = f"sweep/{place.key}/comment {comment.id}/{row['id']}"
                rows.append(another_look(name, row["id"], "a comment that no webhook told", is_word=True))
    return rows
