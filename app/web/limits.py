"""Bounds on a connection that uvicorn's fast HTTP parser does not have: a head that is too long or too slow.

uvicorn limits neither the size of a request's head nor the time that it may take (seen in 0.54,
`protocols/http/httptools_impl.py`), so a few patient strangers could hold memory and connections for ever.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_BYTES = 32 * 1024
HEAD_S = 10.0
LEFTOVER_S = 5.0
"""How long the rest of a body may trickle in after its request was answered."""


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with deadlines for a head and for leftovers, and a limit on a head's size."""

    _deadline: TimerHandle | None = None
    _head_bytes = 0
    _in_head = True
    _in_request = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._deadline is None:
                self._arm(HEAD_S)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        self._in_request = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._disarm()
        self._head_bytes = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self._head_bytes > HEAD_BYTES:
            raise ValueError("the head is too long")  # ends in send_400_response, as every parser's error
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._in_request = True, False
        self._head_bytes = 0
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_request and not self._in_head:
            self._arm(LEFTOVER_S)

    def send_400_response(self, msg: str) -> None:
        if self._head_bytes <= HEAD_BYTES:
            super().send_400_response(msg)
            return
        self.transport.write(STATUS_LINE[431] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
