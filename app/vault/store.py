"""Putting secrets into the vault and reading them again, by the names of the settings variables.

A value is sealed together with its name, so that who can write the database, but lacks the key, can not give
one connection's token to another. Values are never logged, shown or written into an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.fernet import InvalidToken

from app.db import Database, now, serialise
from app.errors import SettingsError
from app.settings import Settings
from app.vault.keys import alone_with, ciphers, new_key, with_key, write_keys
from app.vault.tables import vault
from app.wellformed import PREFIX

Stamp = tuple[tuple[str, str], ...]
_ROWS = sa.select(vault.c.name, vault.c.sealed).order_by(vault.c.name)


@dataclass(frozen=True, slots=True)
class Opened:
    """What the vault holds, by name: the values, and why the others do not open (`shut`)."""

    values: dict[str, str]
    shut: dict[str, SettingsError]

    def require_any(self) -> None:
        """Raises SettingsError where there is something and none of it opens: the key is another one."""
        if self.shut and not self.values:
            raise next(iter(self.shut.values()))


class Vault:
    """The secrets of one database, under the keys of one installation."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self._settings = db, settings

    @property
    def settings(self) -> Settings:
        """The settings with the keys as they were last read."""
        return self._settings

    def stamp(self) -> Stamp:
        """Changes whenever anything in the vault does."""
        with self.db.reading() as connection:
            return _rows(connection)

    def opened(self) -> Opened:
        """Everything, row by row: one that does not open leaves the others as they are."""
        rows = self.stamp()
        found = self._opened(rows)
        if found.shut:
            with suppress(SettingsError):  # without a key what is shut stays so, and says why
                self._read_keys_again()  # they may have been rotated beside us
            found = self._opened(rows)
        return found

    def values(self) -> dict[str, str]:
        """Every value that opens, by its name."""
        return self.opened().values

    def keys(self) -> tuple[str, ...]:
        """This installation's keys as they are now, the newest first; made where there are none yet."""
        self._have_key()
        return self.present_keys()

    def present_keys(self) -> tuple[str, ...]:
        """The same, but none where there are none yet: a stranger's request makes no key."""
        self._read_keys_again()
        return self._settings.keys

    def names(self) -> list[tuple[str, str]]:
        """What is in the vault, without the values: the name of each, and when it was last changed."""
        query = sa.select(vault.c.name, vault.c.changed_at).order_by(vault.c.name)
        with self.db.reading() as connection:
            return [(name, changed_at) for name, changed_at in connection.execute(query)]

    def put(self, values: Mapping[str, str]) -> None:
        """Write these values, all or none; an empty one is removed.

        Raises SettingsError where this installation's key opens nothing of what is there: sealed with two
        unrelated keys, neither server could open all of it. Without values it only looks whether it could.
        """
        self._have_key()
        with self.db.transaction() as connection:
            # A rotation seals again what was committed before it, and what comes after it reads its keys.
            serialise(connection, "vault")
            self._read_keys_again()
            self._opened(_rows(connection)).require_any()
            cipher = ciphers(self._settings.keys)
            connection.execute(sa.delete(vault).where(vault.c.name.in_(values)))
            for name, value in values.items():
                if value:
                    sealed = cipher.encrypt(json.dumps([name, value]).encode()).decode()
                    row = {"name": name, "sealed": sealed, "changed_at": now()}
                    connection.execute(sa.insert(vault).values(**row))

    def remove(self, names: Iterable[str]) -> None:
        with self.db.transaction() as connection:
            connection.execute(sa.delete(vault).where(vault.c.name.in_(list(names))))

    def rotate(self, *, forget_old: bool = False) -> int:
        """Seal everything with the newest key, and answer how many values that were.

        Where the key is a file, a new one is made first; the last one stays understood until the next
        rotation (clients' links were signed with it), unless `forget_old`. Killed in between, nothing is
        lost: the file has both keys before the first value changes, and the next rotation does the rest.
        Raises SettingsError, and changes nothing, where a value does not open.
        """
        self._have_key()
        if self._settings.is_key_given:
            return self._seal_again()
        path = self._settings.key_path
        with alone_with(path):  # two at once would each write over the key that the other one sealed with
            self._read_keys_again()
            _require_all(self._opened(self.stamp()))
            write_keys(path, [new_key(), *self._settings.keys])
            self._read_keys_again()
            count = self._seal_again()
            write_keys(path, self._settings.keys[: 1 if forget_old else 2])
            self._read_keys_again()
        return count

    def _seal_again(self) -> int:
        cipher = ciphers(self._settings.keys)
        with self.db.transaction() as connection:
            serialise(connection, "vault")
            rows = _rows(connection)
            _require_all(self._opened(rows))
            for name, sealed in rows:
                fresh = cipher.rotate(sealed.encode()).decode()
                connection.execute(sa.update(vault).where(vault.c.name == name).values(sealed=fresh))
        return len(rows)

    def _have_key(self) -> None:
        """A key to seal with; never a new one where something is sealed with one that is missing here."""
        if not self._settings.keys and self.names():
            raise self._missing()
        self._settings = with_key(self._settings)

    def _read_keys_again(self) -> None:
        settings = self._settings.with_keys_read()
        if self._settings.keys and not settings.keys:
            raise self._missing()
        self._settings = settings

    def _missing(self) -> SettingsError:
        return SettingsError(
            "the key with which the vault was sealed is missing",
            where=str(self._settings.key_path),
            mend="Put the file back, or set CLOSEOUT_KEY to its content",
        )

    def _opened(self, rows: Stamp) -> Opened:
        found = Opened({}, {})
        cipher = ciphers(self._settings.keys) if self._settings.keys else None
        for name, sealed in rows:
            try:
                sealed_name, value = json.loads(cipher.decrypt(sealed.encode())) if cipher else ("", "")
            except InvalidToken:
                sealed_name = ""
            if sealed_name == name:
                found.values[name] = value
            else:
                found.shut[name] = self._shut(name, sealed_name)
        return found

    def _shut(self, name: str, sealed_name: str) -> SettingsError:
        again = f"closeout vault remove {PREFIX}{name}, then connect it again or put it in again"
        if sealed_name:
            return SettingsError(
                f"the vault's {name} is {sealed_name}'s value: somebody wrote into the database",
                where=f"{PREFIX}{name}",
                mend=f"Find out who can write to this database; {again}",
            )
        return SettingsError(
            f"the vault's {name} was sealed with another key, or changed by somebody",
            where=f"{PREFIX}KEY" if self._settings.is_key_given else str(self._settings.key_path),
            mend=f"Use the key with which it was sealed, the server's CLOSEOUT_KEY or its file; else {again}",
        )


def _rows(connection: sa.Connection) -> Stamp:
    return tuple((name, sealed) for name, sealed in connection.execute(_ROWS))


def _require_all(opened: Opened) -> None:
    for error in opened.shut.values():
        raise SettingsError(error.what, where=error.where, mend=f"Nothing was changed. {error.mend}")
