"""Sending webhooks as GitHub does: signed, in order, once each, with a log from which one can be sent again.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from app.sandbox.forge.addresses import is_local
from app.sandbox.forge.records import Hook, Repository
from app.sandbox.forge.state import State

TIMEOUT_S = 10
UNREACHED = ("failed to connect to host", 0)
KEPT = timedelta(days=3)
"""So long GitHub shows deliveries and sends them again:
https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks"""


@dataclass
class Delivery:
    """One webhook request and what became of it; `status_code` 0: nobody answered."""

    id: int
    hook: Hook
    event: str
    action: str
    headers: dict[str, str]
    body: bytes
    repository_id: int | None
    installation_id: int | None
    delivered_at: str
    is_redelivery: bool = False
    duration_s: float = 0.0
    status: str = "pending"
    status_code: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    done: threading.Event = field(default_factory=threading.Event)

    def as_json(self, *, is_whole: bool = False) -> dict[str, Any]:
        """A line of the log; with the request and the answer when it `is_whole`.

        https://docs.github.com/en/rest/repos/webhooks#get-a-delivery-for-a-repository-webhook
        """
        shown: dict[str, Any] = {
            "id": self.id,
            "guid": self.headers["X-GitHub-Delivery"],
            "delivered_at": self.delivered_at,
            "redelivery": self.is_redelivery,
            "duration": round(self.duration_s, 2),
            "status": self.status,
            "status_code": self.status_code,
            "event": self.event,
            "action": self.action or None,
            "installation_id": self.installation_id,
            "repository_id": self.repository_id,
            "throttled_at": None,
        }
        if is_whole:
            shown["url"] = self.hook.url
            shown["request"] = {"headers": self.headers, "payload": json.loads(self.body)}
            shown["response"] = {"headers": self.answer_headers, "payload": self.answer}
        return shown


class Webhooks:
    """A queue and one thread that empties it. Nothing is retried, as at GitHub."""

    def __init__(self, state: State) -> None:
        self.log: list[Delivery] = []
        self.trouble: tuple[str, int] | None = None
        """While it is set nothing is sent, and this status and code stand in the log instead."""
        self._state = state
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="sandbox-forge-webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def send(self, repository: Repository, event: str, payload: dict[str, Any]) -> None:
        """Queue one delivery for every active hook that asked for this event; they share its GUID."""
        guid = str(uuid.uuid4())
        for hook in repository.hooks.values():
            if hook.is_active and (event in hook.events or "*" in hook.events):
                self.send_to(hook, event, payload, repository_id=repository.id, guid=guid)
        for one in self._state.apps.installations.values():
            if one.hears(event, repository):
                whole = payload | {"installation": {"id": one.id, "node_id": f"IN_{one.id}"}}
                ids = {"repository_id": repository.id, "installation_id": one.id}
                self.send_to(one.app.hook, event, whole, **ids, guid=guid)

    def send_to(
        self,
        hook: Hook,
        event: str,
        payload: dict[str, Any],
        *,
        repository_id: int | None = None,
        installation_id: int | None = None,
        guid: str = "",
    ) -> None:
        """Queue one delivery for this hook alone."""
        body = json.dumps(payload, ensure_ascii=False).encode()
        kind, target = ("repository", repository_id) if hook.app_id is None else ("integration", hook.app_id)
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/5a9db0c",
            "X-GitHub-Delivery": guid or str(uuid.uuid4()),
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(hook.id),
            "X-GitHub-Hook-Installation-Target-ID": str(target),
            "X-GitHub-Hook-Installation-Target-Type": kind,
        }
        if hook.secret:
            digest = hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature-256"] = f"sha256={digest}"
        about = (event, str(payload.get("action") or ""), headers, body, repository_id, installation_id)
        self._put(hook, *about)

    def redeliver(self, delivery: Delivery) -> None:
        """The same request again, under the same GUID."""
        about = (delivery.event, delivery.action, delivery.headers, delivery.body)
        whose = (delivery.repository_id, delivery.installation_id)
        self._put(delivery.hook, *about, *whose, is_redelivery=True)

    def of(self, hook: Hook) -> list[Delivery]:
        """What GitHub still knows of a hook's deliveries, the latest first."""
        oldest = self._state.ago(KEPT)
        return [one for one in reversed(self.log) if one.hook is hook and one.delivered_at >= oldest]

    def wait_until_sent(self, timeout_s: float = 30) -> None:
        """Return once everything that was queued so far was sent. Raises TimeoutError."""
        for delivery in list(self.log):
            if not delivery.done.wait(timeout_s):
                raise TimeoutError(f"the webhook {delivery.event} was not sent in {timeout_s} s")

    def _put(
        self,
        hook: Hook,
        event: str,
        action: str,
        headers: dict[str, str],
        body: bytes,
        repository_id: int | None,
        installation_id: int | None,
        *,
        is_redelivery: bool = False,
    ) -> None:
        delivery = Delivery(
            len(self.log) + 1,
            hook,
            event,
            action,
            headers,
            body,
            repository_id,
            installation_id,
            self._state.now(),
            is_redelivery=is_redelivery,
        )
        self.log.append(delivery)
        trouble = self.trouble or (None if is_local(hook.url) else UNREACHED)
        if trouble is not None:
            delivery.status, delivery.status_code = trouble
            delivery.done.set()
        else:
            self._queue.put(delivery)

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (delivery := self._queue.get()) is not None:
                started = time.monotonic()
                _deliver(session, delivery)
                delivery.duration_s = time.monotonic() - started
                delivery.done.set()


def _deliver(session: requests.Session, delivery: Delivery) -> None:
    try:
        response = session.post(
            delivery.hook.url,
            data=delivery.body,
            headers=delivery.headers,
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
    except requests.Timeout:
        delivery.status = "timed out"
    except requests.RequestException:
        delivery.status, delivery.status_code = UNREACHED
    else:
        delivery.status_code = response.status_code
        delivery.status = "OK" if response.ok else f"Invalid HTTP Response: {response.status_code}"
        delivery.answer_headers, delivery.answer = dict(response.headers), response.text
