"""Putting secrets into the vault and reading them again, by the names of the settings variables.

A value is sealed together with its name, so that who can write the database, but lacks the key, can not give
one connection's token to another. Values are never logged, shown or written into an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from cryptography.fernet import InvalidToken

from app.db import Database, now
from app.errors import SettingsError
from app.settings import Settings, read_keys
from app.vault.keys import ciphers, new_key, with_key, write_keys
from app.vault.tables import vault
from app.wellformed import PREFIX

Stamp = tuple[tuple[str, str], ...]


class Vault:
    """The secrets of one database, under the keys of one installation."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings

    @property
    def settings(self) -> Settings:
        """The settings with the keys as they were last read."""
        return self._settings

    def stamp(self) -> Stamp:
        """Changes whenever anything in the vault does."""
        query = sa.select(vault.c.name, vault.c.sealed).order_by(vault.c.name)
        with self._db.reading() as connection:
            return tuple((name, sealed) for name, sealed in connection.execute(query))

    def values(self) -> dict[str, str]:
        """Every value by its name. Raises SettingsError where this installation's keys do not fit."""
        rows = self.stamp()
        try:
            return self._opened(rows)
        except _WrongKey:
            self._read_keys_again()  # they may have been rotated beside us
        try:
            return self._opened(rows)
        except _WrongKey as wrong:
            raise SettingsError(
                f"the vault's {wrong} was sealed with another key",
                where=f"{PREFIX}KEY" if self._settings.is_key_given else str(self._settings.key_path),
                mend="Give this server the key with which it was sealed: the same CLOSEOUT_KEY, or that file",
            ) from wrong

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
        with self._db.reading() as connection:
            return [(name, changed_at) for name, changed_at in connection.execute(query)]

    def put(self, values: Mapping[str, str]) -> None:
        """Write these values, all or none; an empty one is removed."""
        self._have_key()
        cipher = ciphers(self._settings.keys)
        with self._db.transaction() as connection:
            connection.execute(sa.delete(vault).where(vault.c.name.in_(values)))
            for name, value in values.items():
                if value:
                    sealed = cipher.encrypt(json.dumps([name, value]).encode()).decode()
                    row = {"name": name, "sealed": sealed, "changed_at": now()}
                    connection.execute(sa.insert(vault).values(**row))

    def remove(self, names: Iterable[str]) -> None:
        with self._db.transaction() as connection:
            connection.execute(sa.delete(vault).where(vault.c.name.in_(list(names))))

    def rotate(self, *, forget_old: bool = False) -> int:
        """Seal everything with the newest key, and answer how many values that were.

        Where the key is a file, a new one is made first; the last one stays understood until the next
        rotation (clients' links were signed with it), unless `forget_old`. Killed in between, nothing is
        lost: the file has both keys before the first value changes, and the next rotation does the rest.
        """
        self._have_key()
        if not self._settings.is_key_given:
            last = read_keys(self._settings.key_path)
            write_keys(self._settings.key_path, [new_key(), *last])
            self._read_keys_again()
        count = self._seal_again()
        if not self._settings.is_key_given:
            write_keys(self._settings.key_path, self._settings.keys[: 1 if forget_old else 2])
            self._read_keys_again()
        return count

    def _seal_again(self) -> int:
        cipher = ciphers(self._settings.keys)
        with self._db.transaction() as connection:
            rows = connection.execute(sa.select(vault.c.name, vault.c.sealed).with_for_update()).all()
            for name, sealed in rows:
                try:
                    fresh = cipher.rotate(sealed.encode()).decode()
                except InvalidToken as error:
                    raise SettingsError(
                        f"the vault's {name} was sealed with another key",
                        where=f"{PREFIX}KEY",
                        mend="Nothing was changed. Add the key with which it was sealed after the new one",
                    ) from error
                connection.execute(sa.update(vault).where(vault.c.name == name).values(sealed=fresh))
        return len(rows)

    def _have_key(self) -> None:
        """A key to seal with; never a new one where something is sealed with one that is missing here."""
        if not self._settings.keys and self.names():
            raise SettingsError(
                "the key with which the vault was sealed is missing",
                where=str(self._settings.key_path),
                mend="Put the file back, or set CLOSEOUT_KEY to its content",
            )
        self._settings = with_key(self._settings)

    def _read_keys_again(self) -> None:
        self._settings = self._settings.with_keys_read()

    def _opened(self, rows: Stamp) -> dict[str, str]:
        found = {}
        cipher = ciphers(self._settings.keys) if self._settings.keys else None
        for name, sealed in rows:
            try:
                opened = cipher.decrypt(sealed.encode()) if cipher else b""
            except InvalidToken as error:
                raise _WrongKey(name) from error
            if not opened:
                raise _WrongKey(name)
            sealed_name, value = json.loads(opened)
            if sealed_name != name:
                raise SettingsError(
                    f"the vault's {name} is {sealed_name}'s value: somebody wrote into the database",
                    mend="Connect it again, and find out who can write to this database",
                )
            found[name] = value
        return found


class _WrongKey(Exception):
    """No key opens this; the text is the name of the value."""
