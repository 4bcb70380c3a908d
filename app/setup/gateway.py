"""Choosing who moves the money: a gateway's account and its secrets, and a look whether they can be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.connections.names import check_name
from app.errors import CloseoutError, SettingsError
from app.gateways.registry import KINDS, Opening
from app.milestones.contract import GatewayConfig
from app.milestones.gateway_agree import account_problem
from app.settings import short, variable
from app.setup.desk import Desk


class Taken(CloseoutError):
    """The gateway has secrets already, and nobody said that they are to be replaced."""


def connect_gateway(desk: Desk, told: GatewayConfig, secrets: Mapping[str, str], *, replaces: bool) -> None:
    """Store the secrets, by their suffixes, and where no contract file names the gateway whose account it is.

    Raises SettingsError and Taken.
    """
    name = told.name
    with desk.alone():
        check_name("gateway", name, desk.settings, desk.book.current)
        desk.refuse_environment(name)
        if desk.has(name, *KINDS[told.kind].secrets) and not replaces:
            raise Taken(
                f"the gateway {name} has a secret already",
                mend="Choose another name, or say that it is replaced",
            )
        named = desk.book.current.gateways.get(name)
        if named is None and (problem := account_problem(told.kind, told.account)):
            raise SettingsError(problem, where="account", mend=f"See docs/gateways/{told.kind}.md")
        if named is not None and named.kind != told.kind:
            raise SettingsError(f"the contract file says that {name} is of kind {named.kind}", where="name")
        given = {short(name, suffix): secret for suffix, secret in secrets.items()}
        settings = replace(desk.settings, environment={**desk.settings.environment, **given}, shut={})
        entry = named or told
        try:
            KINDS[told.kind].open(Opening(name, settings, desk.db, entry.url, entry.account, entry.bic))
        except SettingsError as error:
            if told.kind == "http" and error.where == variable(name, "SECRET"):
                error.mend = "Paste it as the platform shows it, or have one made here"
            raise
        kind = "" if told.kind == "http" else told.kind
        said = {"URL": told.url, "KIND": kind, "ACCOUNT": told.account}
        desk.store(given | {short(name, f"TOLD_{one}"): "" if named else text for one, text in said.items()})
