"""The server itself: how it starts, what it bounds, and how it stops."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.errors import SettingsError
from app.web import limits
from app.web.asgi import Receive, Scope, Send, answer_json
from app.web.server import running, serve
from tests.web.conftest import LogLines
from tests.web.site import Site, closed_issue, signed

SERVER = """
import asyncio, sys
from app import logs
from app.web.server import serve

logs.configure("warning")

async def app(scope, receive, send):
    print("asked", flush=True)
    if scope["path"] == "/slow":
        await asyncio.to_thread(sys.stdin.readline)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"done"})

serve(
    app, host="127.0.0.1", port=0,
    on_started=lambda url: print(url, flush=True), on_stop=lambda: print("stopped", flush=True),
)
print("ended", flush=True)
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    yield process
    process.kill()
    process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_order_and_with_exit_status_0(
    server: subprocess.Popen[str], number: signal.Signals
) -> None:
    url = line(server)
    assert requests.get(url, timeout=20).text == "done"
    assert line(server) == "asked"
    server.send_signal(number)
    assert [line(server), line(server)] == ["stopped", "ended"]
    assert server.wait(timeout=20) == 0


def test_the_request_in_hand_is_finished_before_the_server_stops(server: subprocess.Popen[str]) -> None:
    port = int(line(server).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line(server) == "asked"
        server.send_signal(signal.SIGTERM)
        while _accepts(port):  # the door closes first
            time.sleep(0.02)
        assert server.stdin is not None
        server.stdin.write("go\n")
        server.stdin.flush()
        assert slow.recv(65536).endswith(b"done") or slow.recv(65536).endswith(b"done")
    assert line(server) == "stopped"


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=20).close()
    except ConnectionError:
        return False
    return True


def test_a_port_that_is_taken_is_told_with_a_mend(site: Site) -> None:
    stopped: list[bool] = []
    with pytest.raises(SettingsError, match=f"can not listen on 127.0.0.1 port {site.port}") as caught:
        serve(_nothing, host="127.0.0.1", port=site.port, on_stop=lambda: stopped.append(True))
    assert "--port" in caught.value.mend
    assert stopped, "what was started before must not keep the process alive"


def test_an_address_that_is_none_is_told_the_same_way() -> None:
    with pytest.raises(SettingsError, match=r"can not listen on 192\.0\.2\.1"):
        serve(_nothing, host="192.0.2.1", port=0)


def test_a_free_port_is_taken_and_logged(log_lines: LogLines) -> None:
    with running(_nothing) as url:
        assert requests.get(url, timeout=20).json() == {}
    assert {"event": "listening", "url": url}.items() <= log_lines()[0].items()


async def _nothing(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer_json(send, 200, {})


@pytest.mark.parametrize(
    "head",
    [
        b"X-Long: " + b"x" * 40_000 + b"\r\n\r\n",
        b"".join(b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(40)) + b"\r\n",
        b"X-Endless: " + b"x" * 40_000,
    ],
    ids=["one long line", "many lines", "without an end"],
)
def test_a_head_that_is_too_long_is_refused(site: Site, head: bytes) -> None:
    with site.connect() as stranger:
        stranger.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + head)
        assert stranger.recv(65536).startswith(b"HTTP/1.1 431")
        assert stranger.recv(65536) == b""


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"\r\n"],
    ids=["nothing", "half a line", "half a head", "an empty line"],
)
def test_a_head_that_takes_too_long_ends_the_connection(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(limits, "HEAD_S", 0.2)
    with running(_nothing) as url, _connect(url) as stranger:
        stranger.sendall(sent)
        assert stranger.recv(65536) == b""


def test_a_slow_head_is_not_forgiven_on_a_connection_that_was_good_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "HEAD_S", 0.3)
    with running(_nothing) as url, _connect(url) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert stranger.recv(65536).startswith(b"HTTP/1.1 200")
        stranger.sendall(b"GET / HT")
        assert stranger.recv(65536) == b""


def test_the_rest_of_a_body_that_was_answered_may_not_trickle_in_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LEFTOVER_S", 0.3)
    with running(_nothing) as url, _connect(url) as stranger:
        stranger.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
        assert stranger.recv(65536).startswith(b"HTTP/1.1 200")
        stranger.settimeout(0.05)
        assert _trickles_until_closed(stranger, most_bytes=100)


def _trickles_until_closed(stranger: socket.socket, most_bytes: int) -> bool:
    for _ in range(most_bytes):
        try:
            stranger.sendall(b"x")
            if stranger.recv(1) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


def test_a_connection_serves_many_requests_within_its_bounds(site: Site) -> None:
    body = closed_issue()
    with requests.Session() as session:
        for number in range(20):
            headers = signed(body, f"kept-alive-{number}")
            assert session.post(site.url + "/hooks/forge", data=body, headers=headers, timeout=20).ok
            assert session.get(site.url + "/healthz", timeout=20).ok
            session.post(site.url + "/hooks/nobody", data=b"x" * 100_000, timeout=20)


def _connect(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=20)


@pytest.mark.parametrize(
    "request_line",
    [b"GET / HTTP/9.9", b"\x16\x03\x01 / HTTP/1.1", b"GET /\xff HTTP/1.1", b"GET http:// HTTP/1.1"],
)
def test_what_is_not_http_is_refused_and_the_server_lives_on(site: Site, request_line: bytes) -> None:
    with site.connect() as stranger:
        stranger.sendall(request_line + b"\r\nHost: x\r\n\r\n")
        assert stranger.recv(65536).split(b" ", 2)[1] in (b"400", b"404")
    assert requests.get(site.url + "/healthz", timeout=20).json() == {"status": "ok"}


def test_two_lengths_of_one_request_are_refused_so_that_nothing_can_be_smuggled(site: Site) -> None:
    for lines in (
        b"Content-Length: 4\r\nContent-Length: 5",
        b"Content-Length: 4\r\nTransfer-Encoding: chunked",
    ):
        with site.connect() as stranger:
            stranger.sendall(b"POST /hooks/forge HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n\r\n0\r\n\r\n")
            assert stranger.recv(65536).startswith(b"HTTP/1.1 400")


def test_the_answer_does_not_say_which_server_it_is(site: Site) -> None:
    headers = requests.get(site.url + "/healthz", timeout=20).headers
    assert "Server" not in headers
