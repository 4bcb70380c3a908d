"""Events, kept to be listed and sent out signed. https://docs.stripe.com/webhooks"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time

from app.sandbox.agenda import Agenda
from app.sandbox.callbacks import Callbacks
from app.sandbox.journal import Journal
from app.sandbox.stripe.books import Books, Params
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.shelf import Paper

API_VERSION = "2026-10-28.endive"
_SHUFFLED_S = (0.15, 0.0, 0.05, 0.1)
"""The pauses that bring events out of their order."""


class Events:
    """`scrambled`: each event goes out twice and not in its turn, as Stripe's documents warn."""

    def __init__(self, url: str, secret: str, journal: Journal, agenda: Agenda) -> None:
        self.secret, self.scrambled = secret, False
        self.callbacks = Callbacks("sandbox-stripe-callbacks", url, journal, self._sign)
        self._agenda = agenda
        self._pauses = itertools.cycle(_SHUFFLED_S)

    def record(self, books: Books, kind: str, paper: Paper, before: Paper | None) -> None:
        """Keep an event about an object as it is now, and send it."""
        data = {"object": paper} if before is None else {"object": paper, "previous_attributes": before}
        event = {
            "id": books.shelf.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": books.clock.now_s(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1 if self.callbacks.url else 0,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        if kind == "account.updated":
            event["account"] = paper["id"]
        books.shelf.put(event)
        self.send(event)

    def send(self, event: Paper) -> None:
        """Send an event, also once more."""
        body = json.dumps(event, ensure_ascii=False).encode()
        if not self.scrambled:
            self.callbacks.send(event["id"], event["type"], body)
            return
        for _ in range(2):
            self._agenda.after(
                next(self._pauses), lambda: self.callbacks.send(event["id"], event["type"], body)
            )

    def _sign(self, _event_id: str, body: bytes) -> dict[str, str]:
        """With this machine's time, whatever the sandbox's clock says: who checks it has no other."""
        moment = str(int(time.time()))
        mac = hmac.new(self.secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
        return {"Stripe-Signature": f"t={moment},v1={mac.hexdigest()}"}


class EventDesk:
    """The events as the API tells them."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("event", ids["id"], "id", status=404)

    def list_all(self, _ids: Params, params: Params) -> Paper:
        kinds = params.get("types", [params["type"]] if "type" in params else [])
        found = [one for one in self._books.shelf.every("event") if not kinds or one["type"] in kinds]
        return page(self._books.shelf, within(found, params.get("created")), params, "/v1/events")
