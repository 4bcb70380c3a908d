"""What is kept of one connection: in the environment, which wins, and in the vault."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from app.errors import SettingsError
from app.logs import redact
from app.milestones.environment import SUFFIXES, is_secret
from app.settings import Settings, short, variable
from app.vault.store import Vault
from app.wellformed import PREFIX

TAKEN_UP_S = 4.0
"""How long a running server may take to notice a change of the vault (it looks every two seconds)."""
BY_ENVIRONMENT = "environment"


class Kept:
    """The values of connection `name`, by the suffixes of their variables. Reads the vault anew each time."""

    def __init__(self, settings: Settings, vault: Vault, name: str) -> None:
        """`settings` are those of the environment alone. Raises SettingsError for a secret that is shut."""
        self.name, self._settings, self._vault = name, settings, vault
        secrets = [suffix for suffix, how in SUFFIXES["connection"].items() if how == "secret"]
        self._redact({suffix: self.value(suffix) for suffix in secrets})

    def variable(self, suffix: str) -> str:
        """The name of the environment's variable."""
        return variable(self.name, suffix)

    @property
    def settings(self) -> Settings:
        """Those of the environment with what the vault holds now."""
        found = self._vault.opened()
        return self._settings.over(found.values, found.shut)

    def value(self, suffix: str) -> str:
        """What a server uses, "" where there is none. Raises SettingsError for one that does not open."""
        return self.settings.value(self.name, suffix)

    def is_by_environment(self, suffix: str) -> bool:
        return bool(self._settings.value(self.name, suffix))

    def check(self, values: Mapping[str, str]) -> None:
        """Raises SettingsError for one that the environment says otherwise: it would never be used."""
        for suffix, value in values.items():
            if self.is_by_environment(suffix) and self._settings.value(self.name, suffix) != value:
                raise SettingsError(
                    "the environment sets this, and what it says wins",
                    where=self.variable(suffix),
                    mend="Take it out of the server's environment and of this one, then do this again",
                )

    def put(self, values: Mapping[str, str]) -> None:
        """Store these in the vault, all or none; an empty one is removed. Raises as `check`."""
        self.check(values)
        self._redact(values)
        wanted = {s: value for s, value in values.items() if not self.is_by_environment(s)}
        self._vault.put({short(self.name, suffix): value for suffix, value in wanted.items()})

    def put_public_url(self, url: str) -> None:
        """Store where the forges reach this server."""
        self._vault.put({"PUBLIC_URL": url})

    @property
    def public_url(self) -> str:
        return self.settings.public_url

    def remove(self) -> list[str]:
        """Remove all of the connection from the vault, and answer the names of what was there."""
        keys = [short(self.name, suffix) for suffix in SUFFIXES["connection"]]
        found = [name for name, _ in self._vault.names() if name in keys]
        self._vault.remove(keys)
        return [PREFIX + name for name in found]

    def secret_at(self) -> str:
        """When the present webhook secret was stored: tells which webhook has it, and nothing about it."""
        if self.is_by_environment("WEBHOOK_SECRET"):
            return BY_ENVIRONMENT
        return dict(self._vault.names()).get(short(self.name, "WEBHOOK_SECRET"), "")

    def wait_until_taken_up(self) -> None:
        """Wait until a running server accepts the secret that was just stored: then it may be used."""
        stored = self.secret_at()
        if stored not in {"", BY_ENVIRONMENT}:
            age_s = (datetime.now(UTC) - datetime.fromisoformat(stored)).total_seconds()
            time.sleep(min(max(TAKEN_UP_S - age_s, 0), TAKEN_UP_S))

    def _redact(self, values: Mapping[str, str]) -> None:
        redact(value for suffix, value in values.items() if is_secret(short(self.name, suffix), value))
