"""The one-time code that lets somebody set this server up: whoever reads its log, or has its shell.

A code is good once and for a day, and making one replaces the one before. The database keeps a keyed digest.
Wrong ones are not counted: at a thousand a second it takes 13,000 million days to try all that there are,
and a bound would only let strangers shut out who has the right one.
"""

from __future__ import annotations

import hmac
import secrets

import sqlalchemy as sa

from app.db import Database, later, now, serialise
from app.setup.tables import setup_codes
from app.vault.store import Vault

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without what is mistaken for something else; 32 signs, so that 12 of them have 60 bits."""
GROUPS, GROUP = 3, 4
LIVES_H = 24


class Codes:
    """The code of one installation, whose keys the vault knows."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db, self._vault = db, vault

    def make(self) -> str:
        """A new code, in place of the one before."""
        signs = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)]
        code = "-".join("".join(signs[first : first + GROUP]) for first in range(0, len(signs), GROUP))
        row = {"digest": _digest(self._vault.keys()[0], code), "ends_at": later(LIVES_H * 3600)}
        with self._db.transaction() as connection:
            serialise(connection, "setup codes")
            connection.execute(sa.delete(setup_codes))
            connection.execute(sa.insert(setup_codes).values(**row))
        return code

    def withdraw(self) -> None:
        """No code is good any more."""
        with self._db.transaction() as connection:
            connection.execute(sa.delete(setup_codes))

    def take(self, given: str) -> bool:
        """Whether this is the code; it is used up then. A wrong one costs one look and no write."""
        with self._db.reading() as connection:
            still_good = sa.select(setup_codes.c.digest).where(setup_codes.c.ends_at > now())
            digest = connection.scalar(still_good) or ""
        if not any(hmac.compare_digest(_digest(key, given), digest) for key in self._vault.present_keys()):
            return False
        with self._db.transaction() as connection:  # of two who give it at once, one deletes it
            mine = setup_codes.c.digest == digest
            return connection.execute(sa.delete(setup_codes).where(mine)).rowcount == 1


def _digest(key: str, code: str) -> str:
    """Of the code as it was meant: dashes, spaces and small letters make no difference."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())[:100]
    return hmac.new(key.encode(), f"closeout setup code {signs}".encode(), "sha256").hexdigest()
