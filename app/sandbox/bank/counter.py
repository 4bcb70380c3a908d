"""The bank's counter: each request journalled, booked once, and answered rightly or as a fault wants it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.bank.papers import Refused
from app.sandbox.faults import BEFORE_BOOKING, Faults
from app.sandbox.journal import Journal

_STATUS = {"saved_500": 500, "500": 500, "409": 409, "429": 429, "refuse_4xx": 422, "410": 410}


@dataclass(frozen=True)
class Reply:
    """An answer as it shall be sent; `fault` is for the sending."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""


def as_json(value: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode())


def refused(refusal: Refused) -> Reply:
    return as_json({"error": {"code": refusal.code, "message": refusal.message}}, refusal.status)


class Counter:
    """Serves one request at a place ("orders", "statement") that faults can be switched on for."""

    def __init__(self, journal: Journal, faults: Faults) -> None:
        self._journal, self._faults = journal, faults

    def serve(self, place: str, path: str, body: bytes, work: Callable[[], Reply]) -> Reply:
        """Do `work` unless a fault comes before it. A bank has no idempotency keys: `key` is always ""."""
        method = "POST" if place == "orders" else "GET"
        self._journal.add("request", method=method, path=path, key="", body=body.decode("utf-8", "replace"))
        fault = self._faults.take(place)
        if fault in BEFORE_BOOKING:
            headers = {"Retry-After": "1"} if fault == "429" else {}
            error = {"error": {"code": "fault", "message": f"switched on: {fault}"}}
            reply = Reply(_STATUS[fault], json.dumps(error).encode(), headers=headers, fault=fault)
        else:
            try:
                reply = _spoiled(work(), fault)
            except Refused as refusal:
                reply = refused(refusal)
        self._journal.add("answer", status=reply.status, fault=reply.fault)
        return reply


def _spoiled(reply: Reply, fault: str) -> Reply:
    """What the fault makes of a right answer; the faults of sending are left to the sending."""
    body = reply.body
    if fault == "wrong_json":
        body = body[: len(body) // 2]
    elif fault == "wrong_amount":
        body = body.replace(b".00<", b".01<").replace(b",00;", b",01;")
    elif fault == "wrong_currency":
        body = body.replace(b"EUR", b"USD")
    return Reply(reply.status, body, reply.kind, reply.headers, fault)
