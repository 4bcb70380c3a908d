"""A pretend GitLab: the part of REST API v4 about issues, as https://docs.gitlab.com/api/ describes it.

Strict where GitLab is lenient: a filter that it does not know is refused, so that a misspelt one shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, jsonify, make_response, request

from tests.fakes.door import Door
from tests.fakes.gitlab_hooks import TYPES, hook, when
from tests.fakes.world import Account, Comment, Happening, Tag, Ticket, World

_LEVELS = {"read": 10, "triage": 20, "write": 30, "maintain": 40, "admin": 50}
_PAGING = {"page", "per_page"}
_FILTERS = {"scope", "state", "labels", "iids[]", "order_by", "sort", "with_labels_details"}


class PretendGitLab(World):
    """One project of one pretend GitLab. `secret` is a token, or a signing secret (whsec_…)."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.largest_page = 100
        self.levels: dict[int, int] = {}
        self.duplicates_of = f"/api/v4/projects/{self.repository_id}/issues/1"
        self.app = Flask("pretend-gitlab")
        self.app.wsgi_app = Door(self.app.wsgi_app, self, "/api/v4")  # type: ignore[method-assign]
        self.app.before_request(self._authenticate)
        for code in (400, 403, 404):
            self.app.register_error_handler(code, _as_json)
        self._route("GET", "/user", self._own_account)
        self._route("GET", "/users", self._find_accounts)
        self._route("GET", "/users/<int:user_id>", self._show_account)
        project = "/projects/<path:project>"
        self._route("GET", f"{project}/members/all/<int:user_id>", self._show_member)
        self._route("GET", f"{project}/issues", self._list_issues)
        self._route("GET", f"{project}/issues/<int:iid>", self._show_issue)
        self._route("GET", f"{project}/issues/<int:iid>/resource_label_events", self._list_label_events)
        self._route("GET", f"{project}/issues/<int:iid>/notes", self._list_notes)
        self._route("POST", f"{project}/issues/<int:iid>/notes", self._create_note)
        self._route("PUT", f"{project}/issues/<int:iid>/notes/<int:note_id>", self._edit_note)

    def announce(self, ticket: Ticket, happening: Happening) -> None:
        self.hooks.append(hook(self, ticket, happening))

    def _route(self, method: str, path: str, view: Callable[..., Response]) -> None:
        self.app.add_url_rule(f"/api/v4{path}", view.__name__, view, methods=[method])

    def _authenticate(self) -> Response | None:
        if request.headers.get("PRIVATE-TOKEN") == self.token:
            return None
        return make_response({"message": "401 Unauthorized"}, 401)

    def _own_account(self) -> Response:
        return jsonify(_user(self.robot))

    def _find_accounts(self) -> Response:
        _know({"username"} | _PAGING)
        login = request.args["username"].lower()  # GitLab compares without case
        return self._page([_user(each) for each in self.people.values() if each.login.lower() == login])

    def _show_account(self, user_id: int) -> Response:
        account = self.people.get(user_id) or abort(404, "404 User Not Found")
        return jsonify({**_user(account), "bot": account.is_bot})

    def _show_member(self, project: str, user_id: int) -> Response:
        self._check(project)
        account = self.people.get(user_id)
        if account is None or account.role == "none":
            abort(404, "404 Not found")
        level = self.levels.get(user_id, _LEVELS[account.role])
        facts = {"access_level": level, "expires_at": account.expires_at, "membership_state": "active"}
        return jsonify({**_user(account), **facts})

    def _list_issues(self, project: str) -> Response:
        self._check(project)
        _know(_FILTERS | _PAGING)
        found = [ticket for ticket in self.tickets.values() if ticket.kind != "pull_request"]
        if request.args.get("scope") not in {None, "all"}:
            abort(400, "scope is one that the pretend GitLab does not play")
        state = request.args.get("state", "all")
        if state not in {"opened", "closed", "all"}:
            abort(400, "state does not have a valid value")
        if state != "all":
            found = [ticket for ticket in found if ticket.is_open == (state == "opened")]
        if "iids[]" in request.args:
            wanted = {int(iid) for iid in request.args.getlist("iids[]")}
            found = [ticket for ticket in found if ticket.number in wanted]
        for name in filter(None, request.args.get("labels", "").split(",")):
            found = [ticket for ticket in found if _carries(ticket, name)]
        is_ascending = _is_ascending()
        found.sort(key=lambda ticket: ticket.created_at, reverse=not is_ascending)
        is_detailed = request.args.get("with_labels_details") in {"true", "True", "1"}
        return self._page([self._issue(ticket, is_detailed) for ticket in found])

    def _show_issue(self, project: str, iid: int) -> Response:
        return jsonify(self._issue(self._ticket(project, iid), is_detailed=False))

    def _list_label_events(self, project: str, iid: int) -> Response:
        ticket = self._ticket(project, iid)
        actions = {"labeled": "add", "unlabeled": "remove"}
        entries = [
            {
                "id": each.id,
                "user": _user(each.by),
                "created_at": when(each.at),
                "resource_type": "Issue",
                "resource_id": ticket.id,
                # A label that was deleted since leaves null behind.
                "label": _tag(each.tag) if each.tag and each.tag.name in self.tags else None,
                "action": actions[each.what],
            }
            for each in ticket.history
            if each.what in actions
        ]
        return self._page(entries)

    def _list_notes(self, project: str, iid: int) -> Response:
        ticket = self._ticket(project, iid)
        _know({"order_by", "sort"} | _PAGING)
        notes = [self._note(ticket, each) for each in ticket.comments]
        return self._page(notes if _is_ascending() else notes[::-1])

    def _create_note(self, project: str, iid: int) -> Response:
        ticket = self._ticket(project, iid)
        text = self._carry_out(ticket, _body_text())
        if not text:
            return make_response({"commands_changes": {}, "summary": ["Closed this issue."]}, 202)
        return make_response(self._note(ticket, self.write(ticket, self.robot, text)), 201)

    def _edit_note(self, project: str, iid: int, note_id: int) -> Response:
        ticket = self._ticket(project, iid)
        note = next((each for each in ticket.comments if each.id == note_id), None) or abort(404)
        if note.by is not self.robot or note.is_system:
            abort(403, "403 Forbidden")
        note.text = _body_text()
        return jsonify(self._note(ticket, note))

    def _carry_out(self, ticket: Ticket, text: str) -> str:
        """A line /close is a command, and is cut out: https://docs.gitlab.com/user/project/quick_actions/."""
        if re.search(r"^/close\s*$", text, re.MULTILINE):
            self.close(ticket.number, self.robot.person)
        return re.sub(r"^/close\s*$", "", text, flags=re.MULTILINE).rstrip()

    def _check(self, project: str) -> None:
        if project not in {str(self.repository_id), self.full_name}:
            abort(404, "404 Project Not Found")

    def _ticket(self, project: str, iid: int) -> Ticket:
        self._check(project)
        ticket = self.tickets.get(iid)
        if ticket is None or ticket.kind == "pull_request":  # merge requests are numbered by themselves
            abort(404, "404 Not found")
        return ticket

    def _page(self, entries: list[dict[str, Any]]) -> Response:
        """Offset pagination: https://docs.gitlab.com/api/rest/#pagination."""
        size = min(request.args.get("per_page", 20, int), self.largest_page)
        page = request.args.get("page", 1, int)
        pages = max(1, -(-len(entries) // size))
        response = jsonify(entries[(page - 1) * size : page * size])
        response.headers["X-Page"], response.headers["X-Per-Page"] = str(page), str(size)
        response.headers["X-Total"], response.headers["X-Total-Pages"] = str(len(entries)), str(pages)
        response.headers["X-Next-Page"] = str(page + 1) if page < pages else ""
        if page < pages:
            query = "&".join(
                f"{name}={value}" for name, value in request.args.items(multi=True) if name != "page"
            )
            # GitLab names itself as its administrator configured it, whatever address we came by.
            link = f"https://gitlab.example{request.path}?{query}&page={page + 1}"
            response.headers["Link"] = f'<{link}>; rel="next"'
        return response

    def _issue(self, ticket: Ticket, is_detailed: bool) -> dict[str, Any]:
        kind = TYPES.get(ticket.kind, "Issue").lower().replace(" ", "_")
        is_duplicate = ticket.reason == "duplicate"
        return {
            "id": ticket.id,
            "iid": ticket.number,
            "project_id": self.repository_id,
            "title": ticket.title,
            "state": "opened" if ticket.is_open else "closed",
            "created_at": when(ticket.created_at),
            "closed_at": when(ticket.closed_at) if ticket.closed_at else None,
            "closed_by": _user(ticket.closed_by) if ticket.closed_by else None,
            "labels": [_tag(tag) if is_detailed else tag.name for tag in ticket.tags],
            "author": _user(ticket.by),
            "type": kind.upper(),
            "issue_type": kind,
            "confidential": False,
            "web_url": f"https://gitlab.example/{self.full_name}/-/issues/{ticket.number}",
            "_links": {"closed_as_duplicate_of": self.duplicates_of if is_duplicate else None},
            "references": {"short": f"#{ticket.number}", "full": f"{self.full_name}#{ticket.number}"},
            "moved_to_id": 77001 if ticket.reason == "moved" else None,
        }

    def _note(self, ticket: Ticket, note: Comment) -> dict[str, Any]:
        return {
            "id": note.id,
            "type": None,
            "body": note.text,
            "author": _user(note.by),
            "created_at": when(note.at),
            "system": note.is_system,
            "noteable_id": ticket.id,
            "noteable_type": "Issue",
            "noteable_iid": ticket.number,
            "project_id": self.repository_id,
            "internal": False,
        }


def _as_json(error: Any) -> Response:
    return make_response({"message": error.description}, error.code)


def _know(names: set[str]) -> None:
    for name in set(request.args) - names:
        abort(400, f"the pretend GitLab does not play the parameter {name}")


def _is_ascending() -> bool:
    if request.args.get("order_by", "created_at") != "created_at":
        abort(400, "order_by does not have a valid value")
    return request.args.get("sort", "desc") == "asc"


def _body_text() -> str:
    text = (request.get_json(silent=True) or {}).get("body")
    return text if isinstance(text, str) and text else abort(400, "400 Bad request - body is missing")


def _carries(ticket: Ticket, name: str) -> bool:
    if name in {"None", "Any"}:
        return bool(ticket.tags) == (name == "Any")
    return any(tag.name == name for tag in ticket.tags)


def _user(account: Account) -> dict[str, Any]:
    name = account.login.title()
    return {"id": account.id, "username": account.login, "name": name, "state": account.state}


def _tag(tag: Tag) -> dict[str, Any]:
    return {"id": tag.id, "name": tag.name, "color": "#0033cc", "description": None, "text_color": "#FFFFFF"}
