"""A pretend Gitea: the part of its REST API about issues, as https://docs.gitea.com/api/ describes it.

Its oddities are Gitea's own (routers/api/v1/repo in go-gitea/gitea), above all what its lists leave out.
Strict where Gitea is lenient: a parameter that it does not know is refused, so that a misspelt one shows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, Response, abort, jsonify, make_response, redirect, request

from app.events import Role
from tests.fakes import gitea_labels as labels
from tests.fakes import gitea_shapes as shape
from tests.fakes.door import Door
from tests.fakes.gitea_hooks import hook
from tests.fakes.gitea_webhooks import GiteaWebhooks
from tests.fakes.things import Account, Happening, Ticket
from tests.fakes.upheavals import Upheavals

_PERMISSIONS: dict[Role, str] = {"none": "none", "read": "read", "write": "write", "admin": "admin"}
_PAGING = {"page", "limit"}


class PretendGitea(Upheavals):
    """One repository of one pretend Gitea, or of a pretend Forgejo."""

    def __init__(self, secret: str, is_forgejo: bool = False) -> None:
        super().__init__(secret)
        self.is_forgejo = is_forgejo
        self.largest_page = 50
        self.owner_id = 7001
        self.owners: set[int] = set()
        self.is_owned_by_a_person = False
        self.takes_unknown_labels_for_none = False
        self.breaks_issue: int | None = None
        self.hides: set[int] = set()
        self.app = Flask("pretend-gitea")
        self.app.wsgi_app = Door(self.app.wsgi_app, self, "/api/v1")  # type: ignore[method-assign]
        self.app.before_request(self._authenticate)
        for code in (400, 403, 404, 422):
            self.app.register_error_handler(code, _as_json)
        self.route("GET", "/user", self._own_account)
        self.route("GET", "/users/<login>", self._show_account)
        self.route("GET", "/orgs/<org>/labels", self._list_shared_labels)
        self.route("GET", "/repositories/<int:repository_id>", self._show_by_id)
        home = "/repos/<owner>/<name>"
        self.route("GET", home, self._show_by_name)
        self.route("GET", f"{home}/labels", self._list_labels)
        self.route("POST", f"{home}/labels", self._create_label)
        self.route("PATCH", f"{home}/labels/<int:label_id>", self._edit_label)
        self.route("GET", f"{home}/milestones", self._list_milestones)
        self.route("GET", f"{home}/issues", self._list_issues)
        self.route("GET", f"{home}/issues/<int:number>", self._show_issue)
        self.route("GET", f"{home}/issues/<int:number>/timeline", self._list_timeline)
        self.route("GET", f"{home}/issues/<int:number>/comments", self._list_comments)
        self.route("POST", f"{home}/issues/<int:number>/comments", self._create_comment)
        self.route("PATCH", f"{home}/issues/comments/<int:comment_id>", self._edit_comment)
        self.route("GET", f"{home}/collaborators/<login>/permission", self._show_permission)
        self.webhooks = GiteaWebhooks(self)

    def announce(self, ticket: Ticket, happening: Happening) -> None:
        self.hooks.append(hook(self, ticket, happening, self.owner_id, self.is_forgejo))
        self.webhooks.announce(self.hooks[-1])

    def closer_by_commit(self, author: Account, pusher: Account) -> Account:
        """services/issue/commit.go."""
        return pusher

    def route(self, method: str, path: str, view: Callable[..., Response]) -> None:
        self.app.add_url_rule(f"/api/v1{path}", view.__name__, view, methods=[method])

    def _authenticate(self) -> Response | None:
        if not request.path.startswith("/api/v1/"):
            return None  # nothing is there
        if request.headers.get("Authorization") == f"token {self.token}":
            return self.webhooks.refusal()
        return make_response({"message": "user does not exist [uid: 0, name: ]", "url": ""}, 401)

    def _own_account(self) -> Response:
        return jsonify(shape.user(self.robot))

    def _show_account(self, login: str) -> Response:
        """A former login leads to the account that had it (RedirectToUser in services/context/base.go)."""
        found = self._account_of(login)
        former = self.former_logins.get(login.lower())
        if found is None and former is not None:
            abort(redirect(f"/api/v1/users/{former.login}", 307))
        return jsonify(shape.user(found)) if found else abort(404)

    def _list_shared_labels(self, org: str) -> Response:
        if self.is_owned_by_a_person or org.lower() != self.full_name.partition("/")[0].lower():
            abort(404)
        return self.some([shape.label(self, tag) for tag in self.tags.values() if tag.is_shared])

    def _show_by_id(self, repository_id: int) -> Response:
        if repository_id != self.repository_id:
            abort(404)
        return jsonify(shape.repository(self, self.owner_id))

    def _show_by_name(self, owner: str, name: str) -> Response:
        self.check(owner, name)
        return jsonify(shape.repository(self, self.owner_id) | self.webhooks.repository())

    def _list_issues(self, owner: str, name: str) -> Response:
        self.check(owner, name)
        _know({"type", "state", "labels", "milestones", "since"} | _PAGING)
        found = sorted(self.tickets.values(), key=lambda each: each.created_at, reverse=True)
        if request.args.get("type") in {"issues", "pulls"}:
            wants_pulls = request.args["type"] == "pulls"
            found = [each for each in found if (each.kind == "pull_request") == wants_pulls]
        state = request.args.get("state", "open")
        if state != "all":
            found = [each for each in found if each.is_open == (state != "closed")]
        if "since" in request.args:
            since = datetime.fromisoformat(request.args["since"])
            found = [each for each in found if each.updated_at >= since]
        milestones = self._milestones_named(request.args.get("milestones", ""))
        if milestones:
            found = [each for each in found if each.phase and each.phase.id in milestones]
        names = set(filter(None, request.args.get("labels", "").split(",")))
        # Only the repository's own labels are looked up, and names that are none of them are discarded.
        known = names & {tag.name for tag in self.tags.values() if not tag.is_shared}
        if known:
            found = [each for each in found if any(tag.name in known for tag in each.tags)]
        elif names and self.takes_unknown_labels_for_none:
            found = []
        return self._page([self._issue(each) for each in found])

    def _milestones_named(self, names: str) -> set[int]:
        """Ids of the milestones that a filter means: names first, then ids; unknown ones are discarded."""
        found = set()
        for name in filter(None, names.split(",")):
            meant = [each for each in self.phases if each.title == name]
            meant = meant or [each for each in self.phases if str(each.id) == name]
            found |= {each.id for each in meant[:1]}
        return found

    def _list_labels(self, owner: str, name: str) -> Response:
        self.check(owner, name)
        return self.some([shape.label(self, tag) for tag in self.tags.values() if not tag.is_shared])

    def _create_label(self, owner: str, name: str) -> Response:
        self.check(owner, name)
        return labels.create(self)

    def _edit_label(self, owner: str, name: str, label_id: int) -> Response:
        self.check(owner, name)
        return labels.edit(self, label_id)

    def _list_milestones(self, owner: str, name: str) -> Response:
        self.check(owner, name)
        _know({"state"} | _PAGING)
        state = request.args.get("state", "open")
        listed = [each for each in self.phases if state == "all" or each.is_open == (state == "open")]
        return self.some([shape.milestone(each) for each in listed])

    def _show_issue(self, owner: str, name: str, number: int) -> Response:
        return jsonify(self._issue(self._ticket(owner, name, number)))

    def _list_timeline(self, owner: str, name: str, number: int) -> Response:
        """Whole when no page is asked for, null when empty; the total is that of what is given."""
        ticket = self._ticket(owner, name, number)
        told = [each for each in ticket.history if each.id not in self.hides]
        entries = [found for each in told if (found := shape.entry(self, each))]
        if "page" in request.args:
            size = min(request.args.get("limit", 30, int), self.largest_page)
            page = max(request.args.get("page", 1, int), 1)
            entries = entries[(page - 1) * size : page * size]
        response = jsonify(entries or None)
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
        self.check(owner, name)
        places = [(ticket, each) for ticket in self.tickets.values() for each in ticket.comments]
        ticket, found = next(((t, c) for t, c in places if c.id == comment_id), None) or abort(404)
        # Gitea lets whoever may write edit everybody's comments; this bot has no business in others'.
        if found.by is not self.robot:
            abort(403)
        found.text, found.edited_at = _body_text(), self.now()
        return jsonify(shape.comment(self, ticket, found))

    def _show_permission(self, owner: str, name: str, login: str) -> Response:
        self.check(owner, name)
        if self.robot.role != "admin":
            abort(403, "Only admins can query all permissions, repo admins can query all repo permissions")
        account = self._account_of(login) or abort(404)
        permission = "owner" if account.id in self.owners else _PERMISSIONS[account.role]
        answer = {"permission": permission, "role_name": permission, "user": shape.user(account)}
        return jsonify(answer)

    def _page(self, entries: list[dict[str, Any]]) -> Response:
        """A page of the issues; links name the server's own idea of its address."""
        size = min(request.args.get("limit", 30, int), self.largest_page)
        page = max(request.args.get("page", 1, int), 1)
        response = jsonify(entries[(page - 1) * size : page * size])
        response.headers["X-Total-Count"] = str(len(entries))
        if page * size < len(entries):
            response.headers["Link"] = f'<{shape.SITE}/api/v1/elsewhere?page={page + 1}>; rel="next"'
        return response

    def some(self, entries: list[dict[str, Any]]) -> Response:
        """A page of another list: without links, and whole when no page is asked for."""
        size = min(request.args.get("limit", 30, int), self.largest_page)
        page = request.args.get("page", 0, int)
        response = jsonify(entries[(page - 1) * size : page * size] if page > 0 else entries)
        response.headers["X-Total-Count"] = str(len(entries))
        return response

    def _account_of(self, login: str) -> Account | None:
        return next((each for each in self.people.values() if each.login.lower() == login.lower()), None)

    def check(self, owner: str, name: str) -> None:
        """Refuse what is not there, and send on who asks by a former name (services/context/repo.go)."""
        asked = f"{owner}/{name}"
        if asked.lower() in self.former_names:
            abort(redirect(request.full_path.replace(asked, self.full_name, 1), 307))
        if asked.lower() != self.full_name.lower():
            abort(404)

    def _ticket(self, owner: str, name: str, number: int) -> Ticket:
        self.check(owner, name)
        return self.tickets.get(number) or abort(404, "issue does not exist")

    def _issue(self, ticket: Ticket) -> dict[str, Any]:
        """An issue; or the empty one that Gitea answers with when it fails to read its parts."""
        if ticket.number == self.breaks_issue:
            return {"id": 0, "number": 0, "user": None, "title": "", "labels": None, "state": "open"}
        return shape.issue(self, ticket)


def _as_json(error: Any) -> Response:
    message = error.description if error.code != 404 else "The target couldn't be found."
    return make_response({"message": message, "url": f"{shape.SITE}/api/swagger"}, error.code)


def _know(names: set[str]) -> None:
    for name in set(request.args) - names:
        abort(422, f"the pretend Gitea does not play the parameter {name}")


def _body_text() -> str:
    text = (request.get_json(silent=True) or {}).get("body")
    return text if isinstance(text, str) and text else abort(422, "[Body]: Required")
