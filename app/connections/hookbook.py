"""Which webhooks are ours, with the secret that each was given: one for a repository, or for a GitHub App."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from app.connections.tables import hooks
from app.db import Database
from app.events import Repository


@dataclass(frozen=True, slots=True)
class OurHook:
    """A webhook of ours. `secret_at` is when the secret that it has was stored (see `Kept.secret_at`)."""

    connection: str
    forge: str
    repository_id: str
    full_name: str
    hook_id: str
    url: str
    secret_at: str

    @property
    def repository(self) -> Repository:
        return Repository(self.repository_id, self.full_name)


class HookBook:
    """Reads and writes the table of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, connection: str) -> list[OurHook]:
        """The webhooks of a connection, by the names of their repositories."""
        columns = [hooks.c[name] for name in OurHook.__dataclass_fields__]
        query = sa.select(*columns).where(hooks.c.connection == connection).order_by(hooks.c.full_name)
        with self._db.reading() as reading:
            return [OurHook(**row) for row in reading.execute(query).mappings()]

    def write(self, hook: OurHook) -> None:
        """Remember a webhook, in place of what was known of its repository."""
        mine = self._is(hook.connection, hook.repository_id)
        with self._db.transaction() as connection:
            changed = connection.execute(sa.update(hooks).where(mine).values(**asdict(hook)))
            if changed.rowcount == 0:
                connection.execute(sa.insert(hooks).values(**asdict(hook)))

    def forget(self, hook: OurHook) -> None:
        with self._db.transaction() as connection:
            connection.execute(sa.delete(hooks).where(self._is(hook.connection, hook.repository_id)))

    def forget_all(self, connection: str) -> None:
        """The connection is none any more."""
        with self._db.transaction() as writing:
            writing.execute(sa.delete(hooks).where(hooks.c.connection == connection))

    def _is(self, connection: str, repository_id: str) -> sa.ColumnElement[bool]:
        return sa.and_(hooks.c.connection == connection, hooks.c.repository_id == repository_id)
