"""Writing down what was asked of the pretend GitHub and what it answered, for whoever wants to compare."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

IS_REST = "sandbox.rest"
"""Where the environment of a request says that it was for the REST interface, not for a page."""
FAULT = "sandbox.fault"
"""Where it says that the answer was spoilt on purpose."""


@dataclass(frozen=True)
class Exchange:
    """One request to the REST interface and its answer; `target` is path and query as they were sent."""

    method: str
    target: str
    content_type: str
    body: bytes
    status: int
    headers: dict[str, str]
    answer: bytes
    is_spoilt: bool = False


class Recording:
    """Everything passes through it; it is written down only after somebody asked for that, by `begin`."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._lists: list[list[Exchange]] = []

    def begin(self) -> list[Exchange]:
        """From now on every exchange is added to this list."""
        self._lists.append([])
        return self._lists[-1]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._lists:
            return self._app(environ, start_response)
        told: list[Any] = []

        def remember(status: str, headers: list[tuple[str, str]], *_rest: Any) -> Any:
            told[:] = [status, headers]
            return start_response(status, headers)

        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(sent)
        answer = b"".join(self._app(environ, remember))
        if environ.get(IS_REST):
            status, headers = told
            made = Exchange(
                environ["REQUEST_METHOD"],
                environ["REQUEST_URI"],
                environ.get("CONTENT_TYPE", ""),
                sent,
                int(status.split()[0]),
                dict(headers),
                answer,
                is_spoilt=bool(environ.get(FAULT)),
            )
            for exchanges in self._lists:
                exchanges.append(made)
        return [answer]
