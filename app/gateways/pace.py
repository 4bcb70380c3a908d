"""How often all workers together may ask one account at a vendor: one row of the database tells them.

The generic cell rate algorithm: the row holds the moment at which the requests made so far would be spread
out evenly. A request moves it on by one interval, and waits where it is further ahead than a short burst.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from app.db import Database, insert_or_ignore, metadata
from app.errors import CloseoutError

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("next_us", sa.BigInteger, nullable=False),
)
"""`next_us`: that moment by the database's clock, in microseconds since 1970."""

LONGEST_WAIT_S = 2.0
LONGEST_PUSH_S = 600
"""A clock that jumped ahead and back again would else stop everything until it is there once more."""
_SECOND_US = 1_000_000


class TooSoon(CloseoutError):
    """No request may be made before `retry_after_s` seconds have passed; none was made."""

    permanent = False

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"the rate limit that all workers share is used up for {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `per_s` requests a second for `account`, and `burst` of them at once after a pause."""

    db: Database
    account: str
    per_s: int
    burst: int

    def wait(self, longest_s: float = LONGEST_WAIT_S) -> None:
        """Take the next place in the row of requests and wait for it.

        Raises TooSoon, and takes none, where that is more than `longest_s` away; StorageUnavailable.
        """
        wait_us = self._reserve(int(longest_s * _SECOND_US))
        if wait_us > 0:
            time.sleep(wait_us / _SECOND_US)

    def push(self, seconds: int) -> None:
        """The vendor wants no request for so long: all workers wait. Raises StorageUnavailable."""
        with self.db.transaction() as connection:
            next_us, now_us = self._locked(connection)
            burst_us = self.burst * (_SECOND_US // self.per_s)
            self._set(connection, max(next_us, now_us + min(seconds, LONGEST_PUSH_S) * _SECOND_US + burst_us))

    def _reserve(self, longest_us: int) -> int:
        """Microseconds to wait for the place that was taken."""
        interval_us = _SECOND_US // self.per_s
        with self.db.transaction() as connection:
            next_us, now_us = self._locked(connection)
            wait_us = max(0, next_us - now_us - self.burst * interval_us)
            if wait_us > longest_us:
                raise TooSoon(wait_us // _SECOND_US + 1)
            self._set(connection, max(next_us, now_us) + interval_us)
        return wait_us

    def _locked(self, connection: sa.Connection) -> tuple[int, int]:
        """The row, held until the transaction's end, and the present by the clock that all workers share."""
        mine = paces.c.account == self.account
        query = sa.select(paces.c.next_us).where(mine).with_for_update()
        next_us = connection.scalar(query)
        if next_us is None:
            connection.execute(insert_or_ignore(connection, paces).values(account=self.account, next_us=0))
            next_us = connection.scalar(query)
        now_us = time.time_ns() // 1000  # with SQLite all workers are on one machine
        if not self.db.is_sqlite:
            clock = sa.func.extract("epoch", sa.func.clock_timestamp()) * _SECOND_US
            now_us = int(connection.scalar(sa.select(sa.cast(clock, sa.BigInteger))) or 0)
        return min(int(next_us or 0), now_us + 2 * LONGEST_PUSH_S * _SECOND_US), now_us

    def _set(self, connection: sa.Connection, next_us: int) -> None:
        mine = paces.c.account == self.account
        connection.execute(sa.update(paces).where(mine).values(next_us=next_us))
