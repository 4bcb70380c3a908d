"""An answer over the wire, or what a switched-on fault makes of its sending."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

from flask import Response

HOLD_S = 120
DRIP_S = 0.05


def send(
    status: int, body: bytes, headers: Mapping[str, str], fault: str, closing: threading.Event
) -> Response:
    """The response; `closing` lets go of what accept_then_timeout and slow_drip hold back."""
    if fault == "accept_then_timeout":
        closing.wait(HOLD_S)
    if fault not in ("reset", "slow_drip"):
        return Response(body, status, dict(headers), mimetype="application/json")
    pieces = _cut(body) if fault == "reset" else _drip(body, closing)
    framed = {**headers, "Content-Length": str(len(body))}
    if fault == "reset" and not body:
        status = 200  # never sent: of an answer without a body, such as 204, werkzeug asks for no pieces
    return Response(pieces, status, framed, mimetype="application/json")


def _cut(body: bytes) -> Iterator[bytes]:
    if body:  # else there is nothing to cut: the connection ends before any answer
        yield body[: len(body) // 2]
    raise ConnectionResetError("switched on: reset")


def _drip(body: bytes, closing: threading.Event) -> Iterator[bytes]:
    for position in range(len(body)):
        yield body[position : position + 1]
        if closing.wait(DRIP_S):
            return
