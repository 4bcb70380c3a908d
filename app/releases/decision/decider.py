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
from app.events import ForgeEvent, Role
from app.forges.base import Forge
from app.milestones.book import Book
from app.milestones.contract import Contract, Milestone, RepositoryKey
from app.milestones.rules import NamedPerson
from app.notices.comments import mark_issue
from app.releases.decision.decide import (
    CLOSING,
    TAKING,
    caused_before,
    caused_by,
    decide,
    doubted,
    is_vouched,
)
from app.releases.decision.evidence import billed_issues, missed, place, vanished
from app.releases.decision.gather import Reader, named_in
from app.releases.decision.identities import Identities
from app.releases.decision.judge import may
from app.releases.decision.record import approved_keys, is_decided_again, record, release_id
from app.releases.decision.seen import Decision
from app.releases.decision.standing import Standing, standing
from app.releases.decision.upheld import uphold
from app.releases.facts import contract_of
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
        with self._locks[identity]:
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
        contract_id, _, index = identity.rpartition("/")
        return self.look_at(contract_id, int(index))

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
            gone = vanished(decision, before) if milestone.rules.when == "all_closed" else []
            if cause is not None and gone:
                gone = self._not_taken(reader, milestone, cause, gone, found.ids)
            if gone:
                decision = replace(decision, evidence={**decision.evidence, "missing": gone})
            doubts = missed(gone) if decision.verdict == "release" else []
            if cause is None and decision.verdict == "release":
                doubts += caused_before(before)
            elif cause is not None and not is_vouched(decision, cause.event):
                role = self._role(reader, cause)
                sender = cause.event.sender
                doubts += caused_by(decision, milestone, cause.key.connection, sender, role, found.ids)
        return doubted(decision, doubts, approved)

    def _not_taken(
        self,
        reader: Reader,
        milestone: Milestone,
        cause: Cause,
        gone: list[dict[str, Any]],
        ids: Mapping[NamedPerson, str],
    ) -> list[dict[str, Any]]:
        """Those of `gone` that nobody who may attach the label took out of the milestone just now."""
        sender, taken = cause.event.sender, [one for one in gone if place(one) == cause.place]
        if not taken or cause.event.kind not in TAKING or sender is None:
            return gone
        role = self._role(reader, cause)
        if not may(milestone.rules.labelers, cause.key.connection, sender, role, ids):
            return gone
        return [one for one in gone if one not in taken]

    def _role(self, reader: Reader, cause: Cause) -> Role:
        """The present role of whoever led to looking."""
        if cause.event.sender is None:
            return "none"
        repository = self.identities.repository(cause.key)
        return reader.role(cause.key.connection, repository, cause.event.sender)

    def _uphold(self, row: sa.RowMapping, cause: Cause | None) -> str:
        """See whether the issues that a release rests on are still closed; take it back if they are not."""
        contract = contract_of(row)
        milestone = contract.milestone(row["milestone_index"])
        reader = Reader(self._book.current, self._forges, self.identities)
        with forgiving(contract):
            found = self._standing(reader, contract, milestone, row)
            may_lift = False
            if cause is not None and cause.event.sender is not None and found.kind == "stands":
                ids = self.identities.people(named_in(contract, milestone))
                people, role = milestone.rules.labelers, self._role(reader, cause)
                may_lift = may(people, cause.key.connection, cause.event.sender, role, ids)
        with self._db.transaction() as connection:
            told = uphold(connection, row["id"], found, may_lift=may_lift)
            if cause is not None and cause.event.kind in CLOSING:
                mark_issue(connection, *cause.place, release_id=row["id"])
        row = self._row(row["id"]) or row
        if found.kind != "stands" or not is_decided_again(row):
            return told
        decision = self.decision(contract, milestone, cause, json.loads(row["evidence"]))
        with self._db.transaction() as connection:
            return record(connection, contract, milestone, decision)

    def _standing(
        self, reader: Reader, contract: Contract, milestone: Milestone, row: sa.RowMapping
    ) -> Standing:
        looked = []
        for issue in billed_issues(json.loads(row["evidence"])):
            key = RepositoryKey(issue["connection"], issue["repository"])
            looked.append((issue, reader.look(milestone, key, issue["number"])))
        return standing(contract, milestone, looked, self.identities.people(named_in(contract, milestone)))


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
