"""Access tokens by client credentials. Source: https://developer.paypal.com/api/rest/authentication/"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from app.sandbox.paypal.account import Account
from app.sandbox.paypal.refusals import no_credentials, not_authorized, oauth

LIFETIME_S = 32_400
INVOICES_READ = "https://uri.paypal.com/services/invoicing/invoices/read"
INVOICES_WRITE = "https://uri.paypal.com/services/invoicing/invoices/readwrite"
PAYOUTS = "https://uri.paypal.com/payments/payouts"
REFUNDS = "https://uri.paypal.com/services/payments/refund"
CAPTURES = "https://uri.paypal.com/services/payments/realtimepayment"
DISPUTES = "https://uri.paypal.com/services/disputes/read-seller"
WEBHOOKS = "https://uri.paypal.com/services/applications/webhooks"
SCOPES = (INVOICES_READ, INVOICES_WRITE, PAYOUTS, REFUNDS, CAPTURES, DISPUTES, WEBHOOKS)


class Tokens:
    """`scopes` are what new tokens may do; `revoked` is an application whose secret was taken away."""

    def __init__(self, account: Account, client_id: str, client_secret: str) -> None:
        self._account, self._client = account, f"{client_id}:{client_secret}"
        self.scopes: tuple[str, ...] = SCOPES
        self.revoked = False
        self._good: dict[str, tuple[datetime, tuple[str, ...]]] = {}

    def issue(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Raises Refused with 401 for a wrong client, with 400 for another grant."""
        if self.revoked or not hmac.compare_digest(_basic(headers), self._client.encode()):
            raise oauth(401, "invalid_client", "Client Authentication failed")
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        form = parse_qs(body.decode("utf-8", "replace")) if is_form else {}
        if form.get("grant_type") != ["client_credentials"]:
            raise oauth(400, "unsupported_grant_type", "unsupported grant_type")
        token = f"A21AA{self._account.new_id(40)}"
        expires = self._account.clock.now() + timedelta(seconds=LIFETIME_S)
        self._good[token] = expires, self.scopes
        return {
            "scope": " ".join(self.scopes),
            "access_token": token,
            "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T",
            "expires_in": LIFETIME_S,
            "nonce": f"{self._account.stamp()}{self._account.new_id(20)}",
        }

    def check(self, headers: Mapping[str, str], scope: str) -> None:
        """Raises Refused: 401 for no good token, 403 for one that may not do this."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise no_credentials()
        expires, scopes = self._good.get(token, (None, ()))
        if self.revoked or expires is None or expires <= self._account.clock.now():
            raise oauth(401, "invalid_token", "The token passed in was not found in the system")
        if scope not in scopes and not (scope == INVOICES_READ and INVOICES_WRITE in scopes):
            raise not_authorized()

    def expire_all(self) -> None:
        """Every token that is out is worth nothing any more."""
        self._good.clear()


def _basic(headers: Mapping[str, str]) -> bytes:
    kind, _, text = headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(text, validate=True) if kind.lower() == "basic" else b""
    except binascii.Error:
        return b""
