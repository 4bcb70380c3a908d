"""From the names in the contract file to live adapters with their secrets, again whenever one changes.

Secrets come from the environment and from the vault. The adapters stand in dictionaries that everybody who
works with them holds: a connection that is added, changed or taken away while the server runs is there,
changed or gone for all of them at the next look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from app.connections.addresses import same_server
from app.connections.doors import forge_door, gateway_door
from app.connections.finding import Finding
from app.connections.names import stored_names
from app.connections.standing import known_problems, lacking, switched_off
from app.errors import CloseoutError, SettingsError
from app.forges.base import Forge, ForgeParser
from app.forges.contents import Contents
from app.forges.github.apps import GitHubApp
from app.forges.github.client import by_app
from app.forges.github.contents import contents_by_app, contents_by_token
from app.forges.github.deliveries import AppDeliveries
from app.forges.github.rest import PUBLIC_API
from app.forges.registry import FORGES
from app.gateways.base import Gateway
from app.gateways.registry import KINDS, Opening
from app.inbox.receive import Door
from app.logs import redact
from app.milestones.book import Book
from app.milestones.contract import Connection, GatewayConfig
from app.milestones.environment import SUFFIXES, is_secret
from app.place import InRepository
from app.settings import Settings, short, variable
from app.vault.store import Opened, Stamp, Vault
from app.wellformed import PREFIX

T = TypeVar("T")
VENDORS = {"github": PUBLIC_API, "gitlab": "https://gitlab.com"}
"""Where a connection talks to that was connected without an address."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Connected:
    """A forge connection that can verify, parse and talk. `app` is there for a GitHub App."""

    parser: ForgeParser
    client: Forge
    webhook_secrets: tuple[bytes, ...]
    app: GitHubApp | None = None


