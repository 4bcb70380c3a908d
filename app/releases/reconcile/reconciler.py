"""Reconciling: ask the gateways about every order that went out, find what went out unknown to us, compare.

First the books are mended by what the gateways say, then both sides are compared anew. Only what is still
different then is told: the comparison believes nothing that the mending did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.errors import CloseoutError, ForgeError
from app.gateways.base import Booked, Done, Failed, Gateway, Unknown
from app.invoices.tables import invoices
from app.milestones.contract import Configuration, Contract
from app.payouts.tables import payouts
from app.releases.decision.decider import Decider
from app.releases.decision.seen import Decision
from app.releases.facts import contract_of
from app.releases.frozen import is_frozen, thaw
from app.releases.money.answers import CALLED, apply_answer
from app.releases.money.calls import Caller
from app.releases.names import release_id
from app.releases.reconcile.adopt import adopt, hold
from app.releases.reconcile.by_name import ask_by_name
from app.releases.reconcile.compare import Difference, Ours, differences, unlike
from app.releases.reconcile.places import Place, places
from app.releases.stages import wake_the_frozen
from app.releases.states import note
from app.releases.tables import intents, releases
from app.releases.who import Who

AGAIN = "Run closeout reconcile again when that is mended"
PUT_BACK = f"Put the gateway back into the contract file, with its secret. {AGAIN}"
COMPLETE = f"closeout doctor says what it lacks: its secret, where it was connected after the backup. {AGAIN}"


@dataclass
class Report:
    """What a reconciliation did: how many orders were asked about, what was adopted, and what differs."""

    asked: int = 0
    adopted: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    is_frozen: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Reconciler:
    """Works beside a running server or without one. Raises nothing for what a gateway or forge does."""

    def __init__(
        self,
        db: Database,
        configuration: Configuration,
        gateways: Mapping[str, Gateway],
        decider: Decider,
    ) -> None:
        self._db, self._file, self._gateways = db, configuration, gateways
        self._caller, self._decider = Caller(db, gateways), decider

    def reconcile(self, who: Who, *, accept: bool = False) -> Report:
        """Mend, compare, and lift the freeze where nothing differs, or where `who` accepts what does."""
        report = Report()
        with self._db.reading() as connection:
            to_ask, away = places(connection, self._file, self._gateways)
        for name in away:
            mend = COMPLETE if name in self._file.gateways else PUT_BACK
            report.differences.append(Difference("the gateway is not configured", name, mend))
        found = {place: self._theirs(report, place) for place in to_ask}
        news = [(place, booked) for place, theirs in found.items() for booked in theirs or ()]
        for place, booked in sorted(news, key=_earlier_first):
            self._take_in(report, place, booked)
        self._ask_about_ours(report)
        for place, theirs in found.items():
            if theirs is not None:
                self._compare(report, place, theirs)
        with self._db.transaction() as connection:
            if is_frozen(connection) and (accept or not report.differences):
                thaw(connection, who, [asdict(one) for one in report.differences])
                _write_down(connection, report.differences, who)
                wake_the_frozen(connection)
            report.is_frozen = is_frozen(connection)
        return report

    def _ask_about_ours(self, report: Report) -> None:
        """Every order that went out, or may have, by our own books: what became of it.

        What could not be taken in as a whole is not taken in by halves here.
        """
        left = {one.release_id for one in report.differences if one.release_id}
        query = sa.select(intents).where(intents.c.status.in_(CALLED), intents.c.release_id.not_in(left))
        with self._db.reading() as connection:
            ours = connection.execute(query.order_by(intents.c.created_at)).mappings().all()
        for intent in ours:
            outcome = self._caller.ask(intent["key"])
            report.asked += 1
            where = f"{intent['release_id']} at {intent['gateway']}"
            what = f"the order {intent['key']}"
            if isinstance(outcome, Done):
                try:
                    with self._db.transaction() as connection:
                        apply_answer(connection, intent["key"], outcome)
                except CloseoutError as error:
                    told = f"{what}: {error.what}"
                    report.differences.append(Difference(told, where, AGAIN, intent["release_id"]))
            elif isinstance(outcome, Unknown) or intent["status"] == "done":
                told = f"{what}: {outcome.reason}"
                report.differences.append(Difference(told, where, AGAIN, intent["release_id"]))

    def _take_in(self, report: Report, place: Place, booked: Booked) -> None:
        """Adopt what the books tell otherwise, or not at all."""
        with self._db.reading() as connection:
            is_news = bool(unlike(place, _ours(connection, place), booked))
        if is_news:
            self._adopt(report, place, booked)

    def _compare(self, report: Report, place: Place, theirs: Sequence[Booked]) -> None:
        """Tell what differs; beside a working server the list may be older than the books, so once more."""
        found = self._unlike(place, theirs)
        if found:
            now = self._theirs(report, place)
            found = self._unlike(place, now) if now is not None else found
        report.differences += found

    def _unlike(self, place: Place, theirs: Sequence[Booked]) -> list[Difference]:
        with self._db.reading() as connection:
            return differences(place, _ours(connection, place), theirs)

    def _theirs(self, report: Report, place: Place) -> Sequence[Booked] | None:
        """What the gateway holds of a contract; None where it can not say anything now."""
        contract_id, where, gateway = place.contract_id, str(place), self._gateways[place.gateway]
        listed = gateway.booked(contract_id)
        if isinstance(listed, Unknown):
            report.differences.append(Difference(listed.reason, where, AGAIN))
            return None
        if not isinstance(listed, Failed):
            return listed
        look = (
            f"Look there for invoices and payouts of {contract_id} that closeout releases does not show;"
            " if there are none: closeout reconcile --accept"
        )
        one_way = f"{listed.reason}: it was asked about the orders by their names alone"
        report.differences.append(Difference(one_way, where, look))
        contract = self._contract(contract_id)
        found: list[Booked] = []
        for one in ask_by_name(gateway, contract, self._revisions(contract_id)) if contract else ():
            if isinstance(one, Booked):
                found.append(one)
            else:
                report.differences.append(Difference(one.reason, where, AGAIN))
        return found

    def _adopt(self, report: Report, place: Place, booked: Booked) -> None:
        contract = self._file.contracts.get(place.contract_id)
        if contract is not None:  # it may have been moved since: what was billed stays where it was billed
            contract = place.bills(contract)
        identity = release_id(place.contract_id, booked.milestone_index)
        where = f"{identity} at {place.gateway}"
        try:
            decision = self._decision(contract, identity, booked)
        except ForgeError as error:
            told = f"its issues can not be read: {error.what}"
            report.differences.append(Difference(told, where, AGAIN, identity))
            return
        try:
            with self._db.transaction() as connection:
                gateway = self._gateways[place.gateway]
                told = adopt(connection, gateway, place, contract, booked, decision)
            report.adopted += [told] if told else []
        except CloseoutError as error:
            if not error.permanent:
                raise  # the database, not what was found
            with self._db.transaction() as connection:
                hold(connection, place, contract, booked, error.what)
            told = f"invoice {booked.invoice.number} can not be taken into the books: {error.what}"
            mend = f"{error.mend or 'Mend the contract file or the gateway, whichever is wrong'}. {AGAIN}"
            report.differences.append(Difference(told, where, mend, identity))

    def _decision(self, contract: Contract | None, identity: str, booked: Booked) -> Decision | None:
        """What is read of a milestone's issues now, where it is released anew, or void. Raises ForgeError."""
        with self._db.reading() as connection:
            found = sa.select(releases).where(releases.c.id == identity, releases.c.snapshot.is_not(None))
            row = connection.execute(found).mappings().first()
        if row is not None:
            contract = contract_of(row) if booked.invoice.status == "void" else None
        if contract is None or not 1 <= booked.milestone_index <= len(contract.milestones):
            return None
        return self._decider.decision(contract, contract.milestone(booked.milestone_index), None, {})

    def _contract(self, contract_id: str) -> Contract | None:
        """The file's contract, else as the books have it."""
        if contract_id in self._file.contracts:
            return self._file.contracts[contract_id]
        found = sa.select(releases).where(
            releases.c.contract_id == contract_id, releases.c.snapshot.is_not(None)
        )
        with self._db.reading() as connection:
            row = connection.execute(found.limit(1)).mappings().first()
        return contract_of(row) if row is not None else None

    def _revisions(self, contract_id: str) -> dict[int, int]:
        query = sa.select(releases.c.milestone_index, releases.c.revision)
        with self._db.reading() as connection:
            found = connection.execute(query.where(releases.c.contract_id == contract_id))
            return {row[0]: row[1] for row in found}


