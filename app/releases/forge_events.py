"""What a forge's delivery leads to: match it to milestones, read the present state, decide, store."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from app.db import Database
from app.errors import CloseoutError, ForgeError, ForgeNotFound
from app.events import ForgeEvent, Ignored, Repository, Role
from app.forges.base import Forge, ForgeParser
from app.inbox.relay import Delivery, Handled
from app.milestones.book import Book
from app.milestones.contract import Configuration, Contract, RepositoryKey
from app.milestones.match import match
from app.releases.decide import (
    CLOSING,
    MAY_CLOSE,
    TAKING,
    Decision,
    caused_by,
    decide,
    is_counted,
    missing,
    vanished,
)
from app.releases.gather import gather
from app.releases.record import record, release_id
from app.releases.tables import releases

LOOK_AGAIN_S = 60
_WITHOUT_EFFECT = frozenset({"issue.edited", "issue.other", "comment.created"})


class ForgeEvents:
    """Handles deliveries of forges. One milestone is decided by one thread at a time."""

    def __init__(
        self,
        db: Database,
        book: Book,
        parsers: Mapping[str, ForgeParser],
        forges: Mapping[str, Forge],
    ) -> None:
        self._db, self._book, self._parsers, self._forges = db, book, parsers, forges
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def handle(self, delivery: Delivery) -> Handled:
        """Do what the delivery asks for; repeatable. Raises CloseoutError when it must wait or be parked."""
        parser = self._parsers.get(delivery.connection)
        if parser is None:
            raise CloseoutError(
                f"the connection {delivery.connection} is not configured", mend="Add it, then replay this"
            )
        event = parser.parse(delivery.headers, delivery.body)
        if isinstance(event, Ignored):
            return Handled("ignored", event.reason, event.event, event.action)
        configuration = self._book.current
        places = concerned(event, delivery.connection, configuration)
        if isinstance(places, str):
            return Handled("ignored", places, event.event, event.action)
        told = []
        for contract_id, index in places:
            with self._locks[release_id(contract_id, index)]:
                told.append(self._decide(configuration, event, delivery, contract_id, index))
        # Forges' lists lag: of several issues closed in one moment, each may have seen the others open.
        again_s = (
            LOOK_AGAIN_S
            if event.kind == "issue.closed" and any(" waiting: " in one for one in told)
            else None
        )
        return Handled("handled", "; ".join(told), event.event, event.action, release_id(*places[0]), again_s)

    def _decide(
        self,
        configuration: Configuration,
        event: ForgeEvent,
        delivery: Delivery,
        contract_id: str,
        index: int,
    ) -> str:
        contract = configuration.contracts[contract_id]
        key = repository_of(event, delivery.connection, contract.repositories)
        decision = decide_now(configuration, contract_id, index, self._forges, key, event)
        decision = self._with_memory(decision, contract, index, key, event)
        evidence = decision.evidence | {
            "delivery": {"connection": delivery.connection, "delivery_id": delivery.delivery_id}
        }
        # After a closing somebody looks at the issue: it gets a comment even where nothing was billed.
        told = (key.connection, key.full_name, event.issue_number) if event.kind in CLOSING else None
        with self._db.transaction() as connection:
            return record(
                connection, contract, contract.milestone(index), replace(decision, evidence=evidence), told
            )

    def _with_memory(
        self, decision: Decision, contract: Contract, index: int, key: RepositoryKey, event: ForgeEvent
    ) -> Decision:
        """Hold what became complete only because unfinished work left it, unless who may took it out.

        What was seen under another label, before the contract named this one, is not remembered.
        """
        last = sa.select(releases.c.evidence).where(
            releases.c.id == release_id(contract.id, index),
            releases.c.label == contract.milestone(index).label,
        )
        with self._db.reading() as connection:
            before = connection.scalar(last)
        gone = vanished(decision, json.loads(before or "{}"))
        place = (key.connection, key.full_name, event.issue_number)
        taken = [one for one in gone if (one["connection"], one["repository"], one["number"]) == place]
        if taken and event.kind in TAKING and event.sender is not None:
            repository = Repository("", key.full_name)
            if self._forges[key.connection].read_role(repository, event.sender) in MAY_CLOSE:
                gone = [one for one in gone if one not in taken]
        return missing(decision, gone)


def concerned(
    event: ForgeEvent, connection: str, configuration: Configuration
) -> list[tuple[str, int]] | str:
    """The milestones (contract id, index) that an event makes worth deciding, or why there are none."""
    if event.kind in _WITHOUT_EFFECT:
        return f"{event.event} {event.action} changes nothing about whether work is done"
    return match(event, connection, configuration)


def repository_of(event: ForgeEvent, connection: str, keys: tuple[RepositoryKey, ...]) -> RepositoryKey:
    """The contract's own spelling of the event's repository; forges compare names without case."""
    name = event.repository.full_name.lower()
    return next(key for key in keys if key.connection == connection and key.full_name.lower() == name)


def decide_now(
    configuration: Configuration,
    contract_id: str,
    index: int,
    forges: Mapping[str, Forge],
    key: RepositoryKey,
    event: ForgeEvent,
) -> Decision:
    """Read the milestone's issues afresh and decide. Raises ForgeError when the forge can not be read now.

    `event` is why to look, and `key` its repository in the contract's own spelling.
    """
    contract = configuration.contracts[contract_id]
    missing = {key.connection for key in contract.repositories} - set(forges)
    if missing:
        raise ForgeError(
            f"the connection {', '.join(sorted(missing))} was added after the start",
            mend="Restart closeout serve",
        )
    milestone = contract.milestone(index)
    try:
        seen = gather(configuration, contract, milestone, forges, (key, event.issue_number))
        decision = decide(contract, milestone, seen)
        if decision.verdict != "release" or is_counted(decision, event.kind, event.issue_number):
            return decision
        role: Role = "none"
        if event.sender is not None:
            role = forges[key.connection].read_role(Repository("", key.full_name), event.sender)
    except ForgeNotFound as error:
        raise ForgeError(
            f"the forge hides what contract {contract_id} needs: {error.what}",
            mend="Check the repository's name and that the connection's token may read it",
        ) from error
    except ForgeError as error:
        error.permanent = False  # a proxy's page instead of an answer also goes away; a decision only waits
        raise
    return caused_by(decision, event.sender, role)
