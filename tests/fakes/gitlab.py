"""A pretend GitLab: the part of REST API v4 about issues, as https://docs.gitlab.com/api/ describes it.

Strict where GitLab is lenient: a filter that it does not know is refused, so that a misspelt one shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, abort, jsonify, make_response, redirect, request

from tests.fakes import gitlab_filters as filters
from tests.fakes import gitlab_history as past
from tests.fakes import gitlab_labels as labels
from tests.fakes import gitlab_shapes as shape
from tests.fakes.door import Door
from tests.fakes.gitlab_hooks import hook, milestone_hook
from tests.fakes.gitlab_webhooks import GitLabWebhooks
from tests.fakes.things import Account, Happening, Phase, Ticket
from tests.fakes.upheavals import Upheavals
from tests.forges.driver import Sent

_LEVELS = {"read": 10, "triage": 20, "write": 30, "maintain": 40, "admin": 50}
_PAGING = {"page", "per_page"}
_FILTERS = {"scope", "state", "labels", "iids[]", "milestone", "updated_after", "with_labels_details"}
_ORDER = {"order_by", "sort"}
_COUNTED = 10_000
"""Longer lists come without their length: https://docs.gitlab.com/api/rest/#pagination-response-headers."""


class PretendGitLab(Upheavals):
    """One project of one pretend GitLab. `secret` is a token, or a signing secret (whsec_…)."""

    def __init__(self, secret: str, names_commit_authors: bool = False) -> None:
        super().__init__(secret)
        self.names_commit_authors = names_commit_authors
        """Old servers take the author of a commit for the closer, whoever pushed it."""
        self.largest_page = 100
        self.levels: dict[int, int] = {}
        self.duplicates_of = f"/api/v4/projects/{self.repository_id}/issues/1"
        self.elsewhere = ""
        """The project of all merge requests, where they are not in this one."""
        self.hides_merge_requests = False
        self.app = Flask("pretend-gitlab")
        self.app.wsgi_app = Door(self.app.wsgi_app, self, "/api/v4")  # type: ignore[method-assign]
        self.app.before_request(self._authenticate)
        for code in (400, 403, 404, 405):
            self.app.register_error_handler(code, _as_json)
        self.route("GET", "/user", self._own_account)
        self.route("GET", "/users", self._find_accounts)
        self.route("GET", "/users/<int:user_id>", self._show_account)
        project = "/projects/<path:project>"
        self.route("GET", project, self._show_project)
        self.route("GET", f"{project}/members/all/<int:user_id>", self._show_member)
        self.route("GET", f"{project}/labels", self._list_labels)
        self.route("POST", f"{project}/labels", self._create_label)
        self.route("PUT", f"{project}/labels/<name>", self._edit_label)
        self.route("GET", f"{project}/milestones", self._list_milestones)
        issues = f"{project}/issues"
        self.route("GET", issues, self._list_issues)
        self.route("GET", f"{issues}/<int:iid>", self._show_issue)
        for kind in ("label", "milestone", "state"):
            self.route("GET", f"{issues}/<int:iid>/resource_<any({kind}):kind>_events", self._list_events)
        self.route("GET", f"{issues}/<int:iid>/closed_by", self._list_closing)
        self.route("GET", f"{issues}/<int:iid>/related_merge_requests", self._list_related)
        self.route("GET", f"{issues}/<int:iid>/notes", self._list_notes)
        self.route("POST", f"{issues}/<int:iid>/notes", self._create_note)
        self.route("PUT", f"{issues}/<int:iid>/notes/<int:note_id>", self._edit_note)
        self.webhooks = GitLabWebhooks(self)

    def announce(self, ticket: Ticket, happening: Happening) -> None:
        self._tell(hook(self, ticket, happening))

    def announce_milestone(self, phase: Phase, action: str) -> None:
        self._tell(milestone_hook(self, phase, action))

    def _tell(self, sent: Sent) -> None:
        self.hooks.append(sent)
        self.webhooks.announce(sent)

    def closer_by_commit(self, author: Account, pusher: Account) -> Account:
        """app/workers/issues/close_worker.rb; gitlab-org/gitlab#508742 tells of the author."""
        return author if self.names_commit_authors else pusher

    def transfer_issue(self, number: int) -> None:
        """A moved issue stays behind, closed."""
        self.shut(self.tickets[number], self.tickets[number].by, "moved")

    def route(self, method: str, path: str, view: Callable[..., Response]) -> None:
        name = f"{view.__name__}-{path}"
        self.app.add_url_rule(f"/api/v4{path}", name, view, methods=[method])

    def _authenticate(self) -> Response | None:
        if not request.path.startswith("/api/v4/"):
            return None  # nothing is there
        if request.headers.get("PRIVATE-TOKEN") == self.token:
            return self.webhooks.refusal()
        return make_response({"message": "401 Unauthorized"}, 401)

    def _own_account(self) -> Response:
        return jsonify(shape.user(self.robot))

    def _find_accounts(self) -> Response:
        _know({"username"} | _PAGING)
        login = request.args["username"].lower()  # GitLab compares without case, and takes nothing for all
        found = [each for each in self.people.values() if login in {"", each.login.lower()}]
        return self.page([shape.user(each) for each in found])

    def _show_account(self, user_id: int) -> Response:
        account = self.people.get(user_id) or abort(404, "404 User Not Found")
        return jsonify({**shape.user(account), "bot": account.is_bot})

    def _show_project(self, project: str) -> Response:
        if project not in self.webhooks.siblings:
            self._check(project)
        return jsonify(shape.project(self) | self.webhooks.project(project))

    def _show_member(self, project: str, user_id: int) -> Response:
        self._check(project)
        account = self.people.get(user_id)
        if account is None or account.role == "none":
            abort(404, "404 Not found")
        facts = {
            "access_level": self.level_of(account),
            "expires_at": account.expires_at,
            "membership_state": "active",
        }
        return jsonify({**shape.user(account), **facts})

    def level_of(self, account: Account) -> int:
        """The account's access level, as a number."""
        return self.levels.get(account.id, _LEVELS.get(account.role, 0))

    def _list_labels(self, project: str) -> Response:
        self._check(project)
        _know({"include_ancestor_groups"} | _PAGING)
        wants_all = _flag("include_ancestor_groups", True)
        found = [tag for tag in self.tags.values() if wants_all or not tag.is_shared]
        return self.page([shape.listed_label(tag) for tag in found])

    def _create_label(self, project: str) -> Response:
        self._check(project)
        return labels.create(self)

    def _edit_label(self, project: str, name: str) -> Response:
        self._check(project)
        return labels.edit(self, name)

    def _list_milestones(self, project: str) -> Response:
        """The group's own come only when asked for: https://docs.gitlab.com/api/milestones/."""
        self._check(project)
        _know({"title", "include_parent_milestones"} | _PAGING)
        found = [each for each in self.phases if each.title == request.args.get("title", each.title)]
        wants_all = _flag("include_parent_milestones", False)
        return self.page([shape.milestone(self, each) for each in found if wants_all or not each.is_shared])

    def _list_issues(self, project: str) -> Response:
        self._check(project)
        _know(_FILTERS | _ORDER | _PAGING)
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
            found = [ticket for ticket in found if filters.carries(ticket, name)]
        if "milestone" in request.args:
            found = [ticket for ticket in found if filters.belongs(ticket, request.args["milestone"])]
        if "updated_after" in request.args:
            since = datetime.fromisoformat(request.args["updated_after"])
            found = [ticket for ticket in found if ticket.updated_at >= since]
        found = filters.ordered(found, request.args.get("order_by", "created_at"))
        is_detailed = _flag("with_labels_details", False)
        return self.page([shape.issue(self, each, is_detailed, self.duplicates_of) for each in found])

    def _show_issue(self, project: str, iid: int) -> Response:
        ticket = self._ticket(project, iid)
        return jsonify(shape.issue(self, ticket, False, self.duplicates_of))

    def _list_events(self, project: str, iid: int, kind: str) -> Response:
        ticket = self._ticket(project, iid)
        _know(_PAGING)
        if kind == "state":
            return self.page(past.state_events(ticket))
        return self.page({"label": past.label_events, "milestone": past.milestone_events}[kind](self, ticket))

    def _list_closing(self, project: str, iid: int) -> Response:
        """Of this project alone."""
        self._ticket(project, iid)
        listed = [] if self.elsewhere or self.hides_merge_requests else past.merge_requests(self, iid)
        return self.page([shape.merge_request(self, each) for each in listed])

    def _list_related(self, project: str, iid: int) -> Response:
        self._ticket(project, iid)
        listed = [] if self.hides_merge_requests else past.merge_requests(self, iid)
        return self.page([shape.merge_request(self, each, self.elsewhere) for each in listed])

    def _list_notes(self, project: str, iid: int) -> Response:
        ticket = self._ticket(project, iid)
        _know(_ORDER | _PAGING)
        notes = [shape.note(self, ticket, each) for each in ticket.comments]
        return self.page(notes if request.args.get("sort", "desc") == "asc" else notes[::-1])

    def _create_note(self, project: str, iid: int) -> Response:
        ticket = self._ticket(project, iid)
        text = self._carry_out(ticket, _body_text())
        if not text:
            return make_response({"commands_changes": {}, "summary": ["Closed this issue."]}, 202)
        return make_response(shape.note(self, ticket, self.write(ticket, self.robot, text)), 201)

    def _edit_note(self, project: str, iid: int, note_id: int) -> Response:
        ticket = self._ticket(project, iid)
        note = next((each for each in ticket.comments if each.id == note_id), None) or abort(404)
        if note.by is not self.robot or note.is_system:
            abort(403, "403 Forbidden")
        note.text, note.edited_at = _body_text(), self.now()
        return jsonify(shape.note(self, ticket, note))

    def _carry_out(self, ticket: Ticket, text: str) -> str:
        """A line /close is a command, and is cut out: https://docs.gitlab.com/user/project/quick_actions/."""
        if re.search(r"^/close\s*$", text, re.MULTILINE):
            self.close(ticket.number, self.robot.person)
        return re.sub(r"^/close\s*$", "", text, flags=re.MULTILINE).rstrip()

    def _check(self, project: str) -> None:
        """Refuse what is not there, and send on who asks by a former name (lib/api/helpers.rb)."""
        if project.lower() in self.former_names:
            if request.method != "GET":
                abort(405, "405 Non GET methods are not allowed for moved projects")
            by_id = request.full_path.replace(f"/{project}", f"/{self.repository_id}", 1)
            abort(redirect(request.host_url.rstrip("/") + by_id, 301))
        if project not in {str(self.repository_id), self.full_name}:
            abort(404, "404 Project Not Found")

    def _ticket(self, project: str, iid: int) -> Ticket:
        self._check(project)
        ticket = self.tickets.get(iid)
        if ticket is None or ticket.kind == "pull_request":  # merge requests are numbered by themselves
            abort(404, "404 Not found")
        return ticket

    def page(self, entries: list[dict[str, Any]]) -> Response:
        """Offset pagination: https://docs.gitlab.com/api/rest/#pagination."""
        size = min(request.args.get("per_page", 20, int), self.largest_page)
        page = request.args.get("page", 1, int)
        pages = max(1, -(-len(entries) // size))
        response = jsonify(entries[(page - 1) * size : page * size])
        response.headers["X-Page"], response.headers["X-Per-Page"] = str(page), str(size)
        if len(entries) <= _COUNTED:
            response.headers["X-Total"], response.headers["X-Total-Pages"] = str(len(entries)), str(pages)
        response.headers["X-Next-Page"] = str(page + 1) if page < pages else ""
        if page < pages:
            query = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
            # GitLab names itself as its administrator configured it, whatever address we came by.
            link = f"{shape.SITE}{quote(request.path)}?{urlencode([*query, ('page', page + 1)])}"
            response.headers["Link"] = f'<{link}>; rel="next"'
        return response


def _as_json(error: Any) -> Response:
    return make_response({"message": error.description}, error.code)


def _know(names: set[str]) -> None:
    for name in set(request.args) - names:
        abort(400, f"the pretend GitLab does not play the parameter {name}")


def _flag(name: str, otherwise: bool) -> bool:
    return request.args.get(name, str(otherwise)).lower() in {"true", "1"}


def _body_text() -> str:
    text = (request.get_json(silent=True) or {}).get("body")
    return text if isinstance(text, str) and text else abort(400, "400 Bad request - body is missing")
