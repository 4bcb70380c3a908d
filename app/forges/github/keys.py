"""What proves to GitHub that we are an App: its id and its private key. Neither is ever shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from github import Auth

from app.errors import ForgeError, ForgeNotFound, SettingsError
from app.forges.github.faults import asking

_APP_ID = re.compile(r"[0-9]{1,18}|Iv[A-Za-z0-9.]{8,60}", re.ASCII)
"""An App's id, or its client id: GitHub takes either as the issuer of a token."""
_KEY_MEND = "Check the App's id, its private key, and this machine's clock"


def as_app(app_id: str, private_key: str) -> Auth.AppAuth:
    """What signs as the App; `private_key` is PEM. Raises SettingsError for what can be no id or key."""
    if not _APP_ID.fullmatch(app_id):
        raise SettingsError(
            f"{app_id!r} is not the id of a GitHub App",
            where="app_id",
            mend="Write the App ID, or the client ID, from the App's settings page",
        )
    key = _read(private_key)
    if key is None:
        raise SettingsError(
            "this is not the private key of a GitHub App",
            where="private_key",
            mend="Give the whole .pem file as GitHub made it, its first and its last line included",
        )
    # The key itself in the place of its text: the library would read that again for each signature.
    return Auth.AppAuth(app_id, cast(Any, lambda: key))


@lru_cache(maxsize=4)
def _read(private_key: str) -> RSAPrivateKey | None:
    """None for what is no RSA key. Reading one checks its primes, some 40 ms, and an App is opened twice."""
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


@contextmanager
def asking_as_app(where: str) -> Iterator[None]:
    """As `asking`. What is missing here is our access, and never the issue that was asked about."""
    try:
        with asking(where, "that an App has itself", _KEY_MEND):
            yield
    except ForgeNotFound as error:
        what, mend = "GitHub does not know the App or its installation", "Look at the App's page at GitHub"
        refused = ForgeError(what, where=where, mend=mend)
        refused.status = error.status
        raise refused from error
