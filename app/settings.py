"""Settings from the environment, read once into one frozen object. The only file that reads the environment.

Fixed names carry the prefix CLOSEOUT_; the secrets of connections and gateways carry their name as well:
connection `my-forge` reads CLOSEOUT_MY_FORGE_WEBHOOK_SECRET and CLOSEOUT_MY_FORGE_TOKEN, gateway `platform`
reads CLOSEOUT_PLATFORM_SECRET. Each may be given as NAME_FILE, the path of a file that holds the value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.errors import SettingsError

PREFIX = "CLOSEOUT_"
LOG_LEVELS = ("debug", "info", "warning", "error")
SHORTEST_KEY = 32
LONGEST_PAUSE_S = 86_400
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")


@dataclass(frozen=True)
class Settings:
    """What the process was told. `repr` shows no value that came from the environment unasked."""

    config: Path = Path("config/closeout.yml")
    database_url: str = "sqlite:///closeout.db"
    worker_id: str = "main"
    log_level: str = "info"
    public_url: str = ""
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
        default = next(
            (p for p in ("closeout.yml", "config/closeout.yml") if Path(p).exists()), "closeout.yml"
        )
        database_url = _database_url(values.get("DATABASE_URL") or "sqlite:///closeout.db")
        key_path = Path(values.get("KEY_FILE") or _key_beside(database_url))
        is_key_given = bool(values.get("KEY"))
        if is_key_given and values.get("KEY_FILE"):
            raise SettingsError(
                f"{PREFIX}KEY is set as well", where=f"{PREFIX}KEY_FILE", mend="Set one of the two"
            )
        keys = _keys(values["KEY"], f"{PREFIX}KEY") if is_key_given else read_keys(key_path)
        return Settings(
            config=Path(values.get("CONFIG") or default),
            database_url=database_url,
            worker_id=values.get("WORKER_ID") or "main",
            log_level=level,
            public_url=_web_address(values.get("PUBLIC_URL", "")).rstrip("/"),
            status_token=values.get("STATUS_TOKEN", ""),
            keys=keys,
            key_path=key_path,
            is_key_given=is_key_given,
            smtp_url=_smtp_url(values.get("SMTP_URL", "")),
            mail_from=_address(values.get("MAIL_FROM", "")),
            sweep_s=_seconds("SWEEP_S", values.get("SWEEP_S") or "300"),
            environment=values,
        )

    def value(self, name: str, suffix: str) -> str:
        """The value of CLOSEOUT_<NAME>_<SUFFIX>, "" when unset."""
        return self.environment.get(variable(name, suffix).removeprefix(PREFIX), "")

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

    def over(self, vault: Mapping[str, str]) -> Settings:
        """The same with what the vault holds, by the variables' names without CLOSEOUT_.

        What the environment says wins. Raises SettingsError as `load` does.
        """
        added = {name: value for name, value in vault.items() if not self.environment.get(name)}
        return replace(
            self,
            public_url=self.public_url or _web_address(added.get("PUBLIC_URL", "")).rstrip("/"),
            status_token=self.status_token or added.get("STATUS_TOKEN", ""),
            environment={**self.environment, **added},
            vaulted=frozenset(added),
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
    return f"{PREFIX}{name.upper().replace('-', '_')}_{suffix}"


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


def _seconds(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= LONGEST_PAUSE_S):
        raise SettingsError(
            f"{text!r} is no number of seconds",
            where=f"{PREFIX}{name}",
            mend=f"Use a whole number up to {LONGEST_PAUSE_S}; 0 switches it off",
        )
    return int(text)


def _database_url(text: str) -> str:
    where, mend = f"{PREFIX}DATABASE_URL", "Use sqlite:///closeout.db or postgresql://user:password@host/name"
    try:
        url: URL = make_url(
            "postgresql" + text.removeprefix("postgres") if text.startswith("postgres:") else text
        )
    except (ArgumentError, ValueError) as error:
        raise SettingsError("this is not a database URL", where=where, mend=mend) from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(f"{url.get_backend_name()} is not supported", where=where, mend=mend)
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError("an in-memory database would forget releases", where=where, mend=mend)
    return url.render_as_string(hide_password=False)


def _web_address(text: str) -> str:
    """Where people reach this server; "" where nobody was told."""
    try:
        parts = urlsplit(text)
        is_usable = not text or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        is_usable = False
    if not is_usable or not text.isprintable() or " " in text or parts.query or parts.fragment:
        raise SettingsError(
            f"{text!r} is not a web address",
            where=f"{PREFIX}PUBLIC_URL",
            mend="Use what people open, for example https://closeout.studio.example",
        )
    return text


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
    found = _keys(text, str(path))
    if not found:
        raise SettingsError("the key file is empty", where=str(path), mend="Put its content back")
    return found


def _keys(text: str, where: str) -> tuple[str, ...]:
    """Keys with white space between, from which links and the vault are sealed."""
    found = tuple(text.split())
    if any(len(key) < SHORTEST_KEY for key in found):
        raise SettingsError(
            f"the key is shorter than {SHORTEST_KEY} characters, so that it could be guessed",
            where=where,
            mend="Make one, for example with: openssl rand -base64 32",
        )
    return found


def _key_beside(database_url: str) -> Path:
    """With SQLite the key lies beside the database; else in the folder in which the server was started."""
    if not database_url.startswith("sqlite"):
        return Path("closeout.key")
    return Path(make_url(database_url).database or "closeout.db").with_suffix(".key")


def _smtp_url(text: str) -> str:
    """Where mails are handed over; "" hands none over. A refusal shows nothing of the text."""
    where = f"{PREFIX}SMTP_URL"
    mend = "Use smtp://user:password@host:587 or smtps://user:password@host:465, credentials percent-encoded"
    try:
        parts = urlsplit(text)
        is_plain = text.isascii() and text.isprintable() and " " not in text
        is_usable = not text or (is_plain and _is_mail_server(parts))
    except ValueError as error:
        raise SettingsError("this is not the URL of a mail server", where=where, mend=mend) from error
    if not is_usable:
        raise SettingsError("this is not the URL of a mail server", where=where, mend=mend)
    return text


def _is_mail_server(parts: SplitResult) -> bool:
    credentials = (unquote(parts.username or ""), unquote(parts.password or ""))
    return (
        parts.scheme in ("smtp", "smtps")
        and bool(parts.hostname)
        and parts.port != 0
        and parts.path in ("", "/")
        and not (parts.query or parts.fragment)
        and bool(credentials[0]) == bool(credentials[1])
        and all(one.isascii() and one.isprintable() for one in credentials)
    )


def _address(text: str) -> str:
    if text and not _ADDRESS.fullmatch(text):
        raise SettingsError(
            f"{text!r} is not an e-mail address",
            where=f"{PREFIX}MAIL_FROM",
            mend="Write the address alone, for example billing@studio.example",
        )
    return text
