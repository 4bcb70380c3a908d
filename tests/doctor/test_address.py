"""Whatever answers at an address: it can neither hold the doctor up, nor fill it, nor end it."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import cast

import pytest

from app.connect import Connections
from app.doctor import address
from app.settings import Settings


def drip() -> Iterator[bytes]:
    for _ in range(200):
        time.sleep(0.05)
        yield b"."


def flood() -> Iterator[bytes]:
    while True:
        yield b"." * 65536


@pytest.mark.parametrize("is_right", [True, False])
def test_a_proxy_that_compresses_what_may_be_compressed_hides_nothing(is_right: bool) -> None:
    class Compressing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"status": "ok"}' if is_right else b"another's page"
            self.send_response_only(200)
            if "gzip" in self.headers.get("Accept-Encoding", "gzip"):
                body = gzip.compress(body)
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Compressing) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        connections = SimpleNamespace(settings=Settings(public_url=url), forges={})
        *_, found = address.examine(cast(Connections, connections))
    assert found.verdict == ("ok" if is_right else "broken")


def asked(date: str, body: Iterable[bytes]) -> list[str]:
    """What is said of the clock of a server that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", date)
            self.end_headers()
            with suppress(OSError):  # who asked has heard enough
                for part in body:
                    self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        return [one.said for one in address.clock("the forge", url)]


@pytest.mark.parametrize("body", [drip, flood])
def test_a_body_without_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, body: Callable[[], Iterator[bytes]]
) -> None:
    monkeypatch.setattr(address, "TIMEOUT_S", 0.5)
    began = time.monotonic()
    (said,) = asked("Mon, 01 Jan 2024 00:00:00 GMT", body())
    assert "ahead of the forge's" in said
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 2024 99:00:00 GMT",
        "x",
    ],
)
def test_a_date_that_is_none_says_nothing_of_the_clock(date: str) -> None:
    assert asked(date, [b"."]) == []