class Connections:
    """Every connection and gateway that the file names and that has its secrets, by name.

    Connections of the vault are there before the file names them: a forge knocks as soon as it is connected.
    """

    def __init__(self, settings: Settings, vault: Vault, book: Book) -> None:
        """Raises SettingsError when this installation's key opens nothing of the vault."""
        self.base, self.vault, self.book = settings, vault, book
        self.settings = settings
        """The settings with what the vault holds on top."""
        self.forges: dict[str, Forge] = {}
        self.parsers: dict[str, ForgeParser] = {}
        self.apps: dict[str, GitHubApp] = {}
        self.deliveries: dict[str, AppDeliveries] = {}
        self.gateways: dict[str, Gateway] = {}
        self.doors: dict[str, dict[str, Door]] = {"forge": {}, "gateway": {}}
        self.problems: dict[str, CloseoutError] = {}
        """What is named in the file and can not be used, by "connection github" or "gateway platform"."""
        self._made: dict[str, tuple[object, Any]] = {}
        self._stamp: Stamp | None = None
        self.opened = Opened({}, {})
        """What is in force of the vault, and what does not open there now: a value may be in both."""
        self._changed_at: dict[str, str] = {}
        self._lock = threading.Lock()
        self._read_vault()
        self.opened.require_any()
        self._make()

    @property
    def entries(self) -> dict[str, Connection]:
        """What is connected, by name: as the file says, and what is in the vault before the file names it."""
        known = {**_vaulted(self.settings), **_own(self.settings)}
        return {**known, **self.book.current.connections}

    def contents(self) -> Contents:
        """What reads the contract file's own repository. Raises SettingsError where that is not connected."""
        place, problems = self.settings.config, dict[str, CloseoutError]()
        if not isinstance(place, InRepository):
            raise SettingsError("the contract file is in no repository", where=str(place))
        made = self._all("repository of", _own(self.settings), self._read_by, problems)
        for problem in problems.values():
            raise problem
        found: Contents = made[place.connection]
        return found

    def require_all(self) -> None:
        """Raises SettingsError with every problem, where one is a mistake in the environment.

        It is one where the environment holds a secret of the same connection or gateway; or of all
        connections while the vault is empty. Whatever else is missing may be on its way there.
        """
        is_all = self._stamp == () and all(map(self.base.has_secret_of, self.entries))
        shut, problems = self.opened.shut.values(), self.problems.items()
        found = {place.partition(" ")[2]: str(one) for place, one in problems if one not in shut}
        if any(is_all or self.base.has_secret_of(name) for name in found):
            raise SettingsError("\n".join(found.values()))

    def standing(self, reading: sa.Connection) -> list[Finding]:
        """What is known to be wrong with what the file names, without asking anybody."""
        contracts = self.book.current.contracts.values()
        keys = {key for contract in contracts for key in contract.repositories}
        return [*lacking(self.problems), *switched_off(reading), *known_problems(reading, keys)]

    def refresh(self) -> None:
        """Take up what changed in the file or in the vault; costs one small query if nothing did."""
        with self._lock:  # the loop comes here every few seconds, the setup after it stored something
            self._read_vault()
            self._make()

    def _read_vault(self) -> None:
        stamp = self.vault.stamp()
        if stamp == self._stamp:
            return
        changed_at, found, before = dict(self.vault.names()), self.vault.opened(), self.opened.values
        if values := found.values:
            self._changed_at = changed_at
        else:
            # The key was changed beside us, and webhooks go on to come: what once opened stays in force. What
            # was removed or replaced since goes: sealing again leaves `changed_at`, so that it shows keyless.
            same = changed_at.items() & self._changed_at.items()
            values = {name: before[name] for name, _ in same if name in before}
        self.opened = Opened(values, found.shut)
        redact(value for name, value in values.items() if is_secret(name, value))
        shut = {name: why for name, why in found.shut.items() if name not in values}
        self.settings = replace(self.base.over(values, shut), keys=self.vault.settings.keys)
        # What is shut is tried again each time: its key may be put back.
        self._stamp = None if found.shut else stamp

    def _make(self) -> None:
        configuration, problems = self.book.current, dict[str, CloseoutError]()
        forges = self._all("connection", self.entries, self._forge, problems)
        gateways = self._all("gateway", configuration.gateways, self._gateway, problems)
        _become(self.forges, {name: one.client for name, one in forges.items()})
        _become(self.parsers, {name: one.parser for name, one in forges.items()})
        apps = {name: one.app for name, one in forges.items() if one.app is not None}
        _become(self.apps, apps)
        _become(self.deliveries, {name: one.deliveries for name, one in apps.items()})
        _become(self.gateways, gateways)
        _become(
            self.doors["forge"],
            {name: forge_door(name, one.parser, one.webhook_secrets) for name, one in forges.items()},
        )
        _become(self.doors["gateway"], {name: gateway_door(name, one) for name, one in gateways.items()})
        for name, error in self.opened.shut.items():
            if error not in problems.values():
                problems[f"vault {PREFIX}{name}"] = error
        for name, problem in problems.items():
            if str(problem) != str(self.problems.get(name)):
                log.warning("not connected", what=name, problem=str(problem))
        self.problems = problems

    def _all(
        self,
        kind: str,
        entries: Mapping[str, T],
        make: Callable[[str, T], Any],
        problems: dict[str, CloseoutError],
    ) -> dict[str, Any]:
        """What can be made of these entries; one whose recipe is as it was stays the same object."""
        found = {}
        for name, entry in entries.items():
            place = f"{kind} {name}"
            suffixes = SUFFIXES["gateway" if kind == "gateway" else "connection"]
            try:
                own = (self.settings.value(name, suffix) for suffix in suffixes)
                # A gateway may make links to this server's pages.
                ours = (self.settings.public_url, self.settings.keys) if kind == "gateway" else ()
                recipe = (entry, *own, *ours)
                if self._made.get(place, (None,))[0] != recipe:
                    self._made[place] = (recipe, make(name, entry))
                found[name] = self._made[place][1]
            except SettingsError as error:
                problems[place] = error
        return found

    def _forge(self, name: str, entry: Connection) -> Connected:
        settings = self.settings
        secret = settings.required(name, "WEBHOOK_SECRET", f"the webhook secret of connection {name}")
        old = settings.value(name, "OLD_WEBHOOK_SECRET")
        secrets = tuple(one.encode() for one in (secret, old) if one)
        kind = settings.value(name, "FORGE") if short(name, "FORGE") in settings.vaulted else entry.forge
        if kind != entry.forge:
            raise SettingsError(
                f"connection {name} was connected to {kind}, and the file says {entry.forge}",
                where="forge",
                mend="Mend the file, or give this server another name",
            )
        api_url = _api_url(settings, name, entry)
        if entry.forge not in FORGES:
            mend = f"Set it to one of {', '.join(FORGES)}"
            where = variable(name, "FORGE")
            raise SettingsError(f"the forge of connection {name} is not known", where=where, mend=mend)
        parser, by_token = FORGES[entry.forge]
        token = settings.value(name, "TOKEN")
        has_app = entry.forge == "github" and any(
            settings.value(name, one) for one in ("APP_ID", "PRIVATE_KEY")
        )
        if not has_app:
            token = settings.required(name, "TOKEN", f"the access token of connection {name}")
            redact([secret, old, token])
            return Connected(parser, by_token(token, api_url), secrets)
        app_id = settings.required(name, "APP_ID", f"the id of the GitHub App of connection {name}")
        what = f"the private key of the GitHub App of connection {name}"
        key = settings.required(name, "PRIVATE_KEY", what)
        redact([secret, old, token, key])
        try:
            app = GitHubApp(app_id, key, api_url)
            client = by_token(token, api_url) if token else by_app(app_id, key, api_url)
        except SettingsError as error:
            where = variable(name, error.where.upper())
            raise SettingsError(error.what, where=where, mend=error.mend) from error
        return Connected(parser, client, secrets, app)

    def _read_by(self, name: str, entry: Connection) -> Contents:
        """The same credentials, for reading a repository's files and telling its pull requests."""
        settings, api_url = self.settings, _api_url(self.settings, name, entry)
        if entry.forge != "github":
            raise SettingsError(
                f"the contract file is read from GitHub only for now, not from {entry.forge or name}",
                where="CLOSEOUT_CONFIG",
                mend=f"Name a file of this machine; or set {variable(name, 'FORGE')}=github if it is GitHub",
            )
        if token := settings.value(name, "TOKEN"):
            return contents_by_token(token, api_url)
        app_id = settings.required(name, "APP_ID", f"the id of the GitHub App of connection {name}")
        what = f"the private key of the GitHub App of connection {name}"
        return contents_by_app(app_id, settings.required(name, "PRIVATE_KEY", what), api_url)

    def _gateway(self, name: str, entry: GatewayConfig) -> Gateway:
        for suffix, how in SUFFIXES["gateway"].items():
            if how == "secret":
                redact(self.settings.value(name, suffix).split())
        opening = Opening(name, self.settings, self.vault.db, entry.url, entry.account, entry.bic)
        return KINDS[entry.kind].open(opening)


