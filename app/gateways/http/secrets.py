"""The secret that a platform and we share, as it stands in the environment."""

from __future__ import annotations

from app.errors import SettingsError
from app.signatures import read_key

_PREFIX = "whsec_"
_MAKE_ONE = (
    "Make one with: python3 -c "
    "\"import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)


def read_secrets(text: str, variable: str) -> tuple[bytes, ...]:
    """Read "whsec_… whsec_…", each of 24–64 bytes. Raises SettingsError, which names `variable`."""
    words = text.split()
    if not words:
        raise SettingsError("the secret is missing", where=variable, mend=_MAKE_ONE)
    for word in words:
        if not word.isascii() or not word.startswith(_PREFIX) or not 24 <= len(read_key(word.encode())) <= 64:
            raise SettingsError(
                "the secret is not whsec_ followed by the base64 of 24 to 64 bytes",
                where=variable,
                mend=_MAKE_ONE,
            )
    return tuple(word.encode() for word in words)
