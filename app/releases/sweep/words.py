"""What people said to Closeout on issues that wait for their word, and no webhook told."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
import structlog

from app.db import Database
from app.errors import ForgeError, ForgeNotFound
from app.events import Issue, Repository
from app.forges.base import Forge
from app.inbox.store import NewDelivery
from app.releases.again import another_look
from app.releases.people.commands import read_taken, unheard_of
from app.releases.people.said import said_at
from app.releases.sweep.known import Place
from app.releases.tables import billed_issues, releases

log = structlog.get_logger()


def unheard(
    db: Database, place: Place, forge: Forge, repository: Repository, found: list[Issue]
) -> list[NewDelivery]:
    """One look at each release that waits for the client, and on whose changed issues a new order stands.

    Costs a request for each such issue. Where its comments can not be read, the look is left to the inbox,
    which tries again: nobody's comments shall keep the rest of the repository from being read.
    """
    changed = {issue.id: issue for issue in found}
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
        taken = read_taken(reading, {row["id"] for row in asked})
    newest: defaultdict[str, str] = defaultdict(str)
    for row in asked:
        identity, issue = row["id"], changed[row["issue_id"]]
        try:
            comments = forge.list_comments(repository, issue.number)
        except ForgeNotFound:
            continue
        except ForgeError as error:
            log.warning("comments can not be read", issue=issue.number, release=identity, problem=str(error))
            newest[identity] = max(newest[identity], f"{issue.updated_at} {issue.id}")
            continue
        for comment in unheard_of(comments, row, place.key.connection, taken):
            newest[identity] = max(newest[identity], said_at(comment))
    why = "a comment that no webhook told"
    return [
        another_look(f"sweep/{place.key}/word {said}/{identity}", identity, why, is_word=True)
        for identity, said in newest.items()
    ]
