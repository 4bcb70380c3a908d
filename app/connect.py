"""From the names in the contract file to live adapters with their secrets; a missing one stops the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from app.errors import SettingsError
from app.forges.base import Forge, ForgeParser
from app.forges.github.deliveries import AppDeliveries
from app.forges.registry import FORGES
from app.gateways import KINDS
from app.gateways.base import Gateway
from app.inbox.receive import Door
from app.logs import redact
from app.milestones.contract import Configuration
from app.settings import Settings, variable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Connected:
    """A forge connection that can verify, parse and talk."""

    parser: ForgeParser
    client: Forge
    webhook_secrets: tuple[bytes, ...]


def connect_forges(settings: Settings, configuration: Configuration) -> dict[str, Connected]:
    """The forge connections by name. Raises SettingsError naming every variable that is missing."""
    return _all(
        {
            name: partial(_forge, settings, name, one.forge, one.api_url)
            for name, one in configuration.connections.items()
        }
    )


def connect_gateways(settings: Settings, configuration: Configuration) -> dict[str, Gateway]:
    """The gateways by name. Raises SettingsError naming every variable that is missing or malformed."""
    return _all(
        {
            name: partial(_gateway, settings, name, one.kind, one.url)
            for name, one in configuration.gateways.items()
        }
    )


def connect_apps(settings: Settings, configuration: Configuration) -> dict[str, AppDeliveries]:
    """The GitHub Apps of those connections that have one, by connection. Raises SettingsError.

    A connection that has a token alone has none: GitHub keeps the log of deliveries for Apps.
    """
    return _all(
        {
            name: partial(_app, settings, name, one.api_url)
            for name, one in configuration.connections.items()
            if one.forge == "github"
            and (settings.value(name, "APP_ID") or settings.value(name, "PRIVATE_KEY"))
        }
    )


def doors(
    connections: Mapping[str, Connected], gateways: Mapping[str, Gateway]
) -> dict[str, dict[str, Door]]:
    """Who may knock where: /hooks/<connection> and /gateways/<name>."""
    return {
        "forge": {
            name: Door(
                name,
                one.parser.delivery_id,
                partial(_verify, one),
                one.parser.parse,
            )
            for name, one in connections.items()
        },
        "gateway": {
            name: Door(name, one.delivery_id, one.verify, one.parse) for name, one in gateways.items()
        },
    }


def _verify(connected: Connected, headers: Mapping[str, str], body: bytes) -> None:
    connected.parser.verify(headers, body, connected.webhook_secrets)


def _forge(settings: Settings, name: str, kind: str, api_url: str) -> Connected:
    secret = settings.required(name, "WEBHOOK_SECRET", f"the webhook secret of connection {name}")
    token = settings.required(name, "TOKEN", f"the access token of connection {name}")
    redact([secret, token])
    parser, client = FORGES[kind]
    return Connected(parser, client(token, settings.value(name, "API_URL") or api_url), (secret.encode(),))


def _app(settings: Settings, name: str, api_url: str) -> AppDeliveries:
    app_id = settings.required(name, "APP_ID", f"the id of the GitHub App of connection {name}")
    key = settings.required(name, "PRIVATE_KEY", f"the private key of the GitHub App of connection {name}")
    redact(line for line in key.splitlines() if not line.startswith("-----"))
    try:
        return AppDeliveries(app_id, key, settings.value(name, "API_URL") or api_url)
    except SettingsError as error:
        raise SettingsError(error.what, where=variable(name, error.where.upper()), mend=error.mend) from error


def _gateway(settings: Settings, name: str, kind: str, url: str) -> Gateway:
    secret = settings.required(name, "SECRET", f"the secret of gateway {name}")
    redact(secret.split())
    return KINDS[kind](name, settings.value(name, "URL") or url, secret)


def _all(makers: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    made: dict[str, T] = {}
    problems = []
    for name, make in makers.items():
        try:
            made[name] = make()
        except SettingsError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError("\n".join(problems))
    return made
