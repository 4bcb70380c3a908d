"""The counter that every request to PayPal's API passes: who asks, may they, was it asked before, then do it.

Only a refund keeps its answer under its PayPal-Request-Id. Invoicing has no such header, and Payouts, whose
reference names it, was seen to pay again under the same one: there invoice_number and sender_batch_id are
what keeps a thing from happening twice.
https://developer.paypal.com/reference/guidelines/idempotency/
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from app import strictjson
from app.errors import PayloadError
from app.sandbox.faults import AFTER_BOOKING, Faults
from app.sandbox.paypal import amounts
from app.sandbox.paypal.account import Account
from app.sandbox.paypal.refusals import Refused, invalid, unsupported_media_type
from app.sandbox.paypal.tokens import Tokens

PLACES = ("token", "invoice", "send", "cancel", "delete", "refund", "payout", "read", "list", "verify")
"""What a fault may be switched on for."""
BEFORE = ("saved_500", "500", "409", "429", "refuse_4xx", "expired_token")
KINDS = (*BEFORE, *AFTER_BOOKING)
BUSY_RETRY_S = 1
KEPT = timedelta(days=45)
"""How long the answer to a refund is kept under its PayPal-Request-Id."""
_BROKEN = {
    "500": (500, "INTERNAL_SERVER_ERROR", "An internal server error occurred."),
    "saved_500": (500, "INTERNAL_SERVER_ERROR", "An internal server error occurred."),
    "409": (409, "RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."),
    "429": (429, "RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    "refuse_4xx": (400, "INVALID_REQUEST", "Switched on: refuse_4xx"),
}


@dataclass(frozen=True)
class Call:
    """One request; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> str:
        return self.headers.get("paypal-request-id", "")

    def json(self) -> Any:
        """The body; an empty one is an empty object. Raises Refused with 400 for what is no JSON."""
        try:
            return strictjson.loads(self.body) if self.body else {}
        except PayloadError as error:
            raise invalid((), "MALFORMED_REQUEST_JSON", str(error)) from error


@dataclass(frozen=True)
class Reply:
    """An answer before it goes out; `body` None sends nothing. `fault` says how the sending goes wrong."""

    status: int
    body: bytes
    headers: dict[str, str]
    fault: str = ""


Answer = tuple[int, dict[str, Any] | None]


@dataclass(frozen=True)
class Door:
    """One address of the API. `scope` "" asks for no token; `remembers`: PayPal-Request-Id is honoured."""

    method: str
    rule: str
    place: str
    scope: str
    handle: Callable[..., Answer]
    remembers: bool = False


class Counter:
    """`serve` never raises for what a caller did; it answers."""

    def __init__(self, account: Account, tokens: Tokens) -> None:
        self._account, self._tokens = account, tokens
        self.faults = Faults(PLACES, KINDS)
        self._kept: dict[tuple[str, str], tuple[datetime, int, dict[str, Any] | None]] = {}
        self._numbers = itertools.count(1)

    def serve(self, door: Door, call: Call, names: Mapping[str, str]) -> Reply:
        shown = "" if door.place == "token" else call.body.decode("utf-8", "replace")
        self._account.journal.add(
            "request",
            method=call.method,
            path=call.path,
            query=dict(call.query),
            key=call.request_id,
            body=shown,
        )
        with self._account.lock:
            fault = ""
            try:
                self._admit(door, call)
                fault = self.faults.take(door.place)
                status, body, headers = self._answer(door, call, names, fault)
            except Refused as refusal:
                status, headers = refusal.status, refusal.headers
                body = refusal.body
            reply = self._reply(status, body, headers, fault)
        self._account.journal.add("answer", path=call.path, status=reply.status, fault=reply.fault)
        return reply

    def _admit(self, door: Door, call: Call) -> None:
        if door.scope:
            self._tokens.check(call.headers, door.scope)
        is_json = call.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        if call.method == "POST" and door.scope and not is_json:
            raise unsupported_media_type()

    def _answer(
        self, door: Door, call: Call, names: Mapping[str, str], fault: str
    ) -> tuple[int, dict[str, Any] | None, dict[str, str]]:
        key = (call.path, call.request_id)
        if fault == "expired_token":
            self._tokens.expire_all()
            self._tokens.check(call.headers, door.scope)
        keeps = door.remembers and call.request_id
        kept = self._remembered(key) if keeps else None
        if fault in _BROKEN and not (fault == "saved_500" and kept):
            status, name, message = _BROKEN[fault]
            body: dict[str, Any] | None = {"name": name, "message": message, "details": [], "links": []}
            if fault == "saved_500" and keeps:
                self._kept[key] = self._account.clock.now(), status, body
            return status, body, {"Retry-After": str(BUSY_RETRY_S)} if status == 429 else {}
        if kept:  # whatever the body says now, and 200 in place of 201
            status, body = kept
            return 200 if status == 201 else status, body, {}
        status, body = door.handle(call, **names)
        if keeps:
            self._kept[key] = self._account.clock.now(), status, body
        return status, body, {}

    def _remembered(self, key: tuple[str, str]) -> tuple[int, dict[str, Any] | None] | None:
        """The answer that is still kept under a path and a PayPal-Request-Id."""
        if key not in self._kept:
            return None
        moment, status, body = self._kept[key]
        return (status, body) if moment + KEPT > self._account.clock.now() else None

    def _reply(self, status: int, body: dict[str, Any] | None, headers: dict[str, str], fault: str) -> Reply:
        debug_id = f"{next(self._numbers):013x}"
        if body is not None and status >= 400 and "name" in body:
            body = {**body, "debug_id": debug_id}
        if body is not None and fault in ("wrong_amount", "wrong_currency") and status < 400:
            body = _bent(body, fault)
        text = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        if fault == "wrong_json" and status < 400:
            text = b'{"id": '
        dated = {"Date": format_datetime(self._account.clock.now(), usegmt=True)}
        return Reply(status, text, {**headers, **dated, "PayPal-Debug-Id": debug_id}, fault)


def _bent(value: Any, fault: str) -> Any:
    """The same answer with every amount one unit too high, or in another currency."""
    if isinstance(value, list):
        return [_bent(one, fault) for one in value]
    if not isinstance(value, dict):
        return value
    bent = {name: _bent(one, fault) for name, one in value.items()}
    code = bent.get("currency_code", bent.get("currency"))
    if isinstance(code, str) and fault == "wrong_currency":
        name = "currency_code" if "currency_code" in bent else "currency"
        bent[name] = "EUR" if code != "EUR" else "USD"
    elif isinstance(code, str) and isinstance(bent.get("value"), str):
        currency = code.lower()
        step_minor = 1 if amounts.DIGITS[code] else amounts.read("1", currency)
        bent["value"] = amounts.write(amounts.read(bent["value"], currency) + step_minor, currency)
    return bent
