"""The doors of connections and gateways: what a callback is judged by before it is stored."""

from __future__ import annotations

from collections.abc import Mapping

from app.forges.base import ForgeParser
from app.gateways.base import Gateway
from app.inbox.receive import Door


def forge_door(name: str, parser: ForgeParser, secrets: tuple[bytes, ...]) -> Door:
    """A forge names its deliveries in a header, and signs with any of `secrets`."""

    def delivery_id(headers: Mapping[str, str], _body: bytes) -> str:
        return parser.delivery_id(headers)

    def verify(headers: Mapping[str, str], body: bytes) -> None:
        parser.verify(headers, body, secrets)

    return Door(name, delivery_id, verify, parser.parse)


def gateway_door(name: str, gateway: Gateway) -> Door:
    """A gateway may name its callbacks in the body."""

    def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
        return gateway.parse(headers, body).delivery_id

    return Door(name, delivery_id, gateway.verify, gateway.parse, gateway.asks)
