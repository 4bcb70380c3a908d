"""One after the other: a browser and a command that connect at once must not each write half."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.db import Database
from app.errors import StorageUnavailable


@contextmanager
def alone(db: Database) -> Iterator[None]:
    """Inside the block nobody else connects or changes anything, in no other thread and no other process.

    A dead process's turn ends with it. With SQLite, which locks nothing between its transactions, it is the
    lock of a file beside the database. Raises StorageUnavailable where that can not be made.
    """
    if not db.is_sqlite:
        with db.turn_of("connections"):
            yield
        return
    path = f"{sa.make_url(db.url).database}.connections.lock"
    try:
        file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)  # another account's command may have made it
    except OSError as error:
        mend = "Let this account read it, and write beside the database"
        raise StorageUnavailable(f"can not lock: {error.strerror}", where=path, mend=mend) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
