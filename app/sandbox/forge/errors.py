"""Refusing as GitHub refuses: the status and the JSON of its documentation."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """Answered with `status` and GitHub's error shape."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.errors, self.headers = status, message, errors, headers or {}

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "message": self.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": str(self.status),
        }
        if self.errors is not None:
            shown["errors"] = self.errors
        return shown


def not_found() -> Refused:
    """What is missing and what is hidden look the same."""
    return Refused(404, "Not Found")


def forbidden(
    what: str = "Must have admin rights to Repository.", permission: str = "issues=write"
) -> Refused:
    """`permission` is what a token would need, as GitHub's header says it."""
    return Refused(403, what, headers={"X-Accepted-GitHub-Permissions": permission})


def invalid(resource: str, field: str, code: str = "invalid", message: str = "") -> Refused:
    """A field that can not be taken; `code` is missing_field, invalid, already_exists or custom."""
    error = {"resource": resource, "field": field, "code": code}
    return Refused(422, "Validation Failed", [error | ({"message": message} if message else {})])


def moved(location: str, method: str) -> Refused:
    """A redirect that keeps the method.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    return Refused(301 if method == "GET" else 307, "Moved Permanently", headers={"Location": location})
