"""Acknowledging deliveries: the real server with group commit, and with one commit per request, in one run.

The server has a process of its own, the load comes from this one over a few kept-alive connections; every
delivery is a GitHub `issues` delivery of about 11.6 KB with a signature over it and an id of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import multiprocessing
import multiprocessing.connection
import os
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

import uvloop

from app.settings import Settings

CONNECTIONS = 16
WARM_UP_S, MEASURED_S = 0.5, 4.0
SECRET = b"a-secret-of-the-benchmark"
GROUP, SINGLE = 256, 1


def main() -> None:
    """Print a line per way of committing, then their ratio."""
    rates = {}
    for name, batch_size in (("one commit per request", SINGLE), ("group commit", GROUP)):
        with tempfile.TemporaryDirectory(prefix="closeout-bench-") as folder:
            load = _measure(Path(folder), batch_size)
        rates[batch_size] = load.rate
        print(
            f"{name}: {load.rate:,.0f} acks/s, p50 {load.ms(0.50):.1f} ms, p99 {load.ms(0.99):.1f} ms, "
            f"{load.refused} refused"
        )
    print(f"ratio group commit to one commit per request: {rates[GROUP] / rates[SINGLE]:.2f}")


@dataclass
class Load:
    """What the load generator saw after its warm-up; answer times in seconds."""

    answer_s: list[float] = field(default_factory=list)
    refused: int = 0
    measures_from: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.answer_s) / MEASURED_S

    def ms(self, share: float) -> float:
        ordered = sorted(self.answer_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def _measure(folder: Path, batch_size: int) -> Load:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=_serve, args=(f"sqlite:///{folder / 'closeout.db'}", batch_size, theirs))
    server.start()
    try:
        port = int(ours.recv().rpartition(":")[2])
        load = Load()
        uvloop.run(_generate(port, load))
        return load
    finally:
        ours.send("stop")
        server.join()


def _serve(url: str, batch_size: int, parent: multiprocessing.connection.Connection) -> None:
    """The server as `closeout serve` puts it together, without what comes after the inbox."""
    from app import logs, migrations
    from app.connections.doors import forge_door
    from app.db import Database
    from app.forges.github.parse import GitHubParser
    from app.inbox.receive import Receiver
    from app.inbox.store import Inbox
    from app.web.metrics import Metrics
    from app.web.pages import pages
    from app.web.server import front, running
    from app.web.webhooks import Hooks

    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        logs.configure("info", stream=nowhere)
        db = Database(url)
        migrations.upgrade(db)
        parser, metrics, inbox = GitHubParser(), Metrics(db), Inbox(db, batch_size=batch_size)
        door = forge_door("github", parser, (SECRET,))
        hooks = Hooks(Receiver({"forge": {"github": door}}, inbox), metrics.observe)
        inbox.start()
        with running(front(hooks, pages(db, dict, Settings, metrics=metrics))) as address:
            parent.send(address)
            parent.recv()
        inbox.stop()
        db.close()


async def _generate(port: int, load: Load) -> None:
    loop = asyncio.get_running_loop()
    numbers = itertools.count()
    head, body = _request()
    load.measures_from = time.perf_counter() + WARM_UP_S
    senders = [
        (await loop.create_connection(partial(_Sender, load, numbers, head, body), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(WARM_UP_S + MEASURED_S)
    for sender in senders:
        sender.stop()


class _Sender(asyncio.Protocol):
    """One kept-alive connection: the next delivery goes out when the answer to the last one is in."""

    def __init__(self, load: Load, numbers: itertools.count[int], head: bytes, body: bytes) -> None:
        self._load, self._numbers, self._head, self._body = load, numbers, head, body
        self._answer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._answer.endswith(b"}"):  # every answer is one JSON object
            return
        now = time.perf_counter()
        if self._sent_at >= self._load.measures_from:
            if self._answer.startswith(b"HTTP/1.1 202"):
                self._load.answer_s.append(now - self._sent_at)
            else:
                self._load.refused += 1
        self._answer = b""
        self._send()

    def stop(self) -> None:
        self._transport.abort()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._head % next(self._numbers) + self._body)


def _request() -> tuple[bytes, bytes]:
    """The head, with a place for the delivery's number, and the body."""
    person = {"login": "dev", "id": 3, "type": "User", "site_admin": False}
    words = " ".join(f"criterion {number} is checked on staging;" for number in range(270))
    document = {
        "action": "closed",
        "issue": {
            "id": 4001,
            "number": 12,
            "title": "Clickable prototype",
            "state": "closed",
            "state_reason": "completed",
            "labels": [{"id": 5, "name": "milestone:ui-prototype"}],
            "user": person,
            "body": words,
        },
        "repository": {"id": 7, "full_name": "acme/storefront", "owner": person},
        "sender": person,
    }
    body = json.dumps(document).encode()
    head = (
        "POST /hooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "User-Agent: bench\r\nX-GitHub-Event: issues\r\nX-GitHub-Delivery: bench-%d\r\n"
        f"X-Hub-Signature-256: sha256={hmac.new(SECRET, body, hashlib.sha256).hexdigest()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode(), body
