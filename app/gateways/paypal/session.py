"""Requests to PayPal's REST API with an access token, which is asked for when it is needed.

A token lives nine hours; one that PayPal knows no more is answered with 401, which did nothing, so that the
request is sent once more with a new one. https://developer.paypal.com/api/rest/authentication/
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from app import strictjson
from app.errors import PayloadError
from app.gateways import guard, transport
from app.gateways.fields import Object, as_object
from app.gateways.paypal.faults import Trouble, refusal_of, unreadable
from app.gateways.transport import Answer, Limits, Lost, NotSent

USER_AGENT = "closeout/1"
LONGEST_TOKEN_S = 32_400
_EARLY_S = 60


class Session:
    """One application at `base_url`, for all threads. `private` are networks as good as public ones."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        secret: str,
        limits: Limits,
        private: Sequence[guard.Network] = (),
    ) -> None:
        self.base_url, self.limits, self._private = base_url, limits, tuple(private)
        self._login = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0

    def fetch(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        only_reads: bool,
        limits: Limits | None = None,
    ) -> Answer:
        """One request, a token included, within one deadline. Raises Trouble where no answer came."""
        limits = limits or self.limits
        deadline = time.monotonic() + limits.total_s
        told = {**headers, "Content-Type": "application/json"} if body else dict(headers)

        def attempt(token: str) -> Answer:
            given = {**told, "Authorization": f"Bearer {token}"}
            try:
                return self._transmit(method, path, given, body, deadline, limits)
            except NotSent as error:
                raise Trouble(f"PayPal was not reached: {error}", is_certain=True) from error
            except Lost as error:
                raise Trouble(f"PayPal did not answer: {error}", is_certain=only_reads) from error

        token = self._good_token(deadline, limits)
        answer = attempt(token)
        return attempt(self._good_token(deadline, limits, stale=token)) if answer.status == 401 else answer

    def _transmit(
        self, method: str, path: str, headers: dict[str, str], body: bytes, deadline: float, limits: Limits
    ) -> Answer:
        return transport.fetch(
            method,
            f"{self.base_url}{path}",
            {**headers, "Accept": "application/json", "User-Agent": USER_AGENT},
            body,
            Limits(limits.timeout_s, max(0.0, deadline - time.monotonic())),
            private=self._private,
        )

    def _good_token(self, deadline: float, limits: Limits, stale: str = "") -> str:
        """The token, or a new one in the place of `stale`. Raises Trouble: nothing was ordered."""
        if not self._lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Trouble("no access token came before the deadline", is_certain=True)
        try:
            if self._token in ("", stale) or time.monotonic() >= self._good_until:
                self._token = ""
                self._token, lives_s = self._new_token(deadline, limits)
                self._good_until = time.monotonic() + lives_s
            return self._token
        finally:
            self._lock.release()

    def _new_token(self, deadline: float, limits: Limits) -> tuple[str, int]:
        headers = {
            "Authorization": f"Basic {self._login}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            answer = self._transmit(
                "POST", "/v1/oauth2/token", headers, b"grant_type=client_credentials", deadline, limits
            )
        except (NotSent, Lost) as error:
            raise Trouble(f"PayPal gave no access token: {error}", is_certain=True) from error
        if answer.status != 200:
            raise refusal_of(answer, only_reads=True)
        try:
            given = as_object("", strictjson.loads(answer.body))
            token, lives_s = _text_of(given), given.whole("expires_in")
        except PayloadError as error:
            raise unreadable(error, is_whole=answer.whole, only_reads=True) from error
        return token, max(1, min(lives_s, LONGEST_TOKEN_S) - _EARLY_S)


def _text_of(given: Object) -> str:
    """The token: longer than other texts, and fit for a header. Raises PayloadError."""
    token = given.members.get("access_token")
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,4000}", token, re.ASCII):
        raise PayloadError("expected a token", where="access_token")
    return token


class Talk:
    """The requests of one order or question.

    `has_begun`: a part of the order is done, or may be. `moment` is PayPal's clock at its last answer,
    ours while there was none.
    """

    def __init__(self, session: Session, limits: Limits | None = None) -> None:
        self._session, self._limits = session, limits
        self.has_begun = False
        self.moment = datetime.now(UTC)

    def get(self, path: str, **query: str) -> Object:
        """Read. Raises Trouble."""
        asked = f"{path}?{urlencode(query)}" if query else path
        return self._read(self._fetch("GET", asked, b"", {}, only_reads=True), only_reads=True)

    def find(self, path: str, wanted: Mapping[str, Any] | bytes, **query: str) -> Object:
        """Read by a POST. Raises Trouble."""
        asked = f"{path}?{urlencode(query)}" if query else path
        body = wanted if isinstance(wanted, bytes) else json.dumps(wanted).encode()
        return self._read(self._fetch("POST", asked, body, {}, only_reads=True), only_reads=True)

    def order(
        self, method: str, path: str, wanted: Mapping[str, Any] | None = None, **headers: str
    ) -> Object:
        """Have PayPal do something; header names with _ for -. An empty object where it says no more than
        that it did. Raises Trouble.
        """
        body = b"" if wanted is None else json.dumps(wanted, ensure_ascii=False).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._fetch(method, path, body, named, only_reads=False)
        self.has_begun = True
        return self._read(answer, only_reads=False) if answer.status != 204 else Object("", {})

    def _fetch(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], *, only_reads: bool
    ) -> Answer:
        answer = self._session.fetch(method, path, headers, body, only_reads=only_reads, limits=self._limits)
        try:
            self.moment = parsedate_to_datetime(answer.date).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            self.moment = datetime.now(UTC)
        if not 200 <= answer.status < 300:
            raise refusal_of(answer, only_reads=only_reads)
        return answer

    def _read(self, answer: Answer, *, only_reads: bool) -> Object:
        try:
            return as_object("", strictjson.loads(answer.body))
        except PayloadError as error:
            raise unreadable(error, is_whole=answer.whole, only_reads=only_reads) from error
