"""Who can move the money: the kinds of gateway that a contract file may name. A new kind is one line here."""

from __future__ import annotations

from typing import Protocol

from app.gateways.base import Gateway


class OpenGateway(Protocol):
    """Makes a gateway. Raises SettingsError for an url or a secret that can not be used."""

    def __call__(self, name: str, url: str, secret: str, *, allow_private: bool = False) -> Gateway: ...


def _http(name: str, url: str, secret: str, *, allow_private: bool = False) -> Gateway:
    from app.gateways.http.client import HttpGateway

    return HttpGateway(name, url, secret, allow_private=allow_private)


KINDS: dict[str, OpenGateway] = {"http": _http}
