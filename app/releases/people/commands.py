"""Orders that people write as comments: `/closeout accept`, `dispute REASON`, `hold REASON`, `resume`, …

Only a newly written comment counts, once, and only of people whom the contract lists, known by their numeric
id. What moves money on counts for what it was said about: not for what was closed, held or disputed since.
What became of a comment is answered in Closeout's own one on that issue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from app.db import Database, insert_or_ignore, now
from app.errors import CloseoutError, ForgeError, ForgeNotFound
from app.events import ForgeEvent, IssueComment
from app.forges.base import Forge
from app.milestones.book import Book
from app.milestones.contract import RepositoryKey
from app.notices.comments import mark_issue
from app.releases.decision.evidence import billed_in
from app.releases.decision.gather import Reader
from app.releases.decision.identities import Identities
from app.releases.facts import contract_of, lock_release
from app.releases.names import place_of
from app.releases.people import orders
from app.releases.people.acceptance import accept, dispute
from app.releases.people.authority import authorise
from app.releases.people.manual import take_up
from app.releases.people.said import completed_at, is_too_old, said_at, still_closed
from app.releases.tables import billed_issues, commands, releases
from app.releases.who import Who, at_forge, unnamed

COMMANDS = ("accept", "dispute", "hold", "resume", "approve")
STOPS = ("dispute", "hold")
"""What stops money counts however it was touched, and whatever happened meanwhile."""
TALK = "talk"
NO_ORDER = "no order is there"
LONGEST_REASON = 500
NOT_THERE = "the comment is not there as it was first written"
_COMMAND = re.compile(r"^/closeout\b[ \t]*([A-Za-z]*)[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)


def is_command(text: str) -> bool:
    """Whether a comment says anything to Closeout."""
    return _COMMAND.search(text) is not None


def read_command(text: str) -> tuple[str, str]:
    """The first command of a comment, in lower case, and what follows it on the line."""
    found = _COMMAND.search(text)
    return (found[1].lower(), found[2][:LONGEST_REASON]) if found else ("", "")


class Commands:
    """Obeys comments. Raises ForgeError when the forge can not be asked about them now."""

    def __init__(self, db: Database, book: Book, forges: Mapping[str, Forge], identities: Identities) -> None:
        self._db, self._book, self._forges, self._identities = db, book, forges, identities

    def obey(self, event: ForgeEvent, connection: str, identity: str) -> str:
        """Take one comment to one milestone. The delivery is a hint: the comment is read at the forge."""
        key = RepositoryKey(connection, event.repository.full_name)
        listed = self._comments(key, event.issue_number)
        found = next((one for one in listed if one.id == event.comment_id), None)
        said = read_command(event.comment or "")
        if found is not None and said[0] in STOPS:
            found = replace(found, text=event.comment or "")  # the delivery is signed; edited since, it stops
        if found is None or read_command(found.text)[0] != said[0]:
            return f"{identity}: {NOT_THERE}"
        return self._take(found, key, event.issue_number, identity, self._reader())

    def catch_up(self, identity: str) -> str:
        """Obey what was written on the billed issues since the release and was never delivered, in order."""
        with self._db.reading() as reading:
            row = reading.execute(sa.select(releases).where(releases.c.id == identity)).mappings().one()
            taken = read_taken(reading, {identity})
        found = []
        for issue in billed_in(json.loads(row["evidence"])):
            key = RepositoryKey(issue["connection"], issue["repository"])
            listed = self._comments(key, issue["number"])
            for comment in unheard_of(listed, row, key.connection, taken):
                found.append((said_at(comment), key, issue["number"], comment))
        one_reader = self._reader()
        answers = [
            self._take(comment, key, number, identity, one_reader)
            for _, key, number, comment in sorted(found, key=lambda one: one[0])
        ]
        return "; ".join(answers) or f"{identity}: {NO_ORDER}"

    def note_talk(self, event: ForgeEvent, connection: str) -> None:
        """Remember a comment that came as no order: an edit that leaves no mark can not make it one later."""
        billed = sa.select(billed_issues.c.release_id).where(
            billed_issues.c.connection == connection, billed_issues.c.issue_id == event.issue_id
        )
        by = at_forge(event.sender, connection, "comment").to_json()
        with self._db.transaction() as writing:
            for identity in writing.scalars(billed).all():
                known = {"connection": connection, "comment_id": event.comment_id, "release_id": identity}
                values = {**known, "command": TALK, "by": by, "answer": "", "at": now()}
                writing.execute(insert_or_ignore(writing, commands).values(values))

    def _reader(self) -> Reader:
        return Reader(self._book.current, self._forges, self._identities)

    def _comments(self, key: RepositoryKey, number: int) -> list[IssueComment]:
        forge = self._forges.get(key.connection)
        if forge is None:
            raise ForgeError(f"the connection {key.connection} is not configured", mend="Add it")
        try:
            return forge.list_comments(self._identities.repository(key), number)
        except ForgeNotFound:
            return []

    def _take(
        self, comment: IssueComment, key: RepositoryKey, number: int, identity: str, reader: Reader
    ) -> str:
        known = {"connection": key.connection, "comment_id": comment.id, "release_id": identity}
        with self._db.reading() as reading:
            row = reading.execute(sa.select(releases).where(releases.c.id == identity)).mappings().first()
            before = reading.scalar(sa.select(commands.c.command).filter_by(**known)) or ""
        if row is None:
            row = self._take_up(identity)
        who = at_forge(comment.by, key.connection, "comment", said_at(comment))
        word, reason = read_command(comment.text)
        if before and not (before == TALK and word in STOPS):
            return f"{identity}: this comment was taken before"
        refusal = self._refusal(word, comment, key, row, reader)
        with self._db.transaction() as connection:
            if word not in STOPS and lock_release(connection, identity)["updated_at"] != row["updated_at"]:
                raise CloseoutError(f"{identity} changed while {who} was judged", permanent=False)
            answer = refusal or _done(connection, identity, word, reason, who)
            values = {**known, "command": word, "by": who.to_json(), "answer": answer, "at": now()}
            was_talk = sa.delete(commands).filter_by(**known).where(commands.c.command == TALK)
            connection.execute(was_talk)
            if connection.execute(insert_or_ignore(connection, commands).values(values)).rowcount == 0:
                raise CloseoutError("two workers took this comment at once", permanent=False)
            told = f"/closeout {word} by {who.name}: {answer}"
            place = (key.connection, key.full_name, number)
            mark_issue(connection, *place, release_id=identity, answer=unnamed(told))
        return answer

    def _take_up(self, identity: str) -> sa.RowMapping:
        """The row of a milestone to which nothing has happened yet: an order to stop must not be lost."""
        contract_id, index = place_of(identity)
        contract = self._book.current.contracts[contract_id]
        with self._db.transaction() as connection:
            take_up(connection, contract, contract.milestone(index))
            return lock_release(connection, identity)

    def _refusal(
        self, word: str, comment: IssueComment, key: RepositoryKey, row: sa.RowMapping, reader: Reader
    ) -> str:
        """Why this person may not say this, "" if they may."""
        if word not in COMMANDS:
            return f"there is no such command; there are {', '.join(COMMANDS)}"
        if comment.is_edited and word not in STOPS:
            return "it was changed, or may have been, since it was written: say it again"
        contract = self._book.current.contracts.get(row["contract_id"])
        if row["snapshot"] is not None:
            contract = contract_of(row)
        if contract is None or row["milestone_index"] > len(contract.milestones):
            return f"{row['id']} is in no contract any more"
        milestone = contract.milestone(row["milestone_index"])
        with self._db.reading() as reading:
            refusal = authorise(reading, reader, contract, milestone, row, word, comment.by, key)
            if refusal or word in STOPS:
                return refusal
            late = is_too_old(reading, row, word, comment, key.connection)
        if late or word == "resume":
            return late
        return still_closed(reader, row, comment)


def read_taken(connection: sa.Connection, identities: Collection[str]) -> dict[tuple[str, str, str], str]:
    """What was taken to these releases before: by release, connection and comment, as which command."""
    mine = sa.select(commands).where(commands.c.release_id.in_(identities))
    rows = connection.execute(mine).mappings()
    return {(one["release_id"], one["connection"], one["comment_id"]): one["command"] for one in rows}


def unheard_of(
    listed: Sequence[IssueComment],
    row: sa.RowMapping,
    connection: str,
    taken: Mapping[tuple[str, str, str], str],
) -> list[IssueComment]:
    """Those of an issue's comments that say something to Closeout that is still to be heard.

    What moves money on is about the present completion. What stops it counts from the beginning, unless
    whoever said it let it go again.
    """
    found = []
    for comment in listed:
        before = taken.get((row["id"], connection, comment.id), "")
        is_recent = comment.at >= completed_at(row)
        if read_command(comment.text)[0] in STOPS:
            is_new = before in ("", TALK) and (is_recent or not _is_let_go(comment, listed))
        else:
            is_new = is_command(comment.text) and not before and is_recent
        if is_new:
            found.append(comment)
    return found


def _is_let_go(stop: IssueComment, listed: Sequence[IssueComment]) -> bool:
    """Whether the same person said later that it goes on."""
    return any(
        read_command(one.text)[0] in ("accept", "resume")
        for one in listed
        if one.by and stop.by and one.by.id == stop.by.id and said_at(one) > said_at(stop)
    )


def _done(connection: sa.Connection, identity: str, word: str, reason: str, who: Who) -> str:
    """Carry it out; a refusal undoes whatever it had begun, and says why."""
    try:
        with connection.begin_nested():
            row = lock_release(connection, identity)
            if word == "accept":
                return accept(connection, identity, who)
            if word == "dispute":
                return dispute(connection, identity, who, reason)
            if word == "hold":
                return orders.hold(connection, row, who, reason)
            return (orders.resume if word == "resume" else orders.approve)(connection, row, who)
    except CloseoutError as refused:
        return refused.what  # its mend may quote a platform, and everybody reads this
