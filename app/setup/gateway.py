"""Choosing who moves the money: the gateway's secret, and a look whether it knows us."""

from __future__ import annotations

from app.connections.names import check_name
from app.errors import CloseoutError, SettingsError
from app.gateways import KINDS
from app.settings import short, variable
from app.setup.desk import Desk

KIND = "http"


class Taken(CloseoutError):
    """The gateway has a secret already, and nobody said that it is to be replaced."""


def connect_gateway(desk: Desk, name: str, url: str, secret: str, *, replaces: bool) -> None:
    """Store the secret, and the URL where no contract file says one. Raises SettingsError and Taken."""
    with desk.alone():
        check_name("gateway", name, desk.settings, desk.book.current)
        desk.refuse_environment(name)
        if desk.has(name, "SECRET") and not replaces:
            raise Taken(
                f"the gateway {name} has a secret already",
                mend="Choose another name, or say that it is replaced",
            )
        named = desk.book.current.gateways.get(name)
        try:
            KINDS[KIND](name, named.url if named else url, secret)
        except SettingsError as error:
            if error.where == variable(name, "SECRET"):
                error.mend = "Paste it as the platform shows it, whsec_ and all, or have one made here"
            raise
        desk.store({short(name, "SECRET"): secret, short(name, "TOLD_URL"): "" if named else url})
