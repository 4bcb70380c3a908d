"""The counter where events are handed in: who sent it, was it here before, is it right, then book it.

An answer is kept under its idempotency key, status and bytes, and given again to whoever comes with the same
key and the same bytes. A refusal (4xx) books nothing and is not kept: the same event may be right later.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from app.sandbox.faults import BEFORE_BOOKING, Faults
from app.sandbox.journal import Journal
from app.sandbox.platform.books import Books
from app.sandbox.platform.checks import Event, read_event
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.undoing import Undoing

BUSY_RETRY_S = 1
PAGE = 3
"""Invoices on a page of the list: few, so that whoever reads it has to turn pages."""


@dataclass(frozen=True)
class Reply:
    """An answer before it goes out; `fault` says how the sending shall go wrong."""

    status: int
    body: bytes
    headers: dict[str, str]
    fault: str = ""


@dataclass(frozen=True)
class _Kept:
    event_id: str
    request: bytes
    status: int
    body: bytes


class Counter:
    """Takes events and questions. `take`, `ask` and `listed` never raise; they answer.

    `lists`: whether it answers what it booked for a contract, which a platform need not offer.
    """

    def __init__(self, secret: str, books: Books, undoing: Undoing, journal: Journal, faults: Faults) -> None:
        self._secret, self._books, self._undoing = secret, books, undoing
        self._journal, self._faults = journal, faults
        self.lists = True
        self._kept: dict[str, _Kept] = {}
        self._keys: dict[str, str] = {}
        self._lock = threading.Lock()

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[Reply, Event | None]:
        """The answer to a posted event, and the event where it was booked just now."""
        key, name = headers.get("idempotency-key", ""), headers.get("webhook-id", "")
        self._journal.add("request", event_id=name, key=key, body=body.decode("utf-8", "replace"))
        booked: Event | None = None
        with self._lock:
            try:
                self._check_sender(headers, body)
                reply, booked = self._book(key, name, body)
            except Refused as refusal:
                reply = refused(refusal)
        self._journal.add(
            "answer", event_id=name, status=reply.status, fault=reply.fault, booked=booked is not None
        )
        return reply, booked

    def ask(self, headers: Mapping[str, str], event_id: str) -> Reply:
        """The present state of an event that was handed in earlier."""
        with self._lock:
            try:
                self._check_sender(headers, b"")
                reply = self._state(event_id, headers["webhook-id"])
            except Refused as refusal:
                reply = refused(refusal)
        self._journal.add("asked", event_id=event_id, status=reply.status, fault=reply.fault)
        return reply

    def listed(self, headers: Mapping[str, str], query: bytes, contract_id: str, after: str) -> Reply:
        """What is booked for a contract, as it stands now, a page at a time; `query` is what was signed."""
        with self._lock:
            try:
                self._check_sender(headers, query)
                fault = self._faults.take("list")
                reply = (
                    broken(fault)
                    if fault in BEFORE_BOOKING
                    else spoilt(200, _json(self._page(contract_id, after)), fault)
                )
            except Refused as refusal:
                reply = refused(refusal)
        self._journal.add("listed", contract_id=contract_id, status=reply.status, fault=reply.fault)
        return reply

    def _page(self, contract_id: str, after: str) -> dict[str, Any]:
        if not self.lists:
            raise Refused("not_found", "this platform does not list what it booked", status=404)
        mine = [one for one in self._books.invoices() if one.event.contract_id == contract_id]
        rest = [one for one in mine if one.id > after]
        booked = [
            {
                "event_id": one.event.id,
                "milestone_index": one.event.milestone_index,
                "milestone_title": one.event.title,
                "revision": one.event.revision,
                "legs": [{"account_token": name, "amount_cents": cents} for name, cents in one.legs.items()],
                **self._books.facts(one.event.id),
            }
            for one in rest[:PAGE]
        ]
        following = rest[PAGE - 1].id if len(rest) > PAGE else None
        return {"contract_id": contract_id, "booked": booked, "next": following}

    def _check_sender(self, headers: Mapping[str, str], body: bytes) -> None:
        try:
            Webhook(self._secret).verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError, TypeError) as error:
            raise Refused("invalid_signature", "the signature does not fit", status=401) from error

    def _book(self, key: str, name: str, body: bytes) -> tuple[Reply, Event | None]:
        if not key:
            raise Refused("missing_key", "the Idempotency-Key header is missing", status=400)
        event = read_event(body)
        if event.id != name:
            raise Refused("invalid_field", "id must be the webhook-id of the headers", field="id")
        kept = self._kept.get(key)
        if kept and kept.request != body:
            raise Refused("idempotency_key_reused", f"this key belongs to other bytes ({kept.event_id})")
        if self._keys.get(event.id, key) != key:
            raise Refused("event_id_reused", "this event came under another key")
        fault = self._faults.take(event.asks_for)
        if fault in BEFORE_BOOKING and not (kept and fault == "saved_500"):
            reply = broken(fault)
            if fault == "saved_500":
                self._keep(key, event, body, reply)
            return reply, None
        if kept:
            return spoilt(kept.status, kept.body, fault, replayed=True), None
        reply = spoilt(200, _json(self._act(event)), fault)
        self._keep(key, event, body, reply)
        return reply, event

    def _keep(self, key: str, event: Event, request: bytes, reply: Reply) -> None:
        self._kept[key] = _Kept(event.id, request, reply.status, reply.body)
        self._keys[event.id] = key

    def _act(self, event: Event) -> dict[str, Any]:
        if event.asks_for == "open_invoice":
            self._books.open_invoice(event)
        elif event.asks_for == "payout":
            self._books.transfer(event)
        elif event.asks_for != "tell":
            self._undoing.act(event)
        else:
            self._journal.add("told", event_id=event.id, status=event.status)
        return self._books.facts(event.id)

    def _state(self, event_id: str, signed_for: str) -> Reply:
        if signed_for != event_id:
            raise Refused("invalid_signature", "webhook-id must be the event asked about", status=401)
        fault = self._faults.take("ask")
        if fault in BEFORE_BOOKING:
            return broken(fault)
        key = self._keys.get(event_id)
        if key is None:
            raise Refused("event_not_seen", "this event never came", status=404, event_id=event_id)
        if self._kept[key].status >= 500:
            raise Refused("event_failed", "this event failed for good; nothing was booked", event_id=event_id)
        return spoilt(200, _json(self._books.facts(event_id)), fault)


def refused(refusal: Refused) -> Reply:
    error = {
        "code": refusal.code,
        "message": refusal.message,
        "field": refusal.field,
        "event_id": refusal.event_id,
    }
    headers = {"Retry-After": str(refusal.retry_after_s)} if refusal.retry_after_s else {}
    return Reply(
        refusal.status, _json({"error": {name: text for name, text in error.items() if text}}), headers
    )


def broken(fault: str) -> Reply:
    """The answer of a fault that books nothing."""
    status = {"saved_500": 500, "refuse_4xx": 400}.get(fault) or int(fault)
    headers = {"Retry-After": str(BUSY_RETRY_S)} if status == 429 else {}
    return Reply(
        status, _json({"error": {"code": "fault", "message": f"switched on: {fault}"}}), headers, fault
    )


def spoilt(status: int, body: bytes, fault: str, *, replayed: bool = False) -> Reply:
    """An answer as it is kept and sent, with its contents bent where the fault says so."""
    if status == 200 and fault == "wrong_json":
        body = b'{"invoice": '
    elif status == 200 and fault in ("wrong_amount", "wrong_currency"):
        answer = json.loads(body)
        for facts in answer.get("booked", [answer]):
            for item in [facts["invoice"], *facts["payouts"], facts.get("credit_note")]:
                if item and fault == "wrong_amount":
                    item["amount_cents"] += 1
                elif item:
                    item["currency"] = "eur" if item["currency"] != "eur" else "usd"
        body = _json(answer)
    return Reply(status, body, {"Idempotent-Replayed": "true"} if replayed else {}, fault)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
