"""The signed link by which a client answers: who has it may accept or dispute, once, until the deadline.

The link is made from what the database says of the asking, so that the mail, its repetition and the command
line give the same one, and one of an earlier asking is known as such. Nothing is stored until it is used.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData, Signer, URLSafeSerializer

from app.settings import Settings

_HOW: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
"""Not the library's defaults, which are SHA-1, https://itsdangerous.palletsprojects.com/en/stable/signer/"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a link says: which asking it answers. `nonce` is its name; one nonce is used once."""

    release: str
    revision: int
    until: str
    nonce: str


class Links:
    """Makes links under `public_url` with the newest of `keys`, and reads those of any of them."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        self._public_url = public_url
        oldest_first = keys[::-1]
        self._tokens = URLSafeSerializer(oldest_first, salt="closeout acceptance link", signer_kwargs=_HOW)
        self._seals = Signer(oldest_first, salt="closeout acceptance form", **_HOW)

    @staticmethod
    def of(settings: Settings) -> Links | None:
        """The links of this installation; None while it has no key or does not know its own address."""
        if not (settings.keys and settings.public_url):
            return None
        return Links(settings.keys, settings.public_url)

    def url(self, row: sa.RowMapping) -> str:
        """The link for a release that waits for its client."""
        return f"{self._public_url}/accept/{self._tokens.dumps(astuple(claim_of(row)))}"

    def read(self, token: str) -> Claim | None:
        """What a link says; None when we did not sign it."""
        try:
            return Claim(*self._tokens.loads(token))
        except (BadData, TypeError):
            return None

    def seal(self, claim: Claim) -> str:
        """What a form of the page for `claim` carries, so that a bare POST to its address does nothing."""
        return self._seals.get_signature(claim.nonce).decode()

    def is_sealed(self, claim: Claim, given: str) -> bool:
        """Whether a form that carries `given` came from that page."""
        return self._seals.verify_signature(claim.nonce, given)


def claim_of(row: sa.RowMapping) -> Claim:
    """The present asking of a release. A new decision asks anew, even with the same deadline."""
    until = row["accept_by"] or ""
    name = "\n".join((row["id"], str(row["revision"]), row["decided_at"] or "", until))
    nonce = urlsafe_b64encode(hashlib.sha256(name.encode()).digest()[:18]).decode()
    return Claim(row["id"], row["revision"], until, nonce)
