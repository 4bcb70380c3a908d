"""Settings from the environment, read once into one frozen object. The only file that reads the environment.

Fixed names carry the prefix CLOSEOUT_; the secrets of connections and gateways carry their name as well:
connection `my-forge` reads CLOSEOUT_MY_FORGE_WEBHOOK_SECRET and CLOSEOUT_MY_FORGE_TOKEN, gateway `platform`
reads CLOSEOUT_PLATFORM_SECRET. Each may be given as NAME_FILE, the path of a file that holds the value.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import make_url

from app import wellformed
from app.errors import SettingsError
from app.place import DEFAULT_FILE, LOOKED_FOR, InRepository, config_place
from app.wellformed import PREFIX

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings:
    """What the process was told. `repr` shows no value that came from the environment unasked."""

    config: Path | InRepository = Path("config/closeout.yml")
    """Where the contract file is."""
    database_url: str = "sqlite:///closeout.db"
    worker_id: str = "main"
    log_level: str = "info"
    public_url: str = ""
    trusted_proxies: str = ""
    """Addresses and networks, with commas between, whose X-Forwarded headers are believed."""
    status_token: str = field(default="", repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)
    """This installation's keys, the newest first; none while no file of them was made."""
    key_path: Path = Path("closeout.key")
    is_key_given: bool = False
    """Whether the keys came from the environment itself; else they are those of the file."""
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    sweep_s: int = 300
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    vaulted: frozenset[str] = frozenset()
    """The names in `environment` that came from the vault."""
    shut: Mapping[str, SettingsError] = field(default_factory=dict, repr=False)
    """Why what stands in the vault under a name can not be used."""

    @staticmethod
    def load(environ: Mapping[str, str] | None = None) -> Settings:
        """Read `environ` (default: the process's). Raises SettingsError naming the variable."""
        values = _with_files(os.environ if environ is None else environ)
        level = values.get("LOG_LEVEL", "info").lower()
        if level not in LOG_LEVELS:
            raise SettingsError(
                f"{level!r} is not a log level",
                where=f"{PREFIX}LOG_LEVEL",
                mend=f"Use {', '.join(LOG_LEVELS)}",
            )
        default = next((name for name in LOOKED_FOR if Path(name).exists()), DEFAULT_FILE)
        database_url = wellformed.database_url(values.get("DATABASE_URL") or "sqlite:///closeout.db")
        key_path = Path(values.get("KEY_FILE") or _key_beside(database_url))
        is_key_given = bool(values.get("KEY"))
        if is_key_given and values.get("KEY_FILE"):
            raise SettingsError(
                f"{PREFIX}KEY is set as well", where=f"{PREFIX}KEY_FILE", mend="Set one of the two"
            )
        keys = wellformed.keys(values["KEY"], f"{PREFIX}KEY") if is_key_given else read_keys(key_path)
        return Settings(
            config=config_place(values.get("CONFIG") or default),
            database_url=database_url,
            worker_id=values.get("WORKER_ID") or "main",
            log_level=level,
            public_url=wellformed.web_address(values.get("PUBLIC_URL", "")),
            trusted_proxies=wellformed.proxies(values.get("TRUSTED_PROXIES", "")),
            status_token=values.get("STATUS_TOKEN", ""),
            keys=keys,
            key_path=key_path,
            is_key_given=is_key_given,
            smtp_url=wellformed.smtp_url(values.get("SMTP_URL", "")),
            mail_from=wellformed.address(values.get("MAIL_FROM", "")),
            sweep_s=wellformed.seconds("SWEEP_S", values.get("SWEEP_S") or "300"),
            environment=values,
        )

    @property
    def is_by_environment(self) -> bool:
        """Whether the environment holds a connection's secrets; then one that is missing is a mistake.

        Otherwise they may be on their way into the vault.
        """
        return any(
            value and name.endswith(("_WEBHOOK_SECRET", "_TOKEN", "_PRIVATE_KEY")) and name != "STATUS_TOKEN"
            for name, value in self.environment.items()
        )

    def value(self, name: str, suffix: str) -> str:
        """The value of CLOSEOUT_<NAME>_<SUFFIX>, "" when unset.

        Raises SettingsError where the vault has one that does not open: unset it would mean something else.
        """
        key = short(name, suffix)
        if key in self.shut:
            raise self.shut[key]
        return self.environment.get(key, "")

    def has_secret_of(self, name: str) -> bool:
        """Whether anything secret of this connection or gateway is set."""
        return any(self.value(name, one) for one in ("WEBHOOK_SECRET", "TOKEN", "PRIVATE_KEY", "SECRET"))

    def required(self, name: str, suffix: str, purpose: str) -> str:
        """The same, refusing an absent or empty value: nothing runs on an unset secret."""
        found = self.value(name, suffix)
        if not found:
            raise SettingsError(
                f"{purpose} is not set",
                where=variable(name, suffix),
                mend="Set it, or set the same name with _FILE to a file that holds it",
            )
        return found

    def secrets(self) -> list[str]:
        """What must never be printed, beside the secrets of connections and gateways."""
        of_mail = urlsplit(self.smtp_url).password or ""
        of_database = make_url(self.database_url).password or ""
        return [
            found
            for found in (self.status_token, *self.keys, of_mail, unquote(of_mail), of_database)
            if found
        ]

    def over(self, vault: Mapping[str, str], shut: Mapping[str, SettingsError] | None = None) -> Settings:
        """The same with what the vault holds, by the variables' names without CLOSEOUT_.

        `shut` says what does not open there, and why. What the environment says wins. Raises SettingsError as
        `load` does.
        """
        added = {name: value for name, value in vault.items() if not self.environment.get(name)}
        return replace(
            self,
            public_url=self.public_url or wellformed.web_address(added.get("PUBLIC_URL", "")),
            status_token=self.status_token or added.get("STATUS_TOKEN", ""),
            environment={**self.environment, **added},
            vaulted=frozenset(added),
            shut={name: why for name, why in (shut or {}).items() if not self.environment.get(name)},
        )

    def with_keys_read(self) -> Settings:
        """The same, with the keys that their file holds now."""
        return self if self.is_key_given else replace(self, keys=read_keys(self.key_path))

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def engine_url(self) -> str:
        """The workflow engine's database: with SQLite a file of its own beside ours, else the same server."""
        if not self.is_sqlite:
            return self.database_url
        url = make_url(self.database_url)
        path = Path(url.database or "closeout.db")
        return str(url.set(database=str(path.with_name(f"{path.stem}-engine{path.suffix}"))))

    @property
    def lock_path(self) -> Path:
        """With SQLite: the file whose lock says that a server is using this database."""
        return Path(f"{make_url(self.database_url).database}.lock")


