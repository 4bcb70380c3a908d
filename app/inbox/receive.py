"""Letting a delivery in: a known door, a proven sender, an id, a readable body; then it is stored.

Nothing here knows a web framework. A door is what a connection or gateway brings along to judge its callers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from app.errors import CloseoutError, PayloadError, SignatureError
from app.inbox.store import NewDelivery, Stored

Headers = Mapping[str, str]
"""Header names in lower case, values as received (Latin-1, as in HTTP)."""

LONGEST_ID = 200
LONGEST_KEPT_VALUE = 1000
KEPT_HEADERS = frozenset(
    {
        "content-type",
        "user-agent",
        "idempotency-key",
        "webhook-id",
        "webhook-timestamp",
        "x-github-event",
        "x-github-delivery",
        "x-github-hook-id",
        "x-github-hook-installation-target-type",
        "x-github-hook-installation-target-id",
        "x-github-enterprise-host",
        "x-github-enterprise-version",
        "x-gitlab-event",
        "x-gitlab-event-uuid",
        "x-gitlab-webhook-uuid",
        "x-gitlab-instance",
        "x-gitea-event",
        "x-gitea-event-type",
        "x-gitea-delivery",
        "x-forgejo-event",
        "x-forgejo-event-type",
        "x-forgejo-delivery",
    }
)
"""An allow-list, so that no signature, token or cookie is ever stored, whatever a vendor calls it."""

_MAY_REPEAT = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "cookie",
        "forwarded",
        "pragma",
        "te",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)
"""Lists that clients and proxies may write as several lines (RFC 9110, section 5.3). No door reads them."""


class UnknownConnection(CloseoutError):
    """Nothing of that name is configured (answered with 404)."""


class Accepts(Protocol):
    """Where accepted deliveries go: the inbox."""

    def submit(self, row: NewDelivery) -> Future[Stored]: ...


@dataclass(frozen=True, slots=True)
class Door:
    """What a connection or gateway judges its callers by; the secrets are bound in already.

    `verify` raises SignatureError, `delivery_id` and `check` (a full parse) raise PayloadError. `asks`:
    verifying asks the vendor over the network, so that it takes its time; where nobody answers it raises
    GatewayError, and the sender comes again.
    """

    name: str
    delivery_id: Callable[[Headers, bytes], str]
    verify: Callable[[Headers, bytes], None]
    check: Callable[[Headers, bytes], object]
    asks: bool = False


class Receiver:
    """The doors by source ("forge", "gateway") and name. `doors` may be replaced while running."""

    def __init__(self, doors: Mapping[str, Mapping[str, Door]], inbox: Accepts) -> None:
        self.doors, self._inbox = doors, inbox

    def door(self, source: str, name: str) -> Door:
        """The door of that name. Raises UnknownConnection."""
        door = self.doors.get(source, {}).get(name)
        if door is None:
            kind = "connection" if source == "forge" else "gateway"
            raise UnknownConnection(
                f"there is no {kind} of this name",
                mend=f"Use the name of one of the {kind}s in the configuration",
            )
        return door

    def accept(self, source: str, name: str, headers: Headers, body: bytes) -> Future[Stored]:
        """Let a delivery in; the future completes once it is on disk, or with StorageUnavailable.

        Raises UnknownConnection, SignatureError or GatewayError, PayloadError, StorageUnavailable, in this
        order: nothing is read out of a body before its sender is proven.
        """
        door = self.door(source, name)
        door.verify(headers, body)
        delivery_id = door.delivery_id(headers, body)
        if not (delivery_id.isprintable() and 0 < len(delivery_id) <= LONGEST_ID):
            raise PayloadError(
                f"the delivery's id is not 1 to {LONGEST_ID} printable characters",
                mend="Send the id that the forge gave this delivery",
            )
        door.check(headers, body)
        return self._inbox.submit(
            NewDelivery(
                source=source, connection=name, delivery_id=delivery_id, headers=kept(headers), body=body
            )
        )


def single(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header lines as a mapping. Raises SignatureError when a line that a door may read came twice.

    Two signatures can not both be the sender's, and which of two a library picks is luck.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        if name in headers and name not in _MAY_REPEAT:
            raise SignatureError(f"the header {name[:60]} came twice", mend="Send each header once")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def kept(headers: Headers) -> dict[str, str]:
    """The headers that are stored with a delivery."""
    return {name: headers[name][:LONGEST_KEPT_VALUE] for name in sorted(KEPT_HEADERS & headers.keys())}
