"""API keys: the secret one may do everything, a restricted one what it was given.

https://docs.stripe.com/keys and https://docs.stripe.com/keys/restricted-api-keys
"""

from __future__ import annotations

from collections.abc import Iterable

from app.sandbox.stripe.errors import Refused


class Keys:
    """`secret` starts with sk_test_. Permissions are named as Stripe's messages name them, such as
    "rak_transfer_write"; writing includes reading.
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._restricted: dict[str, frozenset[str]] = {}

    def add_restricted(self, key: str, permissions: Iterable[str]) -> None:
        if not key.startswith("rk_test_"):
            raise ValueError("a restricted key starts with rk_test_")
        self._restricted[key] = frozenset(permissions)

    def check(self, authorization: str) -> str:
        """The key of a request. Raises Refused with 401."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise Refused(
                "You did not provide an API key. You need to provide your API key in the Authorization"
                " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        if key != self.secret and key not in self._restricted:
            raise Refused(f"Invalid API Key provided: {_masked(key)}", status=401)
        return key

    def permit(self, key: str, subject: str, *, writes: bool) -> None:
        """Whether a key may do this. Raises Refused with 403."""
        needed = f"rak_{subject}_{'write' if writes else 'read'}"
        held = self._restricted.get(key, frozenset())
        if key != self.secret and needed not in held and f"rak_{subject}_write" not in held:
            raise Refused(
                f"The provided key '{_masked(key)}' does not have the required permissions for this endpoint."
                f" Having the '{needed}' permission would allow this request to continue.",
                status=403,
            )


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * 12}{key[-4:]}"
