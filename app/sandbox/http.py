"""Serving a pretend counterpart over real HTTP on this machine."""

from __future__ import annotations

import threading
from typing import Self
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server

from app.sandbox.running import Running


class _Quiet(WSGIRequestHandler):
    """HTTP/1.1 with kept connections, and nothing on the terminal."""

    protocol_version = "HTTP/1.1"

    def connection_dropped(self, *_: object) -> None:
        """An app that raises ConnectionError hangs up on its caller, who would else wait for an answer."""
        self.close_connection = True

    def send_header(self, keyword: str, value: str) -> None:
        """A counterpart with a clock of its own sends its own Date in the place of the library's."""
        if keyword.lower() == "date":
            kept: list[bytes] = getattr(self, "_headers_buffer", [])
            kept[:] = [line for line in kept if not line.lower().startswith(b"date:")]
        super().send_header(keyword, value)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        pass


class LocalServer(Running):
    """A WSGI app on 127.0.0.1, in a thread. The port is taken at once (0: a free one), so `url` is known."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
