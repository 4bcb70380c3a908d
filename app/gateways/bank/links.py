"""The signed link to an invoice's own page, on which the client reads what to pay where. Pure.

It is the same for ever, so that every answer about an invoice names the same address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

_HOW: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
"""Not the library's defaults, which are SHA-1, https://itsdangerous.palletsprojects.com/en/stable/signer/"""


class InvoiceLinks:
    """Makes links under `public_url` with the newest of `keys`, and reads those of any of them."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        self._keys, self._public_url = keys, public_url
        self._tokens = URLSafeSerializer(keys[::-1] or "", salt="closeout invoice link", signer_kwargs=_HOW)

    def url(self, event_id: str) -> str:
        """The page of the invoice that this event opened; "" without a key or an address of our own."""
        if not (self._keys and self._public_url):
            return ""
        return f"{self._public_url}/invoices/{self._tokens.dumps(event_id)}"

    def read(self, token: str) -> str:
        """Which invoice a link is about, by the event that opened it; "" when we did not sign it."""
        if not self._keys:
            return ""
        try:
            return str(self._tokens.loads(token))
        except BadData:
            return ""
