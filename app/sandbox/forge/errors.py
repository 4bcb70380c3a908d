"""Refusing as GitHub refuses: the status and the JSON of its documentation."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """Answered with `status` and GitHub's error shape."""

    def __init__(self, status: int, message: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors

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
    return Refused(404, "Not Found")


def forbidden(what: str = "Must have admin rights to Repository.") -> Refused:
    return Refused(403, what)


def invalid(resource: str, field: str, code: str = "invalid") -> Refused:
    return Refused(422, "Validation Failed", [{"resource": resource, "field": field, "code": code}])
