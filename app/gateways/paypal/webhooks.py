"""Whether a callback is PayPal's: PayPal itself is asked, with the callback's very bytes.

https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from app.errors import GatewayError, SignatureError
from app.gateways.paypal.callbacks import is_object
from app.gateways.paypal.faults import Trouble
from app.gateways.paypal.session import Session, Talk
from app.gateways.transport import Limits

VERIFY = "/v1/notifications/verify-webhook-signature"
LARGEST = 256_000
"""Bytes of a body; PayPal's largest events have a tenth of that."""
LIMITS = Limits(timeout_s=3, total_s=5)
AT_ONCE = 4
"""Questions of one process at a time: more would let strangers keep every thread of it waiting."""
_OLDEST, _AHEAD = timedelta(days=4), timedelta(minutes=10)  # PayPal repeats an event for three days
_SHAPES = {
    "auth_algo": r"[A-Za-z0-9]{1,40}",
    "cert_url": r"https?://[!-~]{1,500}",
    "transmission_id": r"[A-Za-z0-9-]{8,64}",
    "transmission_sig": r"[A-Za-z0-9+/=]{20,1000}",
    "transmission_time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,20}Z",
}
_HEADERS = {name: f"paypal-{name.replace('_', '-')}" for name in _SHAPES}
_ASKING = threading.BoundedSemaphore(AT_ONCE)


def verify(session: Session, webhook_id: str, headers: Mapping[str, str], body: bytes) -> None:
    """Ask PayPal, after what costs nothing was looked at.

    Raises SignatureError; GatewayError, not permanent, where PayPal could not be asked now.
    """
    said = _plausible(session.base_url, headers, body)
    asked = json.dumps({**said, "webhook_id": webhook_id})
    # The event as it came: parsed and written anew it would be another one to PayPal.
    question = b'%b,"webhook_event":%b}' % (asked[:-1].encode(), body)
    if not _ASKING.acquire(blocking=False):
        raise GatewayError("too many callbacks are being verified now", permanent=False)
    try:
        status = Talk(session, LIMITS).find(VERIFY, question).members.get("verification_status")
    except Trouble as trouble:
        raise GatewayError(f"PayPal could not be asked: {trouble.what}", permanent=False) from trouble
    finally:
        _ASKING.release()
    if status != "SUCCESS":
        raise SignatureError(
            "PayPal says that this is no callback of the webhook",
            mend="See that CLOSEOUT_<NAME>_WEBHOOK_ID is the id of the webhook that posts here",
        )


def _plausible(base_url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """What the headers say, in PayPal's words. Raises SignatureError."""
    given = {name.lower(): value for name, value in headers.items()}
    said: dict[str, str] = {}
    for name, shape in _SHAPES.items():
        value = given.get(_HEADERS[name], "")
        if re.fullmatch(shape, value, re.ASCII) is None:
            raise SignatureError("the header is missing or malformed", where=_HEADERS[name])
        said[name] = value
    if not _is_paypals(said["cert_url"], base_url):
        raise SignatureError("the certificate is not PayPal's", where=_HEADERS["cert_url"])
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(said["transmission_time"])
    except ValueError:
        age = _OLDEST + _AHEAD
    if not -_AHEAD <= age <= _OLDEST:
        raise SignatureError("it was not sent in these days", where=_HEADERS["transmission_time"])
    # One object and no more: else its sender could write members of the question.
    if len(body) > LARGEST or not is_object(body):
        raise SignatureError("the body is no event of PayPal", where="body")
    return said


def _is_paypals(cert_url: str, base_url: str) -> bool:
    """Its host is PayPal's, or the very one that is asked."""
    if cert_url.startswith(f"{base_url}/"):
        return True
    try:
        parts = urlsplit(cert_url)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_theirs = host == "paypal.com" or host.endswith(".paypal.com")
    return parts.scheme == "https" and is_theirs and "@" not in parts.netloc
