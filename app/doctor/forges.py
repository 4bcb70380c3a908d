"""Each connection, asked at its forge: identity and rights, webhooks, repositories, labels."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from app.connect import VENDORS, Connections
from app.connections.finding import Finding
from app.connections.github import lacks
from app.connections.hookbook import HookBook
from app.connections.inspect import inspect_connection
from app.connections.installed import App, Installed, gaps, unread
from app.connections.kept import Kept
from app.db import Database
from app.doctor import address
from app.errors import ForgeError
from app.events import Repository
from app.forges.base import Forge
from app.forges.github.apps import GitHubApp
from app.forges.registry import SETUPS
from app.inbox.tables import deliveries
from app.milestones.contract import RepositoryKey
from app.milestones.problems import number_of
from app.notices.text import moment
from app.releases.decision.identities import Identities
from app.releases.labels.sync import sync_labels


def examine(db: Database, connections: Connections) -> Iterator[Finding]:
    """All connections that have their secrets, and every repository of a contract."""
    configuration, public_url = connections.book.current, connections.settings.public_url
    keys = sorted({key for one in configuration.contracts.values() for key in one.repositories}, key=str)
    for name, forge in connections.forges.items():
        about, entry = f"connection {name}", connections.entries[name]
        host = connections.settings.value(name, "API_URL") or entry.api_url or VENDORS.get(entry.forge, "")
        yield from address.clock(name, host) if host else ()
        mine = [key for key in keys if key.connection == name]
        if name in connections.apps:
            yield from _app(db, connections, name, mine)
        for key in mine:
            yield from _repository(forge, key)
        if entry.forge in SETUPS:
            kept = Kept(connections.base, connections.vault, name)
            names = [key.full_name for key in mine]
            hook_url = f"{public_url}/hooks/{name}" if public_url else ""
            yield from inspect_connection(kept, HookBook(db), entry.forge, entry.api_url, names, hook_url)
        yield from _deliveries(db, about, name)
        yield from _rotation(connections, name)
    yield from _labels(db, connections)


def _app(db: Database, connections: Connections, name: str, keys: list[RepositoryKey]) -> Iterator[Finding]:
    app, about = connections.apps[name], f"connection {name}"
    try:
        facts = app.read()
        yield from _webhook(app, about, connections, name)
        for what, mend in lacks(facts):
            yield Finding(about, "broken", what, mend)
        places: dict[str, App] = {name: app}
        told = Installed(db, places).refresh(name)
        yield Finding(about, "ok", f"the GitHub App {facts.slug}: {told}")
    except ForgeError as error:
        yield Finding(about, "broken", error.what, error.mend)
        return
    with db.reading() as reading:
        left_out, refusing = gaps(reading, keys), unread(reading, name)
    for account, why, page in refusing:
        yield Finding(
            about, "warning", f"what the App reaches at {account} can not be read: {why}", f"See {page}"
        )
    for gap in left_out:
        yield Finding(str(gap.key), "broken", gap.what, gap.mend)


def _webhook(app: GitHubApp, about: str, connections: Connections, name: str) -> Iterator[Finding]:
    public_url = connections.settings.public_url
    wanted = f"{public_url}/hooks/{name}"
    present = app.webhook_url()
    if public_url and present != wanted:
        what = f"the App's webhook calls {present or 'nobody'}, and this server is {wanted}"
        yield Finding(about, "broken", what, f"closeout github rotate --name {name}")


def _repository(forge: Forge, key: RepositoryKey) -> Iterator[Finding]:
    try:
        found = forge.read_repository(Repository("", key.full_name))
        labels = forge.list_labels(found)
    except ForgeError as error:
        yield Finding(str(key), "broken", error.what, error.mend)
        return
    yield Finding(str(key), "ok", f"can be read, with {number_of(len(labels), 'label')}")


def _deliveries(db: Database, about: str, name: str) -> Iterator[Finding]:
    newest = sa.select(sa.func.max(deliveries.c.received_at)).where(
        deliveries.c.source == "forge", deliveries.c.connection == name
    )
    with db.reading() as reading:
        last = reading.scalar(newest)
    if last is None:
        mend = "Label an issue: its webhook arrives within seconds. See what the forge says of its webhook"
        yield Finding(about, "warning", "no webhook has arrived yet", mend)
    else:
        yield Finding(about, "ok", f"the last webhook arrived {moment(last)}")


def _rotation(connections: Connections, name: str) -> Iterator[Finding]:
    if connections.settings.value(name, "OLD_WEBHOOK_SECRET"):
        entry = connections.entries[name]
        what = "the webhook secret before the last rotation is still accepted"
        mend = f"closeout {entry.forge} rotate --name {name} --finish"
        yield Finding(f"connection {name}", "warning", what, mend)


def _labels(db: Database, connections: Connections) -> Iterator[Finding]:
    names = Identities(db, connections.forges)
    for one in sync_labels(connections.book.current, connections.forges, names, is_dry=True):
        if one.action in ("create", "mend"):
            wrong = "missing" if one.action == "create" else "not as it should be"
            what = f"the label {one.label} is {wrong}"
            yield Finding(str(one.repository), "warning", what, "closeout labels sync")
        elif one.action == "leave":
            yield Finding(str(one.repository), "broken", f"the label {one.label}: {one.note}", one.mend)
