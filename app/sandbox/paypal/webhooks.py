"""Webhooks out, and the honest answer to whoever asks whether one is ours.

PayPal signs "id|time|webhook id|CRC32 of the body" with its own key; here a secret stands for that key. The
check is over the body's very bytes: an event that was parsed and written anew is not the event that was sent.
Source: https://developer.paypal.com/api/rest/webhooks/rest/ and
https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import uuid
import zlib
from typing import Any

from app.sandbox.callbacks import Callbacks
from app.sandbox.paypal.account import Account
from app.sandbox.paypal.values import SYNTAX, Value

ALGORITHM = "SHA256withRSA"
_ASKED = ["auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time", "webhook_id"]


class Webhooks:
    """Tells `callbacks.url` of everything that happens in the account."""

    def __init__(self, account: Account, webhook_id: str, callback_url: str) -> None:
        self.webhook_id, self._account = webhook_id, account
        self.callbacks = Callbacks("sandbox-paypal-webhooks", callback_url, account.journal, self._sign)
        self._numbers = itertools.count(1)
        self._secret = uuid.uuid4().bytes
        account.tell = self._tell

    @property
    def cert_url(self) -> str:
        return f"{self._account.base_url}/v1/notifications/certs/CERT-360caa42-fca2a594-5a29e601"

    def _tell(self, event_type: str, resource_type: str, summary: str, resource: dict[str, Any]) -> None:
        event_id = f"WH-{next(self._numbers):017d}-SANDBOX"
        event = {
            "id": event_id,
            "event_version": "1.0",
            "create_time": self._account.stamp(),
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": event_type,
            "summary": summary,
            "resource": resource,
            "links": [],
        }
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        self.callbacks.send(event_id, event_type, body)

    def _sign(self, _: str, body: bytes) -> dict[str, str]:
        """The headers of one attempt: each has a transmission id of its own, the event's id stays."""
        transmission_id, moment = str(uuid.uuid4()), self._account.stamp()
        return {
            "PAYPAL-TRANSMISSION-ID": transmission_id,
            "PAYPAL-TRANSMISSION-TIME": moment,
            "PAYPAL-TRANSMISSION-SIG": self._signature(transmission_id, moment, self.webhook_id, body),
            "PAYPAL-CERT-URL": self.cert_url,
            "PAYPAL-AUTH-ALGO": ALGORITHM,
        }

    def verify(self, request: bytes, plain: Any) -> bool:
        """Whether what the request shows was sent by us. Raises Refused where it shows not all of it."""
        members = Value(plain).members([*_ASKED, "webhook_event"])
        said = {name: members[name].text(500, 1) for name in _ASKED}
        event = members["webhook_event"]
        event.require(isinstance(event.plain, dict), SYNTAX, "Should be an object.")
        signature = self._signature(
            said["transmission_id"],
            said["transmission_time"],
            said["webhook_id"],
            raw_member(request.decode(), "webhook_event").encode(),
        )
        return (
            hmac.compare_digest(signature.encode(), said["transmission_sig"].encode())
            and said["webhook_id"] == self.webhook_id
            and said["auth_algo"] == ALGORITHM
            and said["cert_url"] == self.cert_url
        )

    def _signature(self, transmission_id: str, moment: str, webhook_id: str, body: bytes) -> str:
        signed = f"{transmission_id}|{moment}|{webhook_id}|{zlib.crc32(body)}"
        return base64.b64encode(hmac.digest(self._secret, signed.encode(), hashlib.sha256)).decode()


def raw_member(text: str, wanted: str) -> str:
    """The very text of a member of a JSON object that is known to be well formed; "" where it is missing."""
    decode, at = json.JSONDecoder().raw_decode, text.index("{") + 1
    while (at := _next(text, at)) < len(text) and text[at] == '"':
        name, at = decode(text, at)
        start = _next(text, _next(text, at) + 1)  # past the colon
        _, end = decode(text, start)
        if name == wanted:
            return text[start:end]
        at = _next(text, end) + 1  # past the comma, or the end
    return ""


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at
