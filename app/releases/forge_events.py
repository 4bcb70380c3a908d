"""What a forge's delivery leads to: the milestones that it concerns are looked at, a comment is obeyed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import sqlalchemy as sa

from app.connections.installed import PAUSE_S
from app.db import Database
from app.errors import CloseoutError
from app.events import AppChanged, ForgeEvent, Ignored, PullRequestChanged, Pushed
from app.forges.base import ForgeParser
from app.inbox.relay import Delivery, Handled
from app.milestones.book import Book
from app.milestones.contract import Configuration, Contract, RepositoryKey
from app.milestones.match import match
from app.releases.decision.decider import Cause, Decider
from app.releases.facts import contract_of
from app.releases.names import release_id
from app.releases.people.commands import NOT_THERE, Commands, is_command
from app.releases.tables import billed_issues, releases

LOOK_AGAIN_S = 60
_WITHOUT_EFFECT = frozenset({"issue.edited", "issue.other"})


class ForgeEvents:
    """Handles deliveries of forges.

    `read_app` reads where the App of a connection is installed, or answers None where that was just done.
    `configured` is told of pushes and pull requests, and answers "" for those that do not concern the
    contract file.
    """

    def __init__(
        self,
        db: Database,
        book: Book,
        parsers: Mapping[str, ForgeParser],
        decider: Decider,
        commands: Commands,
        read_app: Callable[[str], str | None] = lambda _connection: "there are no Apps",
        configured: Callable[[Pushed | PullRequestChanged, str], str] = lambda _event, _connection: "",
    ) -> None:
        self._db, self._book, self._parsers = db, book, parsers
        self._decider, self._commands = decider, commands
        self._read_app, self._configured = read_app, configured

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
        if isinstance(event, AppChanged):
            found = self._read_app(delivery.connection)
            told = found or f"where the App is installed is read every {PAUSE_S} s at most"
            again_s = None if found else PAUSE_S
            return Handled("handled", told, event.event, event.action, again_s=again_s)
        if isinstance(event, Pushed | PullRequestChanged):
            if told := self._configured(event, delivery.connection):
                return Handled("handled", told, event.event, event.action)
            reason = f"{event.event}: such deliveries concern no issue"
            return Handled("ignored", reason, event.event, event.action)
        evidence = {"connection": delivery.connection, "delivery_id": delivery.delivery_id}
        return self.take(event, delivery.connection, evidence)

    def take(self, event: ForgeEvent, connection: str, evidence: Mapping[str, str]) -> Handled:
        """The same for an event that was parsed, or that a sweep found out."""
        if text := without_effect(event):
            if event.kind == "comment.created":
                self._commands.note_talk(event, connection)
            return Handled("ignored", text, event.event, event.action)
        configuration = self._book.current
        name = self._decider.identities.configured_name(
            connection, event.repository, configuration.repositories
        )
        event = replace(event, repository=replace(event.repository, full_name=name))
        places = self._concerned(event, connection, configuration)
        if isinstance(places, str):
            return Handled("ignored", places, event.event, event.action)
        if event.kind == "comment.created":
            told = [self._commands.obey(event, connection, release_id(*one)) for one in places]
            again_s = LOOK_AGAIN_S if any(NOT_THERE in one for one in told) else None  # lists lag
            identity = release_id(*places[0])
            return Handled("handled", "; ".join(told), event.event, event.action, identity, again_s)
        told = []
        for contract_id, index in places:
            contract = configuration.contracts.get(contract_id) or self._released_contract(contract_id, index)
            key = repository_of(event, connection, contract.repositories)
            told.append(self._decider.look_at(contract_id, index, Cause(key, event, evidence)))
        # Forges' lists and histories lag: of several issues closed in one moment, each may have seen the
        # others open, or closed by nobody yet.
        is_early = any(" waiting: " in one or "the forge does not say" in one for one in told)
        again_s = LOOK_AGAIN_S if event.kind == "issue.closed" and is_early else None
        return Handled("handled", "; ".join(told), event.event, event.action, release_id(*places[0]), again_s)

    def _concerned(
        self, event: ForgeEvent, connection: str, configuration: Configuration
    ) -> list[tuple[str, int]] | str:
        """The milestones whose label the issue carries, and those that billed it, whatever it carries now."""
        matched = match(event, connection, configuration)
        with self._db.reading() as reading:
            billed = reading.execute(
                sa.select(releases.c.contract_id, releases.c.milestone_index)
                .join(billed_issues, billed_issues.c.release_id == releases.c.id)
                .where(billed_issues.c.connection == connection, billed_issues.c.issue_id == event.issue_id)
            ).all()
        pairs = [] if isinstance(matched, str) else matched
        pairs = list(dict.fromkeys([*pairs, *((str(one[0]), int(one[1])) for one in billed)]))
        return pairs or matched

    def _released_contract(self, contract_id: str, index: int) -> Contract:
        """A contract that is no longer in the file, as its release knows it."""
        with self._db.reading() as reading:
            row = reading.execute(sa.select(releases).where(releases.c.id == release_id(contract_id, index)))
            return contract_of(row.mappings().one())


def without_effect(event: ForgeEvent) -> str:
    """Why an event can not matter to any milestone, "" if it can."""
    if event.kind in _WITHOUT_EFFECT:
        return f"{event.event} {event.action} changes nothing about whether work is done"
    if event.kind == "comment.created" and not is_command(event.comment or ""):
        return "this comment is no command: those begin with /closeout"
    return ""


def repository_of(event: ForgeEvent, connection: str, keys: tuple[RepositoryKey, ...]) -> RepositoryKey:
    """The contract's own spelling of the event's repository; forges compare names without case."""
    name = event.repository.full_name.lower()
    found = (key for key in keys if key.connection == connection and key.full_name.lower() == name)
    return next(found, RepositoryKey(connection, event.repository.full_name))