def _earlier_first(one: tuple[Place, Booked]) -> tuple[str, int, int]:
    """By milestone, its earlier revisions first, whichever gateway has them."""
    place, booked = one
    return place.contract_id, booked.milestone_index, booked.revision


def _ours(connection: sa.Connection, place: Place) -> Ours:
    """What the books hold of a contract at one gateway, under all its names."""
    is_here = invoices.c.gateway.in_(place.names)
    mine = (releases.c.contract_id == place.contract_id) & is_here
    bills = sa.select(invoices).join(releases, releases.c.id == invoices.c.release_id).where(mine)
    billed = sa.select(invoices.c.release_id).where(is_here)
    legs = (
        sa.select(payouts)
        .join(releases, releases.c.id == payouts.c.release_id)
        .where(releases.c.contract_id == place.contract_id, payouts.c.release_id.in_(billed))
    )
    released = sa.select(releases).where(
        releases.c.contract_id == place.contract_id, releases.c.snapshot.is_not(None)
    )
    rows = connection.execute(released).mappings().all()
    return Ours(
        [dict(row) for row in connection.execute(bills.order_by(invoices.c.id)).mappings()],
        [dict(row) for row in connection.execute(legs.order_by(payouts.c.id)).mappings()],
        {row["id"]: contract_of(row).legs_minor(row["milestone_index"]) for row in rows},
    )


def _write_down(connection: sa.Connection, found: Sequence[Difference], who: Who) -> None:
    """Keep what a person accepted in the history of each milestone that it is about."""
    for one in found:
        if one.release_id:
            told = f"{who} let orders leave again although the gateway differs: {one.what}"
            note(connection, one.release_id, told, asdict(one))
