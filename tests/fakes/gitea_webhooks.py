"""The set-up side of the pretend Gitea: what a token may, and a repository's webhooks.

routers/api/v1/repo/hook.go and routers/api/v1/utils/hook.go in go-gitea/gitea. A field that is not known is
refused, where Gitea would ignore it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from flask import Response, abort, jsonify, make_response, request

from tests.fakes import gitea_shapes as shape
from tests.fakes.webhooks import Webhook, is_local
from tests.forges.driver import Sent

if TYPE_CHECKING:
    from tests.fakes.gitea import PretendGitea

_FIELDS = {"type", "active", "events", "config", "branch_filter", "authorization_header"}
_ISSUES = ("issues", "issue_assign", "issue_label", "issue_milestone", "issue_comment")
_OTHERS = ("push", "create", "delete", "fork", "repository", "release", "wiki")
_ALL = frozenset({"read:user", "read:organization", "write:issue", "write:repository"})


class GiteaWebhooks:
    """Webhooks of the world's repository, and the scopes of the token."""

    def __init__(self, world: PretendGitea) -> None:
        self._world = world
        self.registered: dict[int, Webhook] = {}
        self.scopes: frozenset[str] = _ALL
        self.has_issues, self.is_archived = True, False
        self.has_commits = True
        self.allows_local = True
        """ALLOWED_HOST_LIST: looked at when something is sent, not when a webhook is saved."""
        world.route("GET", "/version", self._show_version)
        home = "/repos/<owner>/<name>/hooks"
        world.route("GET", home, self._list)
        world.route("POST", home, self._create)
        world.route("GET", f"{home}/<int:hook_id>", self._show_one)
        world.route("PATCH", f"{home}/<int:hook_id>", self._edit)
        world.route("DELETE", f"{home}/<int:hook_id>", self._delete)
        world.route("POST", f"{home}/<int:hook_id>/tests", self._test)

    def refusal(self) -> Response | None:
        """https://docs.gitea.com/development/oauth2-provider#scopes: writing includes reading."""
        path = request.path.removeprefix("/api/v1")
        verb = "read" if request.method == "GET" else "write"
        if path == "/version":
            return None
        if re.match(r"/users?(/|$)", path):
            part = "user"
        elif path.startswith("/orgs/"):
            part = "organization"
        else:
            is_of_issues = re.match(r"/repos/[^/]+/[^/]+/(issues|labels|milestones)", path)
            part = "issue" if is_of_issues else "repository"
        if {f"{verb}:{part}", f"write:{part}"} & self.scopes:
            return None
        message = f"token does not have at least one of required scope(s): [{verb}:{part}]"
        return make_response({"message": message, "url": f"{shape.SITE}/api/swagger"}, 403)

    def repository(self) -> dict[str, Any]:
        """What Gitea shows of the repository to the token's account."""
        is_admin = self._world.robot.role == "admin"
        may_write = self._world.robot.role in {"admin", "maintain", "write"}
        permissions = {"admin": is_admin, "push": may_write, "pull": True}
        return {"permissions": permissions, "has_issues": self.has_issues, "archived": self.is_archived}

    def announce(self, sent: Sent) -> None:
        """Send what happened to each active webhook that subscribes to it."""
        kind = sent.headers["X-Gitea-Event-Type"]
        for one in self.registered.values():
            if one.facts["active"] and kind in one.facts["events"]:
                self._send(one, sent)

    def _send(self, one: Webhook, sent: Sent) -> None:
        """A task of its own, signed with the webhook's secret as it is now."""
        if is_local(one.url) and not self.allows_local:
            one.answers.append(0)
            return
        headers = dict(sent.headers)
        digest = hmac.digest(one.secret.encode(), sent.body, hashlib.sha256).hex()
        delivery = str(uuid.uuid4())
        for name in headers:
            if name.endswith("-Delivery"):
                headers[name] = delivery
            if name.endswith("-Signature") and name != "X-Hub-Signature":
                headers[name] = digest
        headers["X-Hub-Signature-256"] = f"sha256={digest}"
        one.post(Sent(headers, sent.body))

    def _show_version(self) -> Response:
        return jsonify({"version": "9.0.3+gitea-1.22.0" if self._world.is_forgejo else "1.24.2"})

    def _list(self, owner: str, name: str) -> Response:
        self._manage(owner, name)
        return self._world.some([self._shape(one) for one in self.registered.values()])

    def _create(self, owner: str, name: str) -> Response:
        """Two webhooks may have one URL: Gitea takes both."""
        self._manage(owner, name)
        given = self._given()
        if given.get("type") not in {"gitea", "gogs", "slack", "discord", "forgejo"}:
            abort(422, f"Invalid hook type: {given.get('type')}")
        for option in ("url", "content_type"):
            if option not in given.get("config", {}):
                abort(422, f"Missing config option: {option}")
        facts = {
            "type": given["type"],
            "active": bool(given.get("active")),
            "content_type": "json",
            "events": [],
        }
        one = Webhook(self._world.next_id(), self._world.repository_id, "", "", facts)
        self._save(one, given)
        self.registered[one.id] = one
        return make_response(self._shape(one), 201)

    def _edit(self, owner: str, name: str, hook_id: int) -> Response:
        """The type stays; events that are not named are gone, down to pushes alone."""
        one = self._one(owner, name, hook_id)
        given = self._given()
        self._save(one, given)
        one.facts["active"] = bool(given.get("active", one.facts["active"]))
        return jsonify(self._shape(one))

    def _save(self, one: Webhook, given: dict[str, Any]) -> None:
        config = given.get("config", {})
        if config.get("content_type", "json") not in {"json", "form"}:
            abort(422, "Invalid content type")
        one.url, one.secret = config.get("url", one.url), config.get("secret", one.secret)
        one.facts["content_type"] = config.get("content_type", one.facts["content_type"])
        one.facts["events"] = _expanded(given.get("events") or ["push"])

    def _given(self) -> dict[str, Any]:
        given: dict[str, Any] = request.get_json(silent=True) or {}
        for name in given.keys() - _FIELDS:
            abort(422, f"the pretend Gitea does not play the field {name}")
        for event in given.get("events", ()):
            if event not in {*_ISSUES, *_OTHERS, "issues_only"}:
                abort(422, f"the pretend Gitea does not play the event {event}")
        return given

    def _show_one(self, owner: str, name: str, hook_id: int) -> Response:
        return jsonify(self._shape(self._one(owner, name, hook_id)))

    def _delete(self, owner: str, name: str, hook_id: int) -> Response:
        del self.registered[self._one(owner, name, hook_id).id]
        return make_response("", 204)

    def _test(self, owner: str, name: str, hook_id: int) -> Response:
        """A push in the background; nothing of it is told, not even that there was nothing to send."""
        one = self._one(owner, name, hook_id)
        if self.has_commits:
            content = {
                "ref": "refs/heads/main",
                "commits": [],
                "repository": {"id": self._world.repository_id},
            }
            vendors = ("Gitea", "Gogs", "GitHub", *(["Forgejo"] if self._world.is_forgejo else []))
            headers = {"Content-Type": "application/json"}
            for vendor in vendors:
                headers |= {
                    f"X-{vendor}-Event": "push",
                    f"X-{vendor}-Event-Type": "push",
                    f"X-{vendor}-Delivery": "",
                }
                headers |= {f"X-{vendor}-Signature": ""} if vendor != "GitHub" else {}
            self._send(one, Sent(headers, json.dumps(content, indent=2).encode()))
        return make_response("", 204)

    def _shape(self, one: Webhook) -> dict[str, Any]:
        """The secret is never shown."""
        config = {"url": one.url, "content_type": one.facts["content_type"]}
        shown = {name: one.facts[name] for name in ("type", "active", "events")}
        return {"id": one.id, "config": config, "authorization_header": "", "branch_filter": "*", **shown}

    def _manage(self, owner: str, name: str) -> None:
        self._world.check(owner, name)
        if self._world.robot.role != "admin":
            abort(403, "user should be an owner or a collaborator with admin write of a repository")

    def _one(self, owner: str, name: str, hook_id: int) -> Webhook:
        self._manage(owner, name)
        return self.registered.get(hook_id) or abort(404)


def _expanded(events: list[str]) -> list[str]:
    """The events as they are shown: "issues" stands for everything about issues when it is asked for."""
    if "issues" in events:
        events = [*events, *_ISSUES]
    wanted = {"issues" if each == "issues_only" else each for each in events}
    return [each for each in (*_OTHERS, *_ISSUES) if each in wanted]
