"""A whole site for tests: the real server on a free port, a Gitea and a GitLab connection, one inbox."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import sqlalchemy as sa

from app.connections.doors import forge_door
from app.db import Database
from app.forges.gitea.parse import GiteaParser
from app.forges.gitlab.parse import GitLabParser
from app.inbox.receive import Door, Receiver
from app.inbox.store import Inbox
from app.inbox.tables import deliveries
from app.settings import Settings
from app.web.metrics import Metrics
from app.web.pages import pages
from app.web.server import front, running
from app.web.webhooks import Hooks, Limits

SECRET = "canary-webhook-secret-5b1f"
STATUS_TOKEN = "canary-status-token-9c4e"
READY = {"database": "ok", "engine": "ok", "configuration": "ok"}


@dataclass
class Site:
    """A running site and the ways to knock at it."""

    url: str
    db: Database
    inbox: Inbox
    receiver: Receiver
    readiness: dict[str, str]

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def post(
        self,
        headers: Mapping[str, str | bytes],
        body: bytes,
        path: str = "/hooks/forge",
        *,
        timeout_s: float = 30,
    ) -> requests.Response:
        return requests.post(self.url + path, data=body, headers=dict(headers), timeout=timeout_s)

    def rows(self) -> list[dict[str, Any]]:
        with self.db.reading() as connection:
            return [dict(row) for row in connection.execute(sa.select(deliveries)).mappings()]

    def row_of(self, delivery_id: str) -> dict[str, Any] | None:
        return next((row for row in self.rows() if row["delivery_id"] == delivery_id), None)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def exchange(self, lines: list[tuple[str, bytes]], body: bytes, path: str = "/hooks/forge") -> Answer:
        """POST with exactly these header lines, doubled ones and odd bytes included."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest("POST", path)
            for name, value in [*lines, ("Content-Length", str(len(body)).encode())]:
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response.status, json.loads(response.read()))
        finally:
            connection.close()


@dataclass(frozen=True)
class Answer:
    status: int
    document: dict[str, Any]


@contextmanager
def a_site(db: Database, limits: Limits | None = None) -> Iterator[Site]:
    """A site on `db`, up inside the block."""
    inbox = Inbox(db)
    metrics = Metrics(db)
    readiness = dict(READY)
    receiver = Receiver(
        {"forge": {"forge": _door("forge", GiteaParser()), "lab": _door("lab", GitLabParser())}}, inbox
    )
    app = front(
        Hooks(receiver, metrics.observe, limits),
        pages(db, lambda: readiness, lambda: Settings(status_token=STATUS_TOKEN), metrics=metrics),
    )
    inbox.start()
    try:
        with running(app) as url:
            yield Site(url, db, inbox, receiver, readiness)
    finally:
        inbox.stop()


def _door(name: str, parser: GiteaParser | GitLabParser) -> Door:
    return forge_door(name, parser, (SECRET.encode(),))


def sign(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def closed_issue(number: int = 12, **more: Any) -> bytes:
    """A delivery's body as Gitea writes it, cut to what is needed."""
    person = {"id": 3, "login": "dev", "username": "dev"}
    document = {
        "action": "closed",
        "number": number,
        "issue": {
            "id": 1000 + number,
            "number": number,
            "title": "Clickable prototype",
            "state": "closed",
            "labels": [{"id": 5, "name": "milestone:ui-prototype"}],
            "user": person,
            "pull_request": None,
        },
        "repository": {"id": 7, "full_name": "acme/storefront"},
        "sender": person,
    }
    return json.dumps({**document, **more}).encode()


def signed(body: bytes, delivery_id: str) -> dict[str, str]:
    """The headers that Gitea sends with `body`."""
    return {
        "Content-Type": "application/json",
        "X-Gitea-Event": "issues",
        "X-Gitea-Delivery": delivery_id,
        "X-Gitea-Signature": sign(body),
    }


def hold_writers(db: Database) -> Any:
    """A transaction that lets nobody else write while its block lasts."""
    transaction = db.transaction()
    connection = transaction.__enter__()
    if not db.is_sqlite:
        connection.execute(sa.text("LOCK TABLE deliveries IN EXCLUSIVE MODE"))
    return transaction
