"""The JSON web tokens by which a GitHub App proves who it is.

RS256 and nothing else, at most ten minutes, issued in the past, with a key that the App registered:
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.sandbox.forge.apps.records import App
from app.sandbox.forge.errors import Refused

LONGEST_S = 600


def app_of(token: str, apps: Mapping[int, App]) -> App:
    """The App that signed `token`. Raises Refused: 401, or 404 for one that nobody registered."""
    parts = token.split(".")
    if len(parts) != 3 or _object(parts[0]).get("alg") != "RS256":
        raise _undecodable()
    claims = _object(parts[1])
    _check_times(claims.get("iat"), claims.get("exp"))
    issuer = str(claims.get("iss"))
    # The client id does as well, and is what GitHub recommends.
    app = next((one for one in apps.values() if issuer in (str(one.id), one.client_id)), None)
    if app is None:
        raise Refused(404, "Integration not found")
    key = load_pem_public_key(app.public_key.encode())
    if not isinstance(key, RSAPublicKey):
        raise _undecodable()
    try:
        key.verify(_bytes(parts[2]), f"{parts[0]}.{parts[1]}".encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise _undecodable() from None
    return app


def _check_times(issued_s: object, expires_s: object) -> None:
    now_s = int(time.time())
    if type(issued_s) is not int or issued_s > now_s:
        what = (
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
        raise Refused(401, what)
    if type(expires_s) is not int or expires_s <= now_s:
        what = "'Expiration time' claim ('exp') must be a numeric value representing the future time"
        raise Refused(401, f"{what} at which the assertion expires")
    if expires_s > now_s + LONGEST_S:
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except ValueError:
        raise _undecodable() from None
    if not isinstance(found, dict):
        raise _undecodable()
    return found


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _undecodable() from None


def _undecodable() -> Refused:
    return Refused(401, "A JSON web token could not be decoded")
