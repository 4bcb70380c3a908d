"""One comment per issue, edited in place: marking what must be told, and telling it.

A change marks the comment in its own transaction by counting its version up. The teller renders the present
state, writes it through the forge (which finds our comment by its hidden marker), and clears the mark only if
the version is still the one that it rendered. A kill in between costs a repetition, never a second comment.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from app.db import Database, insert_or_ignore, later
from app.errors import CloseoutError, ForgeError
from app.events import Repository
from app.forges.base import Forge
from app.notices import text
from app.notices.tables import comment_releases, comments

log = structlog.get_logger()

SETTLE_S = 1.0
"""A release passes several states within a second; one edit tells of them all."""
MOST_PER_MINUTE = 50
"""Per connection: GitHub allows 80 content-creating requests a minute, GitLab.com 60 notes.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.gitlab.com/security/rate_limits/"""
PAUSES_S = (5, 30, 300, 1800, 7200, 18000, 36000, 86400)
BATCH = 20

Stories = Callable[[sa.Connection, list[str]], list[text.Story]]
"""Reads what is to be told of the releases with these ids; the order of the answer is the comment's."""


def mark_issue(
    connection: sa.Connection,
    forge: str,
    repository: str,
    number: int,
    *,
    release_id: str,
    answer: str | None = None,
) -> None:
    """The comment on this issue must speak of this release; write or refresh it.

    `answer` is what a command that was written there led to; the comment shows the last one.
    """
    place = {"connection": forge, "repository": repository, "issue_number": number}
    connection.execute(insert_or_ignore(connection, comments).values(**place, version=0))
    comment_id = connection.execute(sa.select(comments.c.id).filter_by(**place)).scalar_one()
    connection.execute(
        insert_or_ignore(connection, comment_releases).values(comment_id=comment_id, release_id=release_id)
    )
    _mark(connection, comments.c.id == comment_id)
    if answer is not None:
        connection.execute(sa.update(comments).where(comments.c.id == comment_id).values(answer=answer))


def mark_release(connection: sa.Connection, release_id: str, evidence: Mapping[str, Any]) -> None:
    """A release changed: refresh its comments, and have one on each of its closed issues."""
    for issue in evidence.get("issues", ()):
        if not issue["is_open"]:
            mark_issue(
                connection, issue["connection"], issue["repository"], issue["number"], release_id=release_id
            )
    told = sa.select(comment_releases.c.comment_id).where(comment_releases.c.release_id == release_id)
    _mark(connection, comments.c.id.in_(told))
    # An answer to a command is about what was before this change.
    connection.execute(sa.update(comments).where(comments.c.id.in_(told)).values(answer=""))


def _mark(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    connection.execute(
        sa.update(comments)
        .where(which)
        .values(version=comments.c.version + 1, due_at=later(SETTLE_S), attempts=0, problem="")
    )


class CommentTeller:
    """Writes the comments that are due. One turn handles a few, so that a slow forge holds up nobody long."""

    def __init__(
        self,
        db: Database,
        forges: Mapping[str, Forge],
        stories: Stories,
        repository_of: Callable[[str, str], Repository],
    ) -> None:
        """`repository_of` (connection, full name) knows the numeric id: another may have the name by now."""
        self._db, self._forges, self._stories, self._repository_of = db, forges, stories, repository_of
        self._written: defaultdict[str, deque[float]] = defaultdict(partial(deque, maxlen=MOST_PER_MINUTE))

    def turn(self) -> bool:
        """Tell what is due; True when there may be more."""
        due = self._db.due(comments, BATCH)
        writable = [row for row in due if self._may_write(row["connection"])]
        for row in writable:
            self._tell(row)
        return len(writable) == BATCH

    def _may_write(self, connection: str) -> bool:
        """Whether the last minute leaves room for one more; else its comments wait for a later turn."""
        written = self._written[connection]
        return len(written) < MOST_PER_MINUTE or time.monotonic() - written[0] >= 60

    def _tell(self, row: sa.RowMapping) -> None:
        hidden = text.marker(row["connection"])
        with self._db.reading() as connection:
            ids = connection.scalars(
                sa.select(comment_releases.c.release_id)
                .where(comment_releases.c.comment_id == row["id"])
                .order_by(comment_releases.c.release_id)
            ).all()
            body = text.comment(hidden, self._stories(connection, list(ids)), row["answer"])
        try:
            forge = self._forges.get(row["connection"])
            if forge is None:
                raise ForgeError(
                    f"the connection {row['connection']} is no longer configured", permanent=True
                )
            self._written[row["connection"]].append(time.monotonic())
            written = forge.write_comment(
                self._repository_of(row["connection"], row["repository"]), row["issue_number"], hidden, body
            )
        except CloseoutError as error:
            self._failed(row, error)
            return
        with self._db.transaction() as connection:
            connection.execute(
                sa.update(comments)
                .where(comments.c.id == row["id"], comments.c.version == row["version"])
                .values(url=written.url, due_at=None, attempts=0, problem="")
            )
        log.info("comment written", repository=row["repository"], issue=row["issue_number"], url=written.url)

    def _failed(self, row: sa.RowMapping, error: CloseoutError) -> None:
        tries = row["attempts"] + 1
        gave_up = tries >= len(PAUSES_S)
        asked_for = getattr(error, "retry_after_s", None)
        pause_s = asked_for or PAUSES_S[min(tries, len(PAUSES_S)) - 1]
        with self._db.transaction() as connection:
            connection.execute(
                sa.update(comments)
                .where(comments.c.id == row["id"], comments.c.version == row["version"])
                .values(attempts=tries, problem=str(error), due_at=None if gave_up else later(pause_s))
            )
        log.warning(
            "comment not written" + ("; given up, the money stands" if gave_up else "; will be tried again"),
            repository=row["repository"],
            issue=row["issue_number"],
            problem=str(error),
        )
