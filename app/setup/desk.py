"""The parts of a running server that its setup looks at and writes to, in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.connect import Connections
from app.connections.kept import Kept
from app.connections.names import stored_names
from app.connections.turn import alone
from app.db import Database
from app.errors import SettingsError
from app.gateways.registry import KINDS
from app.milestones.book import NOTHING
from app.milestones.contract import GatewayConfig
from app.place import InRepository
from app.settings import Settings, short
from app.setup.codes import Codes
from app.setup.contract_file import NotWritable
from app.setup.sessions import Sessions

SECRETS = ("TOKEN", "APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "SECRET")
"""Whatever has one of these is connected, or half so."""
TOLD = ("URL", "KIND", "ACCOUNT")
"""What a gateway is told to be before the contract file names it."""


class Desk:
    """What the steps of the setup share. Whatever is stored is in force when the method returns."""

    def __init__(self, db: Database, connections: Connections) -> None:
        self.db, self.connections = db, connections
        self.book, self.vault = connections.book, connections.vault
        self.codes, self.sessions = Codes(db, self.vault), Sessions(db, self.vault)

    @property
    def settings(self) -> Settings:
        return self.connections.settings

    @property
    def path(self) -> Path:
        """The contract file's, on this machine. Raises NotWritable where it is in a repository."""
        place = self.settings.config
        if isinstance(place, InRepository):
            raise NotWritable(
                f"the contract file is in a repository: {place}",
                mend="Change it there, by a pull request: Closeout tells there what that would change",
            )
        return place

    @property
    def has_contracts(self) -> bool:
        return self.book.current is not NOTHING

    @property
    def is_unfinished(self) -> bool:
        """Whether something is missing: the contract file, or a secret of what it names."""
        return not self.has_contracts or bool(self.connections.problems)

    def forges(self) -> dict[str, str]:
        """The forge of each connection that the file names or somebody connected, by its name."""
        return {name: one.forge for name, one in sorted(self.connections.entries.items())}

    def gateways(self) -> dict[str, GatewayConfig]:
        """Each gateway that the file names, or that was told here before there was a file."""
        names = stored_names("gateway", self.settings.vaulted)
        return {name: self._told(name) for name in names} | dict(self.book.current.gateways)

    def _told(self, name: str) -> GatewayConfig:
        said = {one: self.settings.environment.get(short(name, f"TOLD_{one}"), "") for one in TOLD}
        return GatewayConfig(name, said["KIND"] or "http", said["URL"], said["ACCOUNT"])

    def is_ready(self, gateway: GatewayConfig) -> bool:
        """Whether a gateway has all the secrets that it can not do without."""
        return all(self.has(gateway.name, one) for one in KINDS[gateway.kind].secrets)

    def has(self, name: str, *suffixes: str) -> bool:
        """Whether one of these values is set for the connection or gateway, and opens."""
        return any(self.settings.environment.get(short(name, suffix)) for suffix in suffixes)

    def is_by_environment(self, name: str) -> bool:
        """Whether a secret of it is set outside of the vault, where nobody can change it from here."""
        return any(self.connections.base.value(name, suffix) for suffix in SECRETS)

    def refuse_environment(self, name: str) -> None:
        """Raises SettingsError where it is so."""
        if self.is_by_environment(name):
            raise SettingsError(
                f"{name} has its secrets from the server's environment",
                mend="Choose another name, or take them out of the environment first",
            )

    def kept(self, name: str) -> Kept:
        """What is kept of a connection. Raises SettingsError for a secret that does not open."""
        return Kept(self.connections.base, self.vault, name)

    def store(self, values: Mapping[str, str]) -> None:
        """Put these into the vault by the variables' names without CLOSEOUT_, all or none; "" removes one."""
        self.vault.put(values)
        self.connections.refresh()

    def take_up_file(self) -> None:
        """The contract file was written."""
        self.book.refresh(wait=True)
        self.connections.refresh()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside the block nobody else connects anything, and what was connected before is known."""
        with alone(self.db):
            self.connections.refresh()
            yield
