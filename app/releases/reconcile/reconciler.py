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
from app.releases.stages import wake_the_frozen
from app.releases.states import note
from app.releases.tables import intents, releases
from app.releases.who import Who

AGAIN = "Run closeout reconcile again when that is mended"


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
        found = [(place, self._theirs(report, *place)) for place in sorted(self._places())]
        for place, theirs in found:
            self._take_in(report, *place, theirs or ())
        self._ask_about_ours(report)
        for place, theirs in found:
            if theirs is not None:
                self._compare(report, *place, theirs)
        with self._db.transaction() as connection:
            if is_frozen(connection) and (accept or not report.differences):
                thaw(connection, who, [asdict(one) for one in report.differences])
                _write_down(connection, report.differences, who)
                wake_the_frozen(connection)
            report.is_frozen = is_frozen(connection)
        return report

    def _ask_about_ours(self, report: Report) -> None:
        """Every order that went out, or may have, by our own books: what became of it."""
        with self._db.reading() as connection:
            query = sa.select(intents).where(intents.c.status.in_(CALLED)).order_by(intents.c.created_at)
            ours = connection.execute(query).mappings().all()
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

    def _places(self) -> set[tuple[str, str]]:
        """(contract, gateway) of every contract that the file or the books know."""
        found = {(one.id, one.gateway) for one in self._file.contracts.values()}
        query = sa.select(releases.c.contract_id, intents.c.gateway).join(
            intents, intents.c.release_id == releases.c.id
        )
        with self._db.reading() as connection:
            found |= {(row[0], row[1]) for row in connection.execute(query.distinct())}
        return found

    def _take_in(self, report: Report, contract_id: str, name: str, theirs: Sequence[Booked]) -> None:
        """Adopt what the books tell otherwise, or not at all, the earlier revisions first."""
        for booked in sorted(theirs, key=lambda one: (one.milestone_index, one.revision)):
            with self._db.reading() as connection:
                is_news = bool(unlike(name, contract_id, _ours(connection, contract_id, name), booked))
            if is_news:
                self._adopt(report, contract_id, name, booked)

    def _compare(self, report: Report, contract_id: str, name: str, theirs: Sequence[Booked]) -> None:
        with self._db.reading() as connection:
            ours = _ours(connection, contract_id, name)
        report.differences += differences(name, contract_id, ours, theirs)

    def _theirs(self, report: Report, contract_id: str, name: str) -> Sequence[Booked] | None:
        """What the gateway holds of a contract; None where it can not say anything now."""
        where = f"{contract_id} at {name}"
        gateway = self._gateways.get(name)
        if gateway is None:
            mend = "Put the gateway back into the contract file, with its secret"
            report.differences.append(Difference("the gateway is not configured", where, mend))
            return None
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

    def _adopt(self, report: Report, contract_id: str, name: str, booked: Booked) -> None:
        contract = self._file.contracts.get(contract_id)
        if contract is not None and contract.gateway != name:
            contract = None
        identity = release_id(contract_id, booked.milestone_index)
        where = f"{identity} at {name}"
        try:
            decision = self._decision(contract, identity, booked)
        except ForgeError as error:
            report.differences.append(Difference(f"its issues can not be read: {error.what}", where, AGAIN))
            return
        try:
            with self._db.transaction() as connection:
                gateway = self._gateways[name]
                report.adopted.append(adopt(connection, gateway, contract_id, contract, booked, decision))
        except CloseoutError as error:
            if not error.permanent:
                raise  # the database, not what was found
            with self._db.transaction() as connection:
                hold(connection, contract_id, contract, booked, error.what)
            told = f"invoice {booked.invoice.number} can not be taken into the books: {error.what}"
            mend = f"Mend the contract file or the gateway, whichever is wrong. {AGAIN}"
            report.differences.append(Difference(told, where, mend, identity))

    def _decision(self, contract: Contract | None, identity: str, booked: Booked) -> Decision | None:
        """What is read of a milestone's issues now, where it has to be released anew. Raises ForgeError."""
        if contract is None or not 1 <= booked.milestone_index <= len(contract.milestones):
            return None
        released = sa.select(releases.c.id).where(releases.c.id == identity, releases.c.snapshot.is_not(None))
        with self._db.reading() as connection:
            is_released = connection.scalar(released) is not None
        if is_released:
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


def _ours(connection: sa.Connection, contract_id: str, gateway: str) -> Ours:
    """What the books hold of a contract at one gateway."""
    mine = (releases.c.contract_id == contract_id) & (invoices.c.gateway == gateway)
    bills = sa.select(invoices).join(releases, releases.c.id == invoices.c.release_id).where(mine)
    billed = sa.select(invoices.c.release_id).where(invoices.c.gateway == gateway)
    legs = (
        sa.select(payouts)
        .join(releases, releases.c.id == payouts.c.release_id)
        .where(releases.c.contract_id == contract_id, payouts.c.release_id.in_(billed))
    )
    return Ours(
        [dict(row) for row in connection.execute(bills.order_by(invoices.c.id)).mappings()],
        [dict(row) for row in connection.execute(legs.order_by(payouts.c.id)).mappings()],
    )


def _write_down(connection: sa.Connection, found: Sequence[Difference], who: Who) -> None:
    """Keep what a person accepted in the history of each milestone that it is about."""
    for one in found:
        if one.release_id:
            told = f"{who} let orders leave again although the gateway differs: {one.what}"
            note(connection, one.release_id, told, asdict(one))