def for_child(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: this one's without any variable of ours, and `more`."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | dict(more)


def variable(name: str, suffix: str) -> str:
    """The variable of a connection or gateway: ("my-forge", "TOKEN") → CLOSEOUT_MY_FORGE_TOKEN."""
    return PREFIX + short(name, suffix)


def short(name: str, suffix: str) -> str:
    """The same without its prefix, as the vault and `Settings.environment` name it: MY_FORGE_TOKEN."""
    return f"{name.upper().replace('-', '_')}_{suffix}"


def _with_files(environ: Mapping[str, str]) -> dict[str, str]:
    values = {k.removeprefix(PREFIX): v for k, v in environ.items() if k.startswith(PREFIX)}
    for name in [name for name in values if name.endswith("_FILE") and name != "KEY_FILE"]:
        plain = name.removesuffix("_FILE")
        if values.get(plain):
            raise SettingsError(
                f"{PREFIX}{plain} is set as well", where=f"{PREFIX}{name}", mend="Set one of the two"
            )
        try:
            values[plain] = Path(values[name]).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"can not read {values[name]}: {error}",
                where=f"{PREFIX}{name}",
                mend="Name a readable text file",
            ) from error
    return values


def read_keys(path: Path) -> tuple[str, ...]:
    """The keys of a key file, the newest first; none where there is no file. Raises SettingsError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"can not read the key: {error}", where=str(path), mend="Let this account read it"
        ) from error
    return wellformed.keys(text, str(path))


def _key_beside(database_url: str) -> Path:
    """With SQLite the key lies beside the database; else in the folder in which the server was started."""
    if not database_url.startswith("sqlite"):
        return Path("closeout.key")
    return Path(make_url(database_url).database or "closeout.db").with_suffix(".key")
