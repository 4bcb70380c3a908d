"""The names of connections and gateways, which name addresses and the variables of their secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.errors import SettingsError
from app.milestones.contract import Configuration
from app.milestones.environment import Kind, fixed_variables, variables
from app.milestones.fields import NAME
from app.place import InRepository
from app.settings import Settings

_TELLS: dict[Kind, tuple[str, ...]] = {"connection": ("_FORGE",), "gateway": ("_TOLD_URL", "_TOLD_KIND")}
"""What is stored of each that was connected while a server ran, also before the contract file names it."""


def stored_names(kind: Kind, values: Iterable[str]) -> list[str]:
    """The names that `values`, variables without CLOSEOUT_, tell of: ["MY_FORGE_FORGE"] → ["my-forge"]."""
    listed = list(values)
    found = {
        one.removesuffix(told).lower().replace("_", "-")
        for told in _TELLS[kind]
        for one in listed
        if one.endswith(told)
    }
    return sorted(found)


def check_name(
    kind: Kind, name: str, settings: Settings, configuration: Configuration | None, forge: str = ""
) -> str:
    """The name, when one may be called so beside all that there are. Raises SettingsError.

    `settings` are those with what the vault holds. Two readers of one variable would share a secret: a
    connection `status` would read CLOSEOUT_STATUS_TOKEN, `lab-old` what `lab` accepts beside its own secret.
    With `forge`, a connection that is there already has to be of that one.
    """
    if not re.fullmatch(NAME, name, re.ASCII):
        raise SettingsError(
            f"{name[:40]!r} is no name",
            where="name",
            mend="Use lower-case letters, digits and dashes, 32 at most, a letter first",
        )
    readers = dict.fromkeys(fixed_variables(), "Closeout itself")
    for other in _known(settings, configuration) - {(kind, name)}:
        readers |= dict.fromkeys(variables(*other), f"the {other[0]} {other[1]}")
    if shared := sorted(set(variables(kind, name)) & readers.keys()):
        raise SettingsError(
            f"{name} would read {shared[0]}, which {readers[shared[0]]} reads",
            where="name",
            mend="Choose another name",
        )
    entry = configuration.connections.get(name) if configuration else None
    for present in (settings.value(name, "FORGE"), entry.forge if entry else ""):
        if forge and present and present != forge:
            mend = "Choose another name for this server"
            raise SettingsError(f"the connection {name} is {present}", where="name", mend=mend)
    return name


def _known(settings: Settings, configuration: Configuration | None) -> set[tuple[Kind, str]]:
    """Every connection and gateway: of the file, of the vault, and the one that the file is read through."""
    found: set[tuple[Kind, str]] = set()
    if isinstance(settings.config, InRepository):
        found.add(("connection", settings.config.connection))
    for kind in _TELLS:
        found |= {(kind, one) for one in stored_names(kind, settings.environment)}
    if configuration:
        found |= {("connection", one) for one in configuration.connections}
        found |= {("gateway", one) for one in configuration.gateways}
    return found
