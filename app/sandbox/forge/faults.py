"""Making the pretend GitHub's interface go wrong when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Response, request

from app.sandbox.forge.desk import answer
from app.sandbox.forge.errors import Refused
from app.sandbox.forge.recording import FAULT


class Faults:
    """What is to go wrong with the next requests.

    500, rate_limited and unauthorized: before anything is done; 502_after, slow and reset: after it was done.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[str, str]] = []

    def add(self, fault: str, times: int, method: str) -> None:
        self._waiting += [(fault, method)] * times

    def strike(self) -> Response | None:
        """Let the present request have the next fault that is meant for its method."""
        fault = self._next(request.method)
        if fault:
            request.environ[FAULT] = fault
        return _refusal(fault)

    def _next(self, method: str) -> str:
        for place, (fault, only) in enumerate(self._waiting):
            if only in ("", method):
                del self._waiting[place]
                return fault
        return ""


def _refusal(fault: str) -> Response | None:
    if fault == "500":
        return answer({"message": "Server Error"}, 500)
    if fault == "unauthorized":
        return answer(Refused(401, "Bad credentials").as_json(), 401)
    if fault == "rate_limited":
        response = answer({"message": "API rate limit exceeded for user ID 1."}, 403)
        response.headers["X-RateLimit-Remaining"] = "0"
        response.headers["X-RateLimit-Reset"] = str(int(time.time()) + 1800)
        return response
    return None


class Misbehaving:
    """The faults that are about the answer's way back, after everything was done."""

    def __init__(self, app: WSGIApplication, closing: threading.Event) -> None:
        self._app, self._closing = app, closing

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        told: list[Any] = []

        def remember(status: str, headers: list[tuple[str, str]], *_rest: Any) -> Any:
            told[:] = [status, headers]
            return lambda _data: None

        body = b"".join(self._app(environ, remember))
        fault = environ.get(FAULT)
        if fault == "502_after":
            start_response("502 Bad Gateway", [("Content-Length", "0")])
            return [b""]
        if fault == "slow":
            self._closing.wait(30)
        if fault == "reset":
            raise ConnectionResetError("on purpose")
        start_response(*told)
        return [body]
