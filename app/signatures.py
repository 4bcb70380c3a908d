"""Proving who sent a delivery: three ways, each over the raw bytes, in constant time. Pure.

Every secret given is accepted, so that one can be replaced without losing deliveries. No secret, or an empty
one, verifies nothing. Whatever is odd about a header is a SignatureError, never another exception.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import time
from collections.abc import Mapping

from app.errors import SignatureError

TOLERANCE_S = 300
_MEND = "Compare the secret at the sender with the one that is configured here"
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


def verify_hmac_sha256(
    header: str | None, body: bytes, secrets: tuple[bytes, ...], *, prefix: str = "", name: str = ""
) -> None:
    """Check `prefix` + lower-case hex of HMAC-SHA256(body), as GitHub ("sha256=") and Gitea ("") send it.

    `name` is the header's, for the message. Raises SignatureError.
    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    name = name or "signature"
    if not header:
        raise SignatureError("the delivery is not signed", where=name, mend="Set a secret for this webhook")
    claimed = header.removeprefix(prefix)
    if not header.startswith(prefix) or not _HEX.fullmatch(claimed):
        raise SignatureError(
            f"this is not {prefix or 'a bare'} HMAC-SHA256 in lower-case hex", where=name, mend=_MEND
        )
    is_right = False
    for secret in secrets:
        expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
        is_right |= bool(secret) and hmac.compare_digest(expected.encode(), claimed.encode())
    if not is_right:
        raise SignatureError("the signature does not match the body", where=name, mend=_MEND)


def verify_token(header: str | None, secrets: tuple[bytes, ...], *, name: str = "x-gitlab-token") -> None:
    """Check a secret that is sent in plain text, as GitLab does. Raises SignatureError.

    https://docs.gitlab.com/user/project/integrations/webhooks/
    """
    if not header:
        raise SignatureError(
            "the delivery carries no token", where=name, mend="Set a secret token for this webhook"
        )
    claimed = header.encode("utf-8", "surrogatepass")
    is_right = False
    for secret in secrets:
        is_right |= bool(secret) and hmac.compare_digest(secret, claimed)
    if not is_right:
        raise SignatureError("the token is not the one configured here", where=name, mend=_MEND)


def verify_standard_webhook(
    headers: Mapping[str, str],
    body: bytes,
    secrets: tuple[bytes, ...],
    *,
    now_s: float | None = None,
    tolerance_s: int = TOLERANCE_S,
) -> None:
    """Check webhook-id, -timestamp and -signature (`v1,<base64>`, several with spaces between).

    Secrets are `whsec_` + base64; `now_s` is the present in seconds since 1970. Raises SignatureError.
    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not message_id.isascii():
        raise SignatureError("it is missing or not ASCII", where="webhook-id", mend=_MEND)
    if not re.fullmatch(r"[0-9]{1,12}", timestamp, re.ASCII):
        raise SignatureError("it is not a number of seconds", where="webhook-timestamp", mend=_MEND)
    off_s = (time.time() if now_s is None else now_s) - int(timestamp)
    if abs(off_s) > tolerance_s:
        raise SignatureError(
            f"it is {abs(off_s):.0f} seconds {'old' if off_s > 0 else 'ahead'}, allowed are {tolerance_s} s",
            where="webhook-timestamp",
            mend="Set both clocks by NTP",
        )
    claimed = [word[3:] for word in headers.get("webhook-signature", "").split(" ") if word.startswith("v1,")]
    if not claimed:
        raise SignatureError("there is no v1 signature", where="webhook-signature", mend=_MEND)
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    is_right = False
    for key in filter(None, map(read_key, secrets)):
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        for one in claimed:
            is_right |= hmac.compare_digest(expected, one.encode("utf-8", "surrogatepass"))
    if not is_right:
        raise SignatureError("no signature matches the body", where="webhook-signature", mend=_MEND)


def sign_standard_webhook(secrets: tuple[bytes, ...], message_id: str, body: bytes) -> dict[str, str]:
    """The three headers of one attempt, stamped with the present second: a signature for each secret."""
    timestamp = str(int(time.time()))
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    proofs = [base64.b64encode(hmac.new(read_key(one), signed, hashlib.sha256).digest()) for one in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{proof.decode()}" for proof in proofs),
    }


def new_standard_secret() -> str:
    """A fresh secret for these signatures, of 32 bytes."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def read_key(secret: bytes) -> bytes:
    """The bytes behind `whsec_…`, empty where it is not valid base64: then it verifies nothing."""
    encoded = secret.removeprefix(b"whsec_")
    try:
        return base64.b64decode(encoded + b"=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        return b""
