"""What proves to GitHub that we are an App: its id and its private key. Neither is ever shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.errors import ForgeError, ForgeNotFound, SettingsError
from app.forges.github.faults import asking

_APP_ID = re.compile(r"[0-9]{1,18}|Iv[A-Za-z0-9.]{8,60}", re.ASCII)
"""An App's id, or its client id: GitHub takes either as the issuer of a token."""
_KEY_MEND = "Check the App's id, its private key, and this machine's clock"


def check_app(app_id: str, private_key: str) -> None:
    """Raises SettingsError for what can be no App's id or key, without showing the key."""
    if not _APP_ID.fullmatch(app_id):
        raise SettingsError(
            f"{app_id!r} is not the id of a GitHub App",
            where="app_id",
            mend="Write the App ID, or the client ID, from the App's settings page",
        )
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(
            "this is not the private key of a GitHub App",
            where="private_key",
            mend="Give the whole .pem file as GitHub made it, its first and its last line included",
        )


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
