"""One HTTP request to one checked address, within one total deadline; and whether anything was sent.

The difference between NotSent and Lost decides whether money may be ordered again. The exception classes of
requests do not tell it: a reset during the TLS handshake and a reset after the request arrive as the same
ConnectionError. So the connection itself tells when it stands; before that, nothing was written to it.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from app.errors import CloseoutError
from app.gateways import guard

MAX_ANSWER_BYTES = 1_000_000
_LONGEST_WAIT_S = 86_400


class NotSent(CloseoutError):
    """Certain: no byte of the request left this machine."""

    permanent = False


class Lost(CloseoutError):
    """The request, or a part of it, was sent, and no whole answer came back."""

    permanent = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `whole` is False where the body was cut, or might have been without a sign of it.

    `retry_after_s` is when to come again, None where that is not said. `date` is the other side's clock, as
    its header has it.
    """

    status: int
    content_type: str
    retry_after_s: int | None
    body: bytes
    whole: bool
    date: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: `timeout_s` for connecting and for each silence, `total_s` for the whole request."""

    timeout_s: float
    total_s: float


class _Line:
    """The connection of one attempt: whether it stands, and the knife that cuts it at the deadline.

    A read time-out alone would not end a slow drip: every byte starts it anew.
    """

    def __init__(self, left_s: float) -> None:
        self._deadline = time.monotonic() + left_s
        self._knife: threading.Timer | None = None
        self.stands = False
        self.was_cut = False

    def connected(self, sock: socket.socket) -> None:
        self.stands = True
        self._knife = threading.Timer(max(0.0, self._deadline - time.monotonic()), self._cut, (sock,))
        self._knife.daemon = True
        self._knife.start()

    def _cut(self, sock: socket.socket) -> None:
        self.was_cut = True
        with contextlib.suppress(OSError):  # it may be closed already
            # The plain socket's method: SSLSocket's own would drop the TLS state under the reading thread.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        if self._knife is not None:
            self._knife.cancel()


class _PinnedAdapter(HTTPAdapter):
    """Connects to `address` and nothing else; SNI and the certificate still go by the URL's host."""

    def __init__(self, address: str, line: _Line) -> None:
        self._address, self._line = address, line
        super().__init__()

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        del proxies  # a proxy would connect somewhere else, unchecked
        host, tls = self.build_connection_pool_key_attributes(request, verify, cert)
        options: dict[str, Any] = {**tls}
        if host["scheme"] == "https":
            options["server_hostname"] = host["host"]
        pool: Any = self.poolmanager.connection_from_host(
            self._address, host["port"], host["scheme"], pool_kwargs=options
        )
        pool.ConnectionCls = _telling(pool.ConnectionCls, self._line.connected)
        return pool


def _telling(base: Any, connected: Callable[[socket.socket], None]) -> type:
    """A connection class that says when it stands (with TLS: after the handshake)."""

    def connect(self: Any) -> None:
        base.connect(self)
        connected(self.sock)

    return type("TellingConnection", (base,), {"connect": connect})


def fetch(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    limits: Limits,
    *,
    private: Sequence[guard.Network] = (),
    ca_file: str = "",
) -> Answer:
    """Send one request and read its answer, up to MAX_ANSWER_BYTES; redirects are not followed.

    The host's checked addresses are tried in turn until one connects; after that nothing is tried again.
    Looking up the name is not interrupted: the resolver has a deadline of its own. `private` are networks
    that are as good as public ones, `ca_file` names a PEM bundle to trust instead of the usual one. Raises
    NotSent or Lost. Proxies, .netrc and cookies play no part: the adapter is used without a session, which
    is what reads the environment.
    """
    deadline = time.monotonic() + limits.total_s
    prepared = requests.Request(method, url, headers=headers, data=body).prepare()
    parts = urlsplit(cast(str, prepared.url))
    prepared.headers.update({"Host": parts.netloc, "Accept-Encoding": "identity", "Connection": "close"})
    host, port = cast(str, parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = guard.addresses(host, port, private=private)
    except guard.NoAddress as error:
        raise NotSent(error.what, mend=error.mend) from error
    refusal = NotSent(f"no time was left to connect to {host}")
    for address in found:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            break
        line = _Line(left_s)
        try:
            return _attempt(prepared, address, line, min(limits.timeout_s, left_s), ca_file or True)
        except NotSent as error:
            refusal = error
        finally:
            line.close()
    raise refusal


def _attempt(
    prepared: requests.PreparedRequest, address: str, line: _Line, timeout_s: float, verify: str | bool
) -> Answer:
    adapter = _PinnedAdapter(address, line)
    try:
        response = adapter.send(prepared, stream=True, timeout=timeout_s, verify=verify)
        content = _read(response.raw)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if line.was_cut:
            raise Lost("no whole answer before the deadline") from error
        if line.stands:
            raise Lost(f"the connection broke before a whole answer came ({_root(error)})") from error
        raise NotSent(f"could not connect to {address} ({_root(error)})") from error
    finally:
        adapter.close()
    if line.was_cut:
        raise Lost("no whole answer before the deadline")
    framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
    return Answer(
        status=response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        retry_after_s=_retry_after_s(response.headers.get("Retry-After", "")),
        body=content[:MAX_ANSWER_BYTES],
        whole=framed and len(content) <= MAX_ANSWER_BYTES,
        date=response.headers.get("Date", ""),
    )


def _retry_after_s(value: str) -> int | None:
    """Retry-After as seconds, 1 s to a day; None when absent or unreadable. RFC 9110 section 10.2.3."""
    if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
        wait_s = int(value)
    else:
        try:
            wait_s = int(parsedate_to_datetime(value).timestamp() - time.time())
        except (ValueError, TypeError, OverflowError):
            return None
    return max(1, min(wait_s, _LONGEST_WAIT_S))


def _read(raw: urllib3.BaseHTTPResponse) -> bytes:
    """The body as it came, up to one byte more than allowed.

    Read to the empty piece at the end: only there urllib3 notices that less came than Content-Length said.
    """
    content = b""
    while len(content) <= MAX_ANSWER_BYTES and (piece := raw.read(65_536, decode_content=False)):
        content += piece
    return content


def _root(error: BaseException) -> str:
    """The first cause, in short: what requests wraps around it repeats the URL and its own pool's name."""
    while error.__cause__ or error.__context__:
        error = cast(BaseException, error.__cause__ or error.__context__)
    return f"{type(error).__name__}: {error}"[:160].rstrip(": ")
