"""Who set the right code: a signed cookie, what its forms carry, and what goes to GitHub and comes back.

Nothing of a session is stored but its era, which all sessions share: ending it ends them all. A session ends
after half a day as well, and when the installation has a newer key.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import astuple, dataclass
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData, Signer, URLSafeTimedSerializer

from app.db import Database, insert_or_ignore, now, serialise
from app.setup.tables import setup_codes, setup_eras, setup_used
from app.vault.store import Vault

LIVES_S = 12 * 3600
STATE_LIVES_S = 3600
"""As long as GitHub's own code lives,
https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest"""

_HOW: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
"""Not the library's defaults, which are SHA-1, https://itsdangerous.palletsprojects.com/en/stable/signer/"""


@dataclass(frozen=True, slots=True)
class Errand:
    """What was sent to GitHub: the App for which connection, at which server ("" is github.com).

    `nonce` makes it single. `replaces` says that the operator wants another App in place of the present one.
    """

    nonce: str
    connection: str
    host: str
    replaces: bool


class Sessions:
    """Makes, reads and ends them. The newest of the installation's keys signs, and no older one counts."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db, self._vault = db, vault

    def begin(self) -> str:
        """A new session, as its cookie says it."""
        with self._db.transaction() as connection:
            serialise(connection, "setup sessions")
            era = connection.scalar(sa.select(setup_eras.c.era))
            if era is None:
                era = secrets.token_urlsafe(18)
                connection.execute(sa.insert(setup_eras).values(era=era))
        return self._signed("session").dumps([era, secrets.token_urlsafe(18)])

    def read(self, cookie: str) -> str | None:
        """The session of a cookie; None when it is over, or none of ours."""
        try:
            era, session = self._signed("session").loads(cookie, max_age=LIVES_S)
        except (BadData, UnicodeError):
            return None
        with self._db.reading() as connection:
            present = connection.scalar(sa.select(setup_eras.c.era))
        return str(session) if era == present else None

    def end_all(self) -> None:
        """End every session that was begun before now, in whichever browser."""
        with self._db.transaction() as connection:
            serialise(connection, "setup sessions")
            connection.execute(sa.delete(setup_eras))

    def seal(self, session: str) -> str:
        """What a form of this session carries, so that nobody else can have the browser send one."""
        return self._signer().get_signature(session).decode()

    def is_sealed(self, session: str, given: str) -> bool:
        return given.isascii() and self._signer().verify_signature(session, given)

    def send(self, session: str, connection: str, host: str, *, replaces: bool) -> str:
        """The `state` of an errand to GitHub, which only this session can bring to its end."""
        errand = Errand(secrets.token_urlsafe(18), connection, host, replaces)
        return self._signed("state").dumps([session, *astuple(errand)])

    def returned(self, session: str, state: str) -> Errand | None:
        """What a `state` was about; None for another session's, an old one, or one that we did not sign."""
        try:
            whose, *rest = self._signed("state").loads(state, max_age=STATE_LIVES_S)
            return Errand(*rest) if whose == session else None
        except (BadData, TypeError, UnicodeError):
            return None

    def _signed(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key(), salt=f"closeout setup {purpose}", signer_kwargs=_HOW)

    def _signer(self) -> Signer:
        return Signer(self._key(), salt="closeout setup form", **_HOW)

    def _key(self) -> str:
        """Where there is no key yet nobody has a session, and one that nobody knows reads none."""
        return next(iter(self._vault.present_keys()), "") or secrets.token_hex()


def shut_out(writing: sa.Connection) -> None:
    """No session and no code counts any more: these rows were restored, and were ended or used since."""
    for table in (setup_eras, setup_codes):
        writing.execute(sa.delete(table))


def use_up(db: Database, nonce: str) -> bool:
    """Whether this is the first time; of two at once it is so for one."""
    with db.transaction() as connection:
        insert = insert_or_ignore(connection, setup_used).values(nonce=nonce, at=now())
        return connection.execute(insert.returning(setup_used.c.nonce)).first() is not None


def give_back(db: Database, nonce: str) -> None:
    """Let it be used once more: nothing came of it."""
    with db.transaction() as connection:
        connection.execute(sa.delete(setup_used).where(setup_used.c.nonce == nonce))
