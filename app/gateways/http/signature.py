"""Standard Webhooks signatures, both ways: one or several secrets, raw bytes, constant time.

A signature is "v1," and the base64 of HMAC-SHA256 over `id.timestamp.body`; a header may carry several,
separated by spaces, while a secret is rotated. Source: https://www.standardwebhooks.com (specification).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Mapping

from app.errors import SettingsError, SignatureError

TOLERANCE_S = 300
_PREFIX = "whsec_"
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_MAKE_ONE = (
    "Make one with: python3 -c "
    "\"import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)


def read_secrets(text: str, variable: str) -> tuple[bytes, ...]:
    """Read "whsec_… whsec_…" as keys of 24–64 bytes. Raises SettingsError, which names `variable`."""
    words = text.split()
    if not words:
        raise SettingsError("the secret is missing", where=variable, mend=_MAKE_ONE)
    return tuple(_key(word, variable) for word in words)


def _key(word: str, variable: str) -> bytes:
    encoded = word.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not word.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise SettingsError(
            "the secret is not whsec_ followed by the base64 of 24 to 64 bytes",
            where=variable,
            mend=_MAKE_ONE,
        )
    return key


def sign(keys: tuple[bytes, ...], message_id: str, body: bytes) -> dict[str, str]:
    """The three signature headers of one attempt, stamped with the present second, one signature a key."""
    timestamp = str(int(time.time()))
    signatures = " ".join(_signature(key, message_id, timestamp, body) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signatures,
    }


def verify(keys: tuple[bytes, ...], headers: Mapping[str, str], body: bytes) -> None:
    """Accept when any signature fits any key and the timestamp is within TOLERANCE_S of now.

    Header names are in lower case. Raises SignatureError, nothing else, whatever the headers hold.
    """
    message_id, timestamp, given = (
        headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    if not (message_id and timestamp and given):
        raise SignatureError("a signature header is missing", where="webhook-signature")
    if _TIMESTAMP.fullmatch(timestamp) is None:
        raise SignatureError("the timestamp is not a count of seconds", where="webhook-timestamp")
    if abs(time.time() - int(timestamp)) > TOLERANCE_S:
        raise SignatureError(
            f"the timestamp is more than {TOLERANCE_S} s away from this clock",
            where="webhook-timestamp",
            mend="Sign each attempt anew, and check both clocks",
        )
    expected = [_signature(key, message_id, timestamp, body).encode() for key in keys]
    # Every pair is compared, on bytes: text that is not ASCII would make compare_digest raise.
    offered = [word.encode("utf-8", "surrogateescape") for word in given.split(" ")]
    fits = [hmac.compare_digest(one, other) for one in expected for other in offered]
    if not any(fits):
        raise SignatureError("the signature does not fit", where="webhook-signature")


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogateescape") + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
