"""Refusals in PayPal's own shapes. Nothing was booked when one of these is raised.

Invoicing, Payments and Disputes answer {"name", "message", "debug_id", "details", "links"} with JSON pointers
(https://developer.paypal.com/api/rest/responses/); Payouts has an "information_link" and paths such as
items[0].receiver (https://developer.paypal.com/docs/api/payments.payouts-batch/v1/); tokens speak OAuth 2.0.
"""

from __future__ import annotations

from typing import Any

Path = tuple[str | int, ...]
"""Where a value stands in a request's body, such as ("items", 0, "name")."""

PAYOUT_ERRORS = "https://developer.paypal.com/docs/api/payments.payouts-batch/#errors"


class Refused(Exception):
    """An answer of 4xx; the counter adds the debug_id."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.headers = status, body, headers or {}


def invalid(path: Path, issue: str, description: str, value: object = None) -> Refused:
    """400: the request breaks the schema."""
    detail = {"field": _pointer(path), "location": "body", "issue": issue, "description": description}
    if isinstance(value, str):
        detail["value"] = value
    message = "Request is not well-formed, syntactically incorrect, or violates schema."
    return Refused(400, _body("INVALID_REQUEST", message, detail))


def unprocessable(issue: str, description: str, path: Path = (), value: str = "") -> Refused:
    """422: the request is well formed, but the business forbids it."""
    detail = {"issue": issue, "description": description}
    if path:
        detail |= {"field": _pointer(path), "location": "body", "value": value}
    message = (
        "The requested action could not be performed, semantically incorrect, or failed business validation."
    )
    return Refused(422, _body("UNPROCESSABLE_ENTITY", message, detail))


def not_found(issue: str, description: str) -> Refused:
    message = "The specified resource does not exist."
    return Refused(404, _body("RESOURCE_NOT_FOUND", message, {"issue": issue, "description": description}))


def not_authorized() -> Refused:
    """403: the token is good, but not for this."""
    detail = {
        "issue": "PERMISSION_DENIED",
        "description": "You do not have permission to access or perform operations on this resource.",
    }
    message = "Authorization failed due to insufficient permissions."
    return Refused(403, _body("NOT_AUTHORIZED", message, detail))


def no_credentials() -> Refused:
    message = (
        "Authentication failed due to missing authorization header, or invalid authentication credentials."
    )
    return Refused(401, _body("AUTHENTICATION_FAILURE", message))


def oauth(status: int, error: str, description: str) -> Refused:
    """What the token endpoint, and whoever checks tokens, answers (RFC 6749 and 6750)."""
    return Refused(status, {"error": error, "error_description": description})


def unsupported_media_type() -> Refused:
    message = "The server does not support the request payload's media type."
    return Refused(415, _body("UNSUPPORTED_MEDIA_TYPE", message))


def payout(status: int, name: str, message: str, *details: dict[str, Any]) -> Refused:
    """A refusal of the Payouts API."""
    body = {"name": name, "message": message, "information_link": PAYOUT_ERRORS}
    return Refused(status, {**body, "details": list(details), "links": []})


def payout_invalid(path: Path, issue: str, description: str = "", value: object = None) -> Refused:
    """400 of the Payouts API: `issue` is a sentence there, not a code."""
    detail = {"field": _dotted(path), "location": "body", "issue": description or issue}
    if isinstance(value, str):
        detail["value"] = value
    return payout(400, "VALIDATION_ERROR", "Invalid request - see details", detail)


def _body(name: str, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "message": message, "details": list(details), "links": []}


def _pointer(path: Path) -> str:
    return "".join(f"/{step}" for step in path) or "/"


def _dotted(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
