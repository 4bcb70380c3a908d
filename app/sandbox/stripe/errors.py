"""A refusal in Stripe's own shape.

https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
"""

from __future__ import annotations

import json
from collections.abc import Mapping


class Refused(Exception):
    """An answer of 4xx: nothing was booked. `param` names what was wrong with the request."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        param: str = "",
        status: int = 400,
        kind: str = "invalid_request_error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.param = message, code, param
        self.status, self.kind, self.headers = status, kind, dict(headers or {})

    def body(self) -> bytes:
        """The JSON that goes out."""
        return error_body(self.message, self.kind, self.code, self.param)


def error_body(message: str, kind: str, code: str = "", param: str = "") -> bytes:
    """Stripe's error object, with the members that have something to say."""
    error = {"code": code, "message": message, "param": param, "type": kind}
    return json.dumps({"error": {name: text for name, text in error.items() if text}}).encode()


def missing(what: str, paper_id: str, param: str, status: int = 400) -> Refused:
    """The refusal for an id that leads nowhere: 404 in an address, 400 in a parameter."""
    return Refused(
        f"No such {what.replace('_', ' ')}: '{paper_id}'", code="resource_missing", param=param, status=status
    )
