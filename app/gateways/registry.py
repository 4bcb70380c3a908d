"""Who can move the money: the kinds of gateway that a contract file may name. A new kind is one line here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from app.db import Database
from app.errors import SettingsError
from app.gateways.base import Gateway, Trial
from app.gateways.guard import LOOPBACK_HOSTS
from app.settings import Settings, variable
from app.wellformed import networks

_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a gateway is made of: its name, what the contract file says of it, and where its secrets are.

    `account` is whose account it is: Stripe's acct_…, PayPal's client id, a bank account's IBAN.
    """

    name: str
    settings: Settings
    db: Database
    url: str = ""
    account: str = ""
    bic: str = ""

    def value(self, suffix: str) -> str:
        """CLOSEOUT_<NAME>_<SUFFIX> of the environment or the vault, "" when unset. Raises SettingsError."""
        return self.settings.value(self.name, suffix)

    def private(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks that are not public and that it may all the same talk to. Raises SettingsError."""
        suffix = "PRIVATE_NETWORKS"
        return networks(self.variable(suffix), self.value(suffix))

    def variable(self, suffix: str) -> str:
        """What a complaint about such a value names."""
        return variable(self.name, suffix)

    def api_url(self, public: str) -> str:
        """Where the vendor's API is: `public`, or CLOSEOUT_<NAME>_URL in its place. Raises SettingsError.

        The contract file has no say in it: whoever writes that would get the key.
        """
        url = self.value("URL") or public
        match = _ORIGIN.fullmatch(url)
        if match is None or (match[1] != "https" and match[2].strip("[]").lower() not in LOOPBACK_HOSTS):
            mend = f"Leave it out: it is {public}. Plain http is for a sandbox on this machine"
            raise SettingsError("this is no address of an API", where=self.variable("URL"), mend=mend)
        return url.rstrip("/")

    def required(self, suffix: str, what: str) -> str:
        """The same, refusing an absent value. Raises SettingsError."""
        return self.settings.required(self.name, suffix, f"{what} of gateway {self.name}")


@dataclass(frozen=True, slots=True)
class Kind:
    """`open` makes a gateway, and raises SettingsError for what can not be used. `trial` proves with calls
    that cost nothing that it may do what it is for. `secrets` are the suffixes of what it can not do without.
    """

    secrets: tuple[str, ...]
    open: Callable[[Opening], Gateway]
    trial: Callable[[Any], Iterable[Trial]]


def _kind(name: str, *secrets: str) -> Kind:
    """The kind whose folder is `name`: `open_gateway` of its client.py, `trial` of its trial.py.

    They are imported when needed: a server has one or two kinds, and some of their libraries are large.
    """

    def open_gateway(opening: Opening) -> Gateway:
        made: Gateway = import_module(f"app.gateways.{name}.client").open_gateway(opening)
        return made

    def trial(gateway: Gateway) -> Iterable[Trial]:
        tried: Iterable[Trial] = import_module(f"app.gateways.{name}.trial").trial(gateway)
        return tried

    return Kind(secrets, open_gateway, trial)


KINDS: dict[str, Kind] = {
    "http": _kind("http", "SECRET"),
    "stripe": _kind("stripe", "SECRET", "SIGNING_SECRET"),
    "paypal": _kind("paypal", "SECRET", "WEBHOOK_ID"),
    "bank": _kind("bank"),
}
"""The folder of each kind, and the suffixes of the secrets that it can not do without."""
