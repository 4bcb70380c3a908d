"""The one-time code that lets somebody set this server up: whoever reads its log, or has its shell.

A code is good once and for a day, and making one replaces the one before. The database keeps a keyed digest.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.db import Database, later, now, serialise, stamp
from app.errors import CloseoutError
from app.setup.tables import setup_codes, setup_tries

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without what is mistaken for something else; 32 signs, so that 12 of them have 60 bits."""
GROUPS, GROUP = 3, 4
LIVES_S = 24 * 3600
MOST_TRIES = 20
WINDOW = timedelta(minutes=10)
"""So many wrong codes, by whomever, are taken within this time; then not even the right one is looked at."""


class TooManyTries(CloseoutError):
    """Too many wrong codes were given lately; `retry_after_s` says when the next one is looked at."""

    permanent = False

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "too many wrong codes were given",
            mend=f"Try again in {retry_after_s} s, or make a new code with: closeout setup",
        )
        self.retry_after_s = retry_after_s


class Codes:
    """The code of one installation. `keys` are its keys, the newest first, asked for when they are needed."""

    def __init__(self, db: Database, keys: Callable[[], Sequence[str]]) -> None:
        self._db, self._keys = db, keys

    def make(self) -> str:
        """A new code, in place of the one before; wrong tries are forgotten: those were for that one."""
        signs = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)]
        code = "-".join("".join(signs[first : first + GROUP]) for first in range(0, len(signs), GROUP))
        row = {"digest": _digest(self._keys()[0], code), "ends_at": later(LIVES_S)}
        with self._db.transaction() as connection:
            serialise(connection, "setup codes")
            connection.execute(sa.delete(setup_codes))
            connection.execute(sa.delete(setup_tries))
            connection.execute(sa.insert(setup_codes).values(**row))
        return code

    def withdraw(self) -> None:
        """No code is good any more."""
        with self._db.transaction() as connection:
            connection.execute(sa.delete(setup_codes))

    def take(self, given: str) -> bool:
        """Whether this is the code; it is used up then. Raises TooManyTries."""
        keys = self._keys()
        with self._db.transaction() as connection:
            serialise(connection, "setup codes")
            _bound(connection)
            still_good = sa.select(setup_codes.c.digest).where(setup_codes.c.ends_at > now())
            digest = connection.scalar(still_good) or ""
            if any(hmac.compare_digest(_digest(key, given), digest) for key in keys):
                connection.execute(sa.delete(setup_codes))
                return True
            connection.execute(sa.insert(setup_tries).values(at=now()))
        return False


def _bound(connection: sa.Connection) -> None:
    since = datetime.now(UTC) - WINDOW
    connection.execute(sa.delete(setup_tries).where(setup_tries.c.at <= stamp(since)))
    tries = connection.scalars(sa.select(setup_tries.c.at).order_by(setup_tries.c.at)).all()
    if len(tries) >= MOST_TRIES:
        wait = datetime.fromisoformat(tries[-MOST_TRIES]) - since
        raise TooManyTries(max(1, int(wait.total_seconds()) + 1))


def _digest(key: str, code: str) -> str:
    """Of the code as it was meant: dashes, spaces and small letters make no difference."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())[:100]
    return hmac.new(key.encode(), f"closeout setup code {signs}".encode(), "sha256").hexdigest()
