"""Looking at one milestone: read, decide, store; or, once it is released, see whether it still stands."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.errors import CloseoutError, ForgeError, ForgeNotFound
from app.events import ForgeEvent
from app.forges.base import Forge
from app.milestones.book import Book
from app.milestones.contract import Contract, Milestone, RepositoryKey
from app.milestones.rules import NamedPerson
from app.notices.comments import mark_issue
from app.releases.decision.decide import CLOSING, TAKING, decide, doubted, unseen, unseen_before
from app.releases.decision.evidence import billed_in, missed, vanished
from app.releases.decision.gather import Reader, named_in
from app.releases.decision.identities import Identities
from app.releases.decision.judge import may
from app.releases.decision.record import approved_keys, is_decided_again, record
from app.releases.decision.seen import Decision, Doubt
from app.releases.decision.standing import Standing, standing
from app.releases.decision.upheld import uphold
from app.releases.facts import contract_of
from app.releases.names import place_of, release_id
from app.releases.tables import releases


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that led to looking, with its repository in the contract's own spelling.

    `delivery` is kept as evidence. Where there is no cause, Closeout looks by itself: after an approval, at
    the end of a grace, or because a sweep found a change.
    """

    key: RepositoryKey
    event: ForgeEvent
    delivery: Mapping[str, str]

    @property
    def place(self) -> tuple[str, str, int]:
        return self.key.connection, self.key.full_name, self.event.issue_number


