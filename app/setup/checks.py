"""Trying what was set up: each connection and gateway is asked something that costs and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from app.db import now
from app.errors import CloseoutError, ForgeError
from app.events import Repository
from app.gateways import KINDS
from app.gateways.base import Done, Failed, Gateway, Intent, Order
from app.inbox.tables import deliveries
from app.setup.desk import Desk
from app.setup.gateway import KIND
from app.setup.installed import installed_apps

_NEVER_SENT = "evt_closeout_setup_check"


@dataclass(frozen=True, slots=True)
class Check:
    """What was tried, how it went, and what to do where it did not."""

    what: str
    is_right: bool
    told: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The last delivery that came through one door; `at` is RFC 3339, "" where none ever did."""

    source: Literal["forge", "gateway"]
    name: str
    at: str
    event: str = ""


def run_checks(desk: Desk) -> list[Check]:
    """All of them, with a few requests each; nothing that goes wrong outside is raised."""
    return [*_connections(desk), *_gateways(desk)]


def arrivals(desk: Desk) -> list[Arrival]:
    """For each door what came through it last."""
    last = sa.select(sa.func.max(deliveries.c.id)).group_by(deliveries.c.source, deliveries.c.connection)
    query = sa.select(deliveries).where(deliveries.c.id.in_(last))
    with desk.db.reading() as connection:
        rows = {(row["source"], row["connection"]): row for row in connection.execute(query).mappings()}
    doors: list[tuple[Literal["forge", "gateway"], str]] = [
        *(("forge", name) for name in desk.forges()),
        *(("gateway", name) for name in desk.gateways()),
    ]
    found = []
    for source, name in doors:
        row = rows.get((source, name))
        event = " ".join(filter(None, (row["event"], row["action"]))) if row else ""
        found.append(Arrival(source, name, row["received_at"] if row else "", event))
    return found


def _connections(desk: Desk) -> Iterator[Check]:
    apps = {app.connection: app for app in installed_apps(desk)}
    for name in desk.forges():
        what, problem = f"Connection {name}", desk.connections.problems.get(f"connection {name}")
        if problem is not None:
            yield _failed(what, problem)
            continue
        app = apps.get(name)
        if app is not None and app.error is not None:
            yield _failed(what, app.error)
            continue
        if app is not None and app.hook_url != app.wanted_url:
            told = f"the App's webhooks go to {app.hook_url or 'nowhere'}"
            yield Check(what, is_right=False, told=told, mend="Open step 2, and send them here")
        if app is not None and not app.places:
            mend = f"Install it: {app.install_url}"
            yield Check(what, is_right=False, told="the App is installed nowhere", mend=mend)
        yield from _repositories(desk, name)


def _repositories(desk: Desk, name: str) -> Iterator[Check]:
    """Whether the connection sees each repository that a contract names."""
    contracts = desk.configuration.contracts.values()
    keys = {key.full_name: key for one in contracts for key in one.repositories if key.connection == name}
    if not keys:
        yield Check(f"Connection {name}", is_right=True, told="it is let in; no contract names it yet")
    for full_name in sorted(keys):
        what = f"{name}:{full_name}"
        try:
            desk.connections.forges[name].read_repository(Repository("", full_name))
        except ForgeError as error:
            yield _failed(what, error)
        else:
            yield Check(what, is_right=True, told="it can be read")


def _gateways(desk: Desk) -> Iterator[Check]:
    for name, url in desk.gateways().items():
        what, problem = f"Gateway {name}", desk.connections.problems.get(f"gateway {name}")
        if problem is not None:
            yield _failed(what, problem)
            continue
        gateway = desk.connections.gateways.get(name)
        secret = desk.settings.value(name, "SECRET")
        if gateway is None and secret:
            gateway = KINDS[KIND](name, url, secret)
        if gateway is not None:
            yield ask_gateway(what, gateway)


def ask_gateway(what: str, gateway: Gateway) -> Check:
    """Ask about an event that was never sent: who answers that it is unknown has taken our signature."""
    order = Order(
        key="closeout setup check",
        event_id=_NEVER_SENT,
        created_at=now(),
        status="setup_check",
        contract_id="closeout",
        milestone_index=1,
        milestone_title="Setup check",
        amount_minor=1,
        currency="usd",
        account="closeout",
        auto_clear=False,
    )
    found = gateway.ask(Intent(order.key, order.event_id, gateway.draft(order)))
    match found:
        case Failed(retry_after_s=0):
            return Check(what, is_right=True, told="it answers, and knows our signature")
        case Done():
            told = "it claims to know an event that was never sent"
            return Check(what, is_right=False, told=told, mend="Ask the platform why")
        case _:
            mend = "Check the url in the contract file, and that the platform has the same secret"
            return Check(what, is_right=False, told=found.reason, mend=mend)


def _failed(what: str, error: CloseoutError) -> Check:
    return Check(what, is_right=False, told=error.what, mend=error.mend)