def _own(settings: Settings) -> dict[str, Connection]:
    """The connection that the contract file is read through: no file can declare it before it is read."""
    place = settings.config
    if not isinstance(place, InRepository):
        return {}
    name = place.connection
    forge = settings.environment.get(short(name, "FORGE"), "")  # one that is shut is `_all`'s to tell
    return {name: Connection(name, forge or (name if name in FORGES else ""))}


def _vaulted(settings: Settings) -> dict[str, Connection]:
    """What was connected while the server ran, by name; NAME_FORGE in the vault says which forge it is."""
    forges = {name: settings.value(name, "FORGE") for name in stored_names("connection", settings.vaulted)}
    return {name: Connection(name, forge) for name, forge in forges.items() if forge in FORGES}


def _api_url(settings: Settings, name: str, entry: Connection) -> str:
    """Where the connection talks to. A token from the vault only goes to where it was connected."""
    given = settings.value(name, "API_URL")
    bound = [one for one in ("API_URL", "FORGE") if short(name, one) in settings.vaulted]
    at = given or VENDORS.get(entry.forge, "")
    if bound and entry.api_url and not same_server(entry.api_url, at):
        raise SettingsError(
            f"connection {name} was connected to {at}, and the file says {entry.api_url}",
            where="api_url",
            mend=f"Mend the file, or connect it again: closeout {entry.forge} connect",
        )
    return given or entry.api_url


def _become(present: dict[str, T], wanted: Mapping[str, T]) -> None:
    """Change a dictionary that others hold, entry by entry, so that they see each as it was or as it is."""
    for name in present.keys() - wanted.keys():
        del present[name]
    present.update(wanted)
