"""The webhooks' door: `POST /hooks/<connection>` and `POST /gateways/<name>`, as a bare ASGI callable.

A delivery is read within bounds, verified, stored, answered; nothing else happens in the request. Answers:
202 stored, 200 a duplicate, else {"error", "mend"} with 400, 401, 404, 405, 408, 413, 500 or 503. Whoever is
answered otherwise than 2xx may send the same delivery again: a copy changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from app.errors import CloseoutError, GatewayError, PayloadError, SignatureError, StorageUnavailable
from app.inbox.receive import Receiver, UnknownConnection, single
from app.inbox.store import Stored
from app.web.asgi import Receive, Scope, Send, answer_json

log = structlog.get_logger()

SOURCES = {"hooks": "forge", "gateways": "gateway"}
"""The first part of the path, and whose deliveries come there."""

_STATUS: dict[type[CloseoutError], int] = {
    PayloadError: 400,
    SignatureError: 401,
    UnknownConnection: 404,
    GatewayError: 503,  # the vendor was to say whether it is genuine, and could not be asked
}
_AGAIN = "Send the delivery again later"
_LARGE_BODY_BYTES = 256 * 1024
"""From here on verifying and parsing take milliseconds, and are done beside the event loop."""

Observe = Callable[[str, int, float], None]
"""Told of each answer: source, HTTP status, seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request, and all of them together, may take.

    GitHub never sends more than 25 MB and every forge gives up after 10 s
    (https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap), so an answer that is not
    there after `answer_s` would reach nobody. Bodies up to `small_body_bytes`, which nearly all are, are
    taken even while large ones of strangers fill `held_bytes`.
    """

    body_bytes: int = 25 * 1024**2
    body_s: float = 30.0
    answer_s: float = 9.0
    held_bytes: int = 256 * 1024**2
    small_body_bytes: int = 256 * 1024


@dataclass(slots=True)
class _Answer:
    status: int
    document: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)


class _Refused(Exception):
    """A request that is refused for its HTTP, not for its delivery."""

    def __init__(self, status: int, what: str, mend: str, **headers: str) -> None:
        super().__init__(what)
        self.answer = _Answer(status, {"error": what, "mend": mend}, headers)


class _ClientGone(Exception):
    """The connection ended before the body did; nobody is left to answer."""


class Hooks:
    """The ASGI callable. `observe` is told of each answer, for the metrics."""

    def __init__(
        self,
        receiver: Receiver,
        observe: Observe = lambda _source, _status, _seconds: None,
        limits: Limits | None = None,
    ) -> None:
        self._receiver, self._observe = receiver, observe
        self._limits = limits or Limits()
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        first, _, name = scope["path"].removeprefix("/").partition("/")
        source = SOURCES[first]
        told = {"source": source, "connection": name[:60]}
        try:
            answer = await self._answer(scope, receive, source, name, told)
        except _ClientGone:
            log.info("the sender hung up before its delivery was complete", **told)
            return
        except _Refused as refused:
            answer = refused.answer
        except StorageUnavailable as error:
            # What the database said is for the operator's log, not for whoever can read a forge's answers.
            told["problem"] = error.what
            what = "deliveries can not be stored at the moment"
            answer = _Answer(503, {"error": what, "mend": _AGAIN}, {"retry-after": "30"})
        except CloseoutError as error:
            what = f"{error.where}: {error.what}" if error.where else error.what
            answer = _Answer(_STATUS.get(type(error), 500), {"error": what, "mend": error.mend})
        except Exception:  # the edge of every request
            log.exception("a delivery could not be received", **told)
            answer = _Answer(500, {"error": "an unexpected error, see the log", "mend": _AGAIN})
        seconds = time.perf_counter() - began
        _log_answer(answer, seconds, told)
        self._observe(source, answer.status, seconds)
        await answer_json(send, answer.status, answer.document, answer.headers)

    async def _answer(
        self, scope: Scope, receive: Receive, source: str, name: str, told: dict[str, str]
    ) -> _Answer:
        if scope["method"] != "POST":
            raise _Refused(405, "deliveries are posted", "Use POST", allow="POST")
        door = self._receiver.door(source, name)
        headers = single(scope["headers"])
        try:
            told["delivery_id"] = door.delivery_id(headers, b"")[:60]
        except PayloadError:
            told["delivery_id"] = ""  # it may stand in the body; the signature is judged before it is missed
        body = await self._read_body(receive, headers)
        stored = await self._store(source, name, headers, body)
        status = "duplicate" if stored.duplicate else "accepted"
        return _Answer(200 if stored.duplicate else 202, {"status": status, "id": stored.id})

    async def _read_body(self, receive: Receive, headers: Mapping[str, str]) -> bytes:
        """The whole body, within the limits of length and time, and of memory over all requests."""
        limits, body = self._limits, bytearray()
        declared = int(headers.get("content-length", "0"))
        too_long = declared > limits.body_bytes
        read, held, more = 0, 0, declared <= 2 * limits.body_bytes
        try:
            async with asyncio.timeout(limits.body_s):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _ClientGone
                    chunk: bytes = message.get("body", b"")
                    read += len(chunk)
                    too_long = too_long or read > limits.body_bytes
                    # What is too long is thrown away as it comes: a sender that is cut off in the middle
                    # of sending never reads why. Twice the limit is as far as this goes.
                    more = message.get("more_body", False) and read <= 2 * limits.body_bytes
                    if too_long:
                        body.clear()
                    else:
                        held += len(chunk)
                        self._hold(len(chunk), len(body) + len(chunk))
                        body += chunk
        except TimeoutError as error:
            what = f"the body did not arrive within {limits.body_s:g} seconds"
            raise _Refused(408, what, _AGAIN, connection="close") from error
        finally:
            self._held_bytes -= held
        if too_long:
            what = f"the body is longer than {limits.body_bytes} bytes"
            raise _Refused(413, what, "No forge sends such deliveries", connection="close")
        return bytes(body)

    def _hold(self, size: int, body_size: int) -> None:
        self._held_bytes += size
        if body_size > self._limits.small_body_bytes and self._held_bytes > self._limits.held_bytes:
            raise StorageUnavailable("too many large deliveries arrive at once", mend=_AGAIN)

    async def _store(self, source: str, name: str, headers: Mapping[str, str], body: bytes) -> Stored:
        accept, asks = self._receiver.accept, self._receiver.door(source, name).asks
        try:
            async with asyncio.timeout(self._limits.answer_s):
                if asks or len(body) > _LARGE_BODY_BYTES:
                    future = await asyncio.to_thread(accept, source, name, headers, body)
                else:
                    future = accept(source, name, headers, body)
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            # It may still be stored. That is as good: the next copy is then a duplicate.
            raise StorageUnavailable("the database took too long", mend=_AGAIN) from error


def _log_answer(answer: _Answer, seconds: float, told: Mapping[str, str]) -> None:
    facts = {**told, "status": answer.status, "ms": round(seconds * 1000, 1)}
    if answer.status < 300:
        log.info(f"delivery {answer.document['status']}", delivery=answer.document["id"], **facts)
    else:
        log.warning("delivery refused", reason=answer.document["error"], **facts)
