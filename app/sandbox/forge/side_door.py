"""The side door over HTTP: what people do on GitHub's pages, and what only a sandbox can do.

POST /sandbox/<method> with the arguments of SandboxForge's method as a JSON object, or to
/sandbox/apps/<method> and /sandbox/git/<method> for those of AppDoors and GitDoors. No real GitHub has it,
and it asks for no token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from app.sandbox.forge.desk import answer
from app.sandbox.forge.errors import Refused, not_found

if TYPE_CHECKING:
    from app.sandbox.forge.server import SandboxForge

METHODS = frozenset(
    {
        "add_user",
        "rename_user",
        "add_repository",
        "set_role",
        "open_pull_request",
        "delete_issue",
        "transfer_issue",
        "convert_to_discussion",
        "add_app",
        "fail_deliveries",
        "mend_deliveries",
        "pass_time",
        "fail_next",
    }
)

APP_METHODS = frozenset({"install", "uninstall", "suspend", "unsuspend", "select", "grant", "delete"})

GIT_METHODS = frozenset({"push", "push_to_pull_request", "force_push", "delete_branch"})


def add_routes(app: Blueprint, forge: SandboxForge) -> None:
    """Mount the routes. What was made is answered by its id."""

    @app.post("/sandbox/<method>")
    def do(method: str) -> Response:
        return _done(forge, method, METHODS)

    @app.post("/sandbox/apps/<method>")
    def do_with_apps(method: str) -> Response:
        return _done(forge.apps, method, APP_METHODS)

    @app.post("/sandbox/git/<method>")
    def do_with_git(method: str) -> Response:
        return _done(forge.git, method, GIT_METHODS)


def _done(what: object, method: str, allowed: frozenset[str]) -> Response:
    if method not in allowed:
        raise not_found()
    arguments = request.get_json(silent=True)
    try:
        made: Any = getattr(what, method)(**(arguments or {}))
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(422, f"{type(error).__name__}: {error}") from error
    return answer({"result": made if made is None or isinstance(made, int | str) else made.id})
