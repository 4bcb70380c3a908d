"""A pretend Gitea: the part of its REST API about issues, as https://docs.gitea.com/api/ describes it.

Its oddities are Gitea's own (routers/api/v1/repo in go-gitea/gitea), above all what its lists leave out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, jsonify, make_response, request

from app.events import Role
from tests.fakes import gitea_hooks as shape
from tests.fakes.door import Door
from tests.fakes.world import Happening, Ticket, World

_PERMISSIONS: dict[Role, str] = {"none": "none", "read": "read", "write": "write", "admin": "admin"}
_ENTRIES = {
    "closed": "close",
    "reopened": "reopen",
    "labeled": "label",
    "unlabeled": "label",
    "commented": "comment",
    "edited": "change_title",
}


class PretendGitea(World):
    """One repository of one pretend Gitea, or of a pretend Forgejo."""

    def __init__(self, secret: str, is_forgejo: bool = False) -> None:
        super().__init__(secret)
        self.is_forgejo = is_forgejo
        self.largest_page = 50
        self.owners: set[int] = set()
        self.labels_of_the_organisation: set[str] = set()
        self.takes_unknown_labels_for_none = False
        self.breaks_issue: int | None = None
        self.hides: set[int] = set()
        self.app = Flask("pretend-gitea")
        self.app.wsgi_app = Door(self.app.wsgi_app, self, "/api/v1")  # type: ignore[method-assign]
        self.app.before_request(self._authenticate)
        for code in (400, 403, 404, 422):
            self.app.register_error_handler(code, _as_json)
        self._route("GET", "/user", self._own_account)
        self._route("GET", "/repositories/<int:repository_id>", self._show_by_id)
        self._route("GET", "/repos/<owner>/<name>", self._show_by_name)
        self._route("GET", "/repos/<owner>/<name>/labels", self._list_labels)
        issues = "/repos/<owner>/<name>/issues"
        self._route("GET", issues, self._list_issues)
        self._route("GET", f"{issues}/<int:number>", self._show_issue)
        self._route("GET", f"{issues}/<int:number>/timeline", self._list_timeline)
        self._route("GET", f"{issues}/<int:number>/comments", self._list_comments)
        self._route("POST", f"{issues}/<int:number>/comments", self._create_comment)
        self._route("PATCH", f"{issues}/comments/<int:comment_id>", self._edit_comment)
        permission = "/repos/<owner>/<name>/collaborators/<login>/permission"
        self._route("GET", permission, self._show_permission)

    def announce(self, ticket: Ticket, happening: Happening) -> None:
        self.hooks.append(shape.hook(self, ticket, happening, self.is_forgejo))

    def _route(self, method: str, path: str, view: Callable[..., Response]) -> None:
        self.app.add_url_rule(f"/api/v1{path}", view.__name__, view, methods=[method])

    def _authenticate(self) -> Response | None:
        if request.headers.get("Authorization") == f"token {self.token}":
            return None
        return make_response({"message": "user does not exist [uid: 0, name: ]", "url": ""}, 401)

    def _own_account(self) -> Response:
        return jsonify(shape.user(self.robot))

    def _show_by_id(self, repository_id: int) -> Response:
        if repository_id != self.repository_id:
            abort(404)
        return jsonify(shape.repository(self))

    def _show_by_name(self, owner: str, name: str) -> Response:
        self._check(owner, name)
        return jsonify(shape.repository(self))

    def _list_issues(self, owner: str, name: str) -> Response:
        self._check(owner, name)
        found = list(self.tickets.values())[::-1]
        if request.args.get("type") in {"issues", "pulls"}:
            wants_pulls = request.args["type"] == "pulls"
            found = [each for each in found if (each.kind == "pull_request") == wants_pulls]
        state = request.args.get("state", "open")
        if state != "all":
            found = [each for each in found if each.is_open == (state != "closed")]
        names = set(filter(None, request.args.get("labels", "").split(",")))
        # Only the repository's own labels are looked up, and names that are none of them are discarded.
        known = names & (set(self.tags) - self.labels_of_the_organisation)
        if known:
            found = [each for each in found if any(tag.name in known for tag in each.tags)]
        elif names and self.takes_unknown_labels_for_none:
            found = []
        return self._page([self._issue(each) for each in found])

    def _list_labels(self, owner: str, name: str) -> Response:
        self._check(owner, name)
        own = [tag for tag in self.tags.values() if tag.name not in self.labels_of_the_organisation]
        return self._page([shape.label(self, tag) for tag in own])

    def _show_issue(self, owner: str, name: str, number: int) -> Response:
        return jsonify(self._issue(self._ticket(owner, name, number)))

    def _list_timeline(self, owner: str, name: str, number: int) -> Response:
        ticket = self._ticket(owner, name, number)
        entries = [
            {
                "id": each.id,
                "type": _ENTRIES[each.what],
                "user": shape.user(each.by),
                "body": each.comment.text if each.comment else "1" if each.what == "labeled" else "",
                "created_at": shape.when(each.at),
                "label": shape.label(self, each.tag) if each.tag and each.tag.name in self.tags else None,
            }
            for each in ticket.history
            if each.what in _ENTRIES and each.id not in self.hides
        ]
        if "page" in request.args:
            size = min(request.args.get("limit", 30, int), self.largest_page)
            page = max(request.args.get("page", 1, int), 1)
            entries = entries[(page - 1) * size : page * size]
        response = jsonify(entries)
        response.headers["X-Total-Count"] = str(len(entries))
        return response

    def _list_comments(self, owner: str, name: str, number: int) -> Response:
        ticket = self._ticket(owner, name, number)
        return jsonify([shape.comment(self, ticket, each) for each in ticket.comments])

    def _create_comment(self, owner: str, name: str, number: int) -> Response:
        ticket = self._ticket(owner, name, number)
        written = self.write(ticket, self.robot, _body_text())
        return make_response(shape.comment(self, ticket, written), 201)

    def _edit_comment(self, owner: str, name: str, comment_id: int) -> Response:
        self._check(owner, name)
        places = [(ticket, each) for ticket in self.tickets.values() for each in ticket.comments]
        ticket, found = next(((t, c) for t, c in places if c.id == comment_id), None) or abort(404)
        # Gitea lets whoever may write edit everybody's comments; this bot has no business in others'.
        if found.by is not self.robot:
            abort(403)
        found.text = _body_text()
        return jsonify(shape.comment(self, ticket, found))

    def _show_permission(self, owner: str, name: str, login: str) -> Response:
        self._check(owner, name)
        if self.robot.role != "admin":
            abort(403, "Only admins can query all permissions, repo admins can query all repo permissions")
        account = next((each for each in self.people.values() if each.login == login), None) or abort(404)
        permission = "owner" if account.id in self.owners else _PERMISSIONS[account.role]
        answer = {"permission": permission, "role_name": permission, "user": shape.user(account)}
        return jsonify(answer)

    def _page(self, entries: list[dict[str, Any]]) -> Response:
        """A page of a list; links name the server's own idea of its address."""
        size = min(request.args.get("limit", 30, int), self.largest_page)
        page = max(request.args.get("page", 1, int), 1)
        response = jsonify(entries[(page - 1) * size : page * size])
        response.headers["X-Total-Count"] = str(len(entries))
        if page * size < len(entries):
            response.headers["Link"] = f'<{shape.SITE}/api/v1/elsewhere?page={page + 1}>; rel="next"'
        return response

    def _check(self, owner: str, name: str) -> None:
        if f"{owner}/{name}".lower() != self.full_name.lower():
            abort(404)

    def _ticket(self, owner: str, name: str, number: int) -> Ticket:
        self._check(owner, name)
        return self.tickets.get(number) or abort(404, "issue does not exist")

    def _issue(self, ticket: Ticket) -> dict[str, Any]:
        """An issue; or the empty one that Gitea answers with when it fails to read its parts."""
        if ticket.number == self.breaks_issue:
            return {"id": 0, "number": 0, "user": None, "title": "", "labels": None, "state": "open"}
        return shape.issue(self, ticket)


def _as_json(error: Any) -> Response:
    message = error.description if error.code != 404 else "The target couldn't be found."
    return make_response({"message": message, "url": f"{shape.SITE}/api/swagger"}, error.code)


def _body_text() -> str:
    text = (request.get_json(silent=True) or {}).get("body")
    return text if isinstance(text, str) and text else abort(422, "[Body]: Required")
