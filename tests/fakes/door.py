"""The front door of a pretend forge: writes down every API request, and lets it go wrong when told to."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from werkzeug.wrappers import Response

from app.sandbox.http import LocalServer
from tests.fakes.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


Pretend = TypeVar("Pretend", bound=World)


class Door:
    """WSGI middleware around a pretend forge's own application; `api` is where its API starts."""

    def __init__(self, inner: WSGIApplication, world: World, api: str) -> None:
        self._inner, self._world, self._api = inner, world, api

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(self._api):
            return self._inner(environ, start_response)
        method = environ["REQUEST_METHOD"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        self._world.journal.append((method, path))
        self._world.on_request(method, path)
        fault = self._world.next_fault(method)
        if fault == "reset":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError("the pretend forge hangs up")
        if fault == "slow":
            self._world.closing.wait(5)
        if fault == "500":
            return _refuse(500, "500 Internal Server Error")(environ, start_response)
        if fault == "unauthorized":
            return _refuse(401, "401 Unauthorized")(environ, start_response)
        if fault == "rate_limited":
            answer = _refuse(429, "429 Too Many Requests")
            answer.headers["Retry-After"] = "60"
            return answer(environ, start_response)
        return self._inner(environ, start_response)


def serving(pretend: Pretend) -> Iterator[Pretend]:
    """Open a pretend forge to the network of this machine for as long as a test lasts."""
    with LocalServer(pretend.app) as server:
        pretend.api_url = server.url
        yield pretend
        pretend.closing.set()  # wakes requests that are being slow


def _refuse(status: int, message: str) -> Response:
    return Response(json.dumps({"message": message}), status, content_type="application/json")
