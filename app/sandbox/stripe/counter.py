"""The counter where requests are taken: who asks, how often, was it asked before, is it right, then do it."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.sandbox.faults import Faults
from app.sandbox.journal import Journal
from app.sandbox.stripe.books import Books, Params
from app.sandbox.stripe.desks import Desks
from app.sandbox.stripe.doors import Door, doors, find
from app.sandbox.stripe.errors import Refused, error_body
from app.sandbox.stripe.events import API_VERSION
from app.sandbox.stripe.expand import check_expandable, expand
from app.sandbox.stripe.forms import read_form
from app.sandbox.stripe.idempotency import SavedAnswers
from app.sandbox.stripe.keys import Keys
from app.sandbox.stripe.params import check
from app.sandbox.stripe.shelf import Paper
from app.sandbox.stripe.spoiling import spoilt

RATE_LIMITED = "Request rate limit exceeded. You can learn more about rate limits at https://docs.stripe.com/rate-limits."


@dataclass(frozen=True)
class Reply:
    """An answer before it goes out; `fault` says how the sending shall go wrong."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""


class Counter:
    """`take` never raises; it answers. `limit_per_s`: requests in a second, None for any number.

    `retry_after_s` is what a 429 says in Retry-After, None for no such header: Stripe may leave it out.
    """

    def __init__(self, keys: Keys, books: Books, desks: Desks, journal: Journal, faults: Faults) -> None:
        self.limit_per_s: int | None = None
        self.retry_after_s: int | None = 1
        self._keys, self._books, self._journal, self._faults = keys, books, journal, faults
        self._desks, self._doors = desks, doors(desks)
        self._saved = SavedAnswers(books.clock)
        self._lately: deque[float] = deque()
        self._rate_lock = threading.Lock()

    def take(self, method: str, path: str, headers: Mapping[str, str], form: str) -> Reply:
        """`headers` in lower case; `form` is the query of a GET or DELETE, the body of a POST."""
        key = headers.get("idempotency-key", "")
        self._journal.add("request", method=method, path=path, key=key, body=form)
        try:
            reply = self._answer(method, path, headers, form)
        except Refused as refusal:
            reply = Reply(refusal.status, refusal.body(), refusal.headers)
        number = f"req_{len(self._journal.entries('answer')) + 1:08d}"
        self._journal.add(
            "answer",
            method=method,
            path=path,
            key=key,
            status=reply.status,
            fault=reply.fault,
            replayed="Idempotent-Replayed" in reply.headers,
        )
        common = {"Request-Id": number, "Stripe-Version": API_VERSION}
        return Reply(reply.status, reply.body, {**common, **reply.headers}, reply.fault)

    def _answer(self, method: str, path: str, headers: Mapping[str, str], form: str) -> Reply:
        api_key = self._keys.check(headers.get("authorization", ""))
        _check_headers(headers)
        self._limit()
        door, ids = find(self._doors, method, path)
        self._keys.permit(api_key, door.subject, writes=method != "GET")
        params = _checked(door, form)
        fault = self._faults.take(door.place)
        if method != "POST":  # GET and DELETE are idempotent by nature: Stripe overlooks their keys
            broken = self._broken(fault)
            return broken or self._worked(door, ids, params, fault)
        check_expandable(params.get("expand", []))
        told = json.dumps(params, sort_keys=True)
        return self._once(door, ids, params, fault, headers.get("idempotency-key", ""), path, told)

    def _once(
        self, door: Door, ids: Params, params: Params, fault: str, key: str, path: str, form: str
    ) -> Reply:
        """Work at most once for a key."""
        if not key:
            return self._broken(fault) or self._worked(door, ids, params, fault)
        if fault == "key_expired":
            self._saved.forget(key)
        saved = self._saved.begin(key, path, form)
        if saved:
            broken = None if fault == "saved_500" else self._broken(fault)
            replayed = {"Idempotent-Replayed": "true"}
            return broken or Reply(saved.status, spoilt(saved.status, saved.body, fault), replayed, fault)
        try:
            reply = self._broken(fault) or self._worked(door, ids, params, "")
            if reply.fault in ("", "saved_500"):
                self._saved.keep(key, path, form, reply.status, reply.body)
        finally:
            self._saved.end(key)
        return (
            reply if reply.fault else Reply(reply.status, spoilt(reply.status, reply.body, fault), {}, fault)
        )

    def _worked(self, door: Door, ids: Params, params: Params, fault: str) -> Reply:
        """What the desk answers, also when it refuses by its books."""
        try:
            with self._books.lock:
                body = json.dumps(self._seen(door, ids, params), ensure_ascii=False).encode()
                self._desks.time_passed()
        except Refused as refusal:
            return Reply(refusal.status, refusal.body(), refusal.headers, fault)
        return Reply(200, spoilt(200, body, fault), {}, fault)

    def _seen(self, door: Door, ids: Params, params: Params) -> Paper:
        answer = door.handler(ids, params)
        if "id" in answer and self._books.shelf.find(answer["id"]) is answer:
            answer = self._books.shelf.view(answer)
        expand(self._books.shelf, answer, params.get("expand", []))
        return answer

    def _broken(self, fault: str) -> Reply | None:
        """The answer of a fault that books nothing, None for the other faults and for none."""
        if fault in ("saved_500", "500"):
            body = error_body("An unknown error occurred", "api_error")
            return Reply(500, body, {}, fault)
        if fault == "409":
            message = "There is currently another in-progress request using this Idempotency-Key."
            return Reply(409, error_body(message, "idempotency_error", "idempotency_key_in_use"), {}, fault)
        if fault == "429":
            limited = self._limited("endpoint-rate")
            return Reply(429, limited.body(), limited.headers, fault)
        if fault == "refuse_4xx":
            return Reply(400, error_body("Switched on: refuse_4xx", "invalid_request_error"), {}, fault)
        return None

    def _limit(self) -> None:
        if self.limit_per_s is None:
            return
        with self._rate_lock:
            now_s = time.monotonic()
            while self._lately and now_s - self._lately[0] >= 1:
                self._lately.popleft()
            if len(self._lately) >= self.limit_per_s:
                raise self._limited("global-rate")
            self._lately.append(now_s)

    def _limited(self, reason: str) -> Refused:
        waits = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        headers = {"Stripe-Rate-Limited-Reason": reason, **waits}
        return Refused(RATE_LIMITED, code="rate_limit", status=429, headers=headers)


def _check_headers(headers: Mapping[str, str]) -> None:
    account = headers.get("stripe-account", "") or headers.get("stripe-context", "")
    if account:
        raise Refused(
            f"The provided key does not have access to account '{account}' (or that account does not exist).",
            code="account_invalid",
            status=403,
        )
    version = headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise Refused(f"Invalid Stripe API version: {version}. This sandbox speaks {API_VERSION}.")


def _checked(door: Door, form: str) -> Params:
    params = check(door.shape, read_form(form), door.needs)
    overlooked = [
        name for name in params if door.known is not None and name not in door.known and name != "expand"
    ]
    if overlooked:
        raise Refused(f"This sandbox does not model the parameter {overlooked[0]}.", param=overlooked[0])
    return params