class Decider:
    """Looks at milestones; each by one thread at a time. Raises CloseoutError when one must wait."""

    def __init__(self, db: Database, book: Book, forges: Mapping[str, Forge], identities: Identities) -> None:
        self._db, self._book, self._forges, self.identities = db, book, forges, identities
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def look_at(self, contract_id: str, index: int, cause: Cause | None = None) -> str:
        """Decide a milestone, or see whether its release still stands; what became of it, in a sentence."""
        identity = release_id(contract_id, index)
        # With PostgreSQL another server may look too: what is recorded must not be older than what is known.
        with self._locks[identity], self._db.turn_of(f"look {identity}"):
            row = self._row(identity)
            if row is not None and row["snapshot"] is not None:
                return self._uphold(row, cause)
            contract = self._book.current.contracts.get(contract_id)
            if contract is None or index > len(contract.milestones):
                raise CloseoutError(
                    f"{identity} is in no contract any more",
                    mend="Put it back, or replay this later",
                )
            return self._decide(contract, contract.milestone(index), row, cause)

    def look_at_release(self, identity: str) -> str:
        """The same, given a release's id."""
        return self.look_at(*place_of(identity))

    def _row(self, identity: str) -> sa.RowMapping | None:
        with self._db.reading() as connection:
            return connection.execute(sa.select(releases).where(releases.c.id == identity)).mappings().first()

    def _decide(
        self, contract: Contract, milestone: Milestone, row: sa.RowMapping | None, cause: Cause | None
    ) -> str:
        before = json.loads(row["evidence"]) if row and row["label"] == milestone.trigger else {}
        decision = self.decision(contract, milestone, cause, before)
        if cause is not None:
            decision = replace(decision, evidence={**decision.evidence, "delivery": dict(cause.delivery)})
        # After a closing somebody looks at the issue: it gets a comment even where nothing was billed.
        told = cause.place if cause is not None and cause.event.kind in CLOSING else None
        with self._db.transaction() as connection:
            return record(connection, contract, milestone, decision, told)

    def decision(
        self, contract: Contract, milestone: Milestone, cause: Cause | None, before: Mapping[str, Any]
    ) -> Decision:
        """What would be decided now. `before` is the last decision's evidence, {} if there was none."""
        if milestone.rules.when == "manual" and "by_hand" in before:  # it was held for an approval
            given = {name: one for name, one in before.items() if name not in ("doubts", "approved")}
            return Decision("release", f"released by hand by {before['by_hand']['name']}", given)
        reader = Reader(self._book.current, self._forges, self.identities)
        with self._db.reading() as connection:
            approved = approved_keys(connection, release_id(contract.id, milestone.index))
        with forgiving(contract):
            hint = (cause.key, cause.event.issue_number) if cause and cause.event.issue_number else None
            found = reader.gather(contract, milestone, hint)
            decision = decide(contract, milestone, found, approved)
            doubts: list[Doubt] = []
            if milestone.rules.when == "all_closed":
                gone, doubts = self._missing(reader, milestone, decision, before, cause, found.ids)
                decision = replace(decision, evidence={**decision.evidence, "missing": gone})
        if decision.verdict != "release":
            return decision
        if cause is not None and cause.event.event == "sweep" and cause.event.kind == "issue.labels_changed":
            doubts += unseen(decision, cause.event.issue_number)
        return doubted(decision, [*doubts, *unseen_before(decision, before)], approved)

    def _missing(
        self,
        reader: Reader,
        milestone: Milestone,
        decision: Decision,
        before: Mapping[str, Any],
        cause: Cause | None,
        ids: Mapping[NamedPerson, str],
    ) -> tuple[list[dict[str, Any]], list[Doubt]]:
        """What left the milestone undone, and the doubt about each, unless somebody who may took it out.

        Who did is read from the issue's history, never from a payload. The issue that an event of leaving is
        about counts as well, though no decision may have seen it before.
        """
        gone = vanished(decision, before)
        present = {(one["connection"], one["number"]) for one in decision.evidence["issues"]}
        if cause is not None and cause.event.kind in TAKING:
            known = {(one["connection"], one["number"]) for one in gone} | present
            if (cause.key.connection, cause.event.issue_number) not in known:
                gone = [*gone, *_left(reader, milestone, cause)]
        doubts, left = [], []
        for one in gone:
            key = RepositoryKey(one["connection"], one["repository"])
            taken = reader.taken_off(milestone, key, one["number"])
            entry, role = (taken[1], taken[2]) if taken and taken[0].id == one["id"] else (None, None)
            if entry is not None and entry.by is not None:
                if may(milestone.rules.labelers, key.connection, entry.by, role, ids):
                    continue
                person = ((key.connection, entry.by.id, entry.by.login),)
                doubts.append(replace(missed(one, entry.at, f"{entry.by.login} ({role})"), by=person))
            else:
                doubts.append(missed(one, entry.at if entry else "", ""))
            left.append(one)
        return left, doubts

    def _uphold(self, row: sa.RowMapping, cause: Cause | None) -> str:
        """See whether the issues that a release rests on are still closed; take it back if they are not."""
        contract = contract_of(row)
        milestone = contract.milestone(row["milestone_index"])
        reader = Reader(self._book.current, self._forges, self.identities)
        with forgiving(contract):
            found = self._standing(reader, contract, milestone, row)
        with self._db.transaction() as connection:
            told = uphold(connection, row["id"], found)
            if cause is not None and cause.event.kind in CLOSING:
                mark_issue(connection, *cause.place, release_id=row["id"])
        row = self._row(row["id"]) or row
        if found.kind not in ("stands", "left", "changed") or not is_decided_again(row):
            return told
        decision = self.decision(contract, milestone, cause, json.loads(row["evidence"]))
        with self._db.transaction() as connection:
            return record(connection, contract, milestone, decision)

    def _standing(
        self, reader: Reader, contract: Contract, milestone: Milestone, row: sa.RowMapping
    ) -> Standing:
        looked = []
        for issue in billed_in(json.loads(row["evidence"])):
            key = RepositoryKey(issue["connection"], issue["repository"])
            looked.append((issue, reader.look(milestone, key, issue["number"])))
        with self._db.reading() as connection:
            approved = approved_keys(connection, row["id"])
        ids = self.identities.people(named_in(contract, milestone))
        found = standing(contract, milestone, looked, ids, approved)
        if found.kind != "stands":
            return found
        if milestone.native and reader.is_native_open(contract, milestone):
            return Standing("reopened", f"{milestone.trigger} was reopened at the forge")
        held = reader.is_held(contract, milestone)
        if held:
            what = f"{held} carries the label {milestone.rules.hold_label}"
            return Standing("label", f"{what}: take it off to go on")
        return found


def _left(reader: Reader, milestone: Milestone, cause: Cause) -> list[dict[str, Any]]:
    """The issue that an event says has left, if it is not done and really belonged to the milestone."""
    taken = reader.taken_off(milestone, cause.key, cause.event.issue_number)
    if taken is None or taken[1] is None:
        return []
    issue = taken[0]
    return [
        {
            "connection": cause.key.connection,
            "repository": cause.key.full_name,
            "number": issue.number,
            "id": issue.id,
            "is_open": issue.is_open,
            "close_reason": issue.close_reason,
            "is_done": False,
        }
    ]


@contextmanager
def forgiving(contract: Contract) -> Iterator[None]:
    """A decision waits for its forge, whatever it answers: a proxy's page instead of one also goes away."""
    try:
        yield
    except ForgeNotFound as error:
        raise ForgeError(
            f"the forge hides what contract {contract.id} needs: {error.what}",
            mend="Check the repository's name and that the connection's token may read it",
        ) from error
    except ForgeError as error:
        error.permanent = False
        raise
