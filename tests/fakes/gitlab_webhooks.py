"""The set-up side of the pretend GitLab: the token's own facts, and project webhooks.

https://docs.gitlab.com/api/project_webhooks/, https://docs.gitlab.com/api/personal_access_tokens/. Strict
where GitLab is lenient: a field that it does not know is refused. What `is_old` servers ignore, they ignore.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import TYPE_CHECKING, Any

from flask import Response, abort, jsonify, make_response, request

from tests.fakes.gitlab_hooks import proof
from tests.fakes.gitlab_shapes import SITE
from tests.fakes.webhooks import Webhook, is_local
from tests.forges.driver import Sent

if TYPE_CHECKING:
    from tests.fakes.gitlab import PretendGitLab

_EVENTS = {
    "push_events": True,
    "tag_push_events": False,
    "merge_requests_events": False,
    "issues_events": False,
    "confidential_issues_events": False,
    "note_events": False,
    "confidential_note_events": False,
    "milestone_events": False,
}
_NEW = {"milestone_events", "signing_token"}
"""From 18.2 and 19.x on."""
_KNOWN = {*_EVENTS, "url", "token", "signing_token", "enable_ssl_verification", "custom_webhook_template"}
_SUBSCRIPTIONS = {
    "Issue Hook": "issues_events",
    "Note Hook": "note_events",
    "Milestone Hook": "milestone_events",
    "Merge Request Hook": "merge_requests_events",
}
_MAINTAINER = 40
_FAILURES = 4
_TESTS_A_MINUTE = 5


class GitLabWebhooks:
    """Webhooks of the world's project and its `siblings` (full name → id), and what the token may."""

    def __init__(self, world: PretendGitLab) -> None:
        self._world = world
        self.registered: dict[int, Webhook] = {}
        self.version, self.is_old = "19.4.1-ee", False
        self.scopes = ["api"]
        self.expires_at: str | None = "2099-01-01"
        self.is_expired = False
        self.siblings: dict[str, int] = {}
        self.has_issues, self.is_archived = True, False
        self.allows_local = True
        self.is_read_only = False
        """Webhooks may be listed, not made: a role of the installation's own."""
        self.tests_left = _TESTS_A_MINUTE
        route = world.route
        route("GET", "/version", lambda: jsonify({"version": self.version, "revision": "0123abcd"}))
        route("GET", "/personal_access_tokens/self", self._show_token)
        hooks = "/projects/<path:project>/hooks"
        route("GET", hooks, self._list)
        route("POST", hooks, self._create)
        route("GET", f"{hooks}/<int:hook_id>", self._show_one)
        route("PUT", f"{hooks}/<int:hook_id>", self._edit)
        route("DELETE", f"{hooks}/<int:hook_id>", self._delete)
        route("GET", f"{hooks}/<int:hook_id>/events", self._list_sent)
        route("POST", f"{hooks}/<int:hook_id>/test/<trigger>", self._test)

    def project(self, project: str) -> dict[str, Any]:
        """What GitLab shows of a project beside what the world knows."""
        issues = {
            "issues_enabled": self.has_issues,
            "issues_access_level": "enabled" if self.has_issues else "disabled",
        }
        facts = {**issues, "archived": self.is_archived}
        if project not in self.siblings:
            return facts
        page = {"path_with_namespace": project, "web_url": f"{SITE}/{project}"}
        return {**facts, **page, "id": self.siblings[project]}

    def of(self, full_name: str) -> list[Webhook]:
        """The webhooks of one project."""
        return [one for one in self.registered.values() if one.repository_id == self._id_of(full_name)]

    def refusal(self) -> Response | None:
        """What the token's end and its scopes refuse; every scope may look at itself."""
        if self.is_expired:
            told = "Token is expired. You can either do re-authorization or token refresh."
            return make_response({"error": "invalid_token", "error_description": told}, 401)
        path = request.path.removeprefix("/api/v4")
        allowed = {"api"}
        if request.method == "GET":
            allowed |= {"read_api"}
        if path in {"/version", "/user", "/personal_access_tokens/self"}:
            allowed |= {"read_user"}
        if allowed & set(self.scopes):
            return None
        told = "The request requires higher privileges than provided by the access token."
        return make_response({"error": "insufficient_scope", "error_description": told, "scope": "api"}, 403)

    def announce(self, sent: Sent) -> None:
        """Send what happened in the world's project to each webhook that subscribes to it."""
        subscription = _SUBSCRIPTIONS[sent.headers["X-Gitlab-Event"]]
        for one in self.of(self._world.full_name):
            if one.facts[subscription] and one.facts["alert_status"] == "executable":
                self._send(one, sent)

    def _send(self, one: Webhook, sent: Sent) -> int:
        key = sent.headers["Idempotency-Key"]
        proofs = {"X-Gitlab-Token", "webhook-id", "webhook-timestamp", "webhook-signature"}
        headers = {name: value for name, value in sent.headers.items() if name not in proofs}
        for secret in filter(None, (one.secret, one.facts["signing_token"])):
            headers |= proof(secret, key, sent.body)
        status = one.post(Sent(headers, sent.body))
        failed = len(one.answers) >= _FAILURES and not any(200 <= s < 300 for s in one.answers[-_FAILURES:])
        one.facts["alert_status"] = "temporarily_disabled" if failed else "executable"
        one.facts["disabled_until"] = "2026-11-20T10:00:00.000Z" if failed else None
        return status

    def _show_token(self) -> Response:
        about = {
            "id": 42,
            "name": "closeout",
            "revoked": False,
            "active": True,
            "user_id": self._world.robot.id,
        }
        return jsonify({**about, "scopes": self.scopes, "expires_at": self.expires_at})

    def _list(self, project: str) -> Response:
        self._manage(project)
        return self._world.page([self._shape(one) for one in self.of(self._name(project))])

    def _create(self, project: str) -> Response:
        """Two webhooks may have one URL: GitLab takes both."""
        self._manage(project)
        given = self._given()
        self._check_url(given)
        started = {**_EVENTS, "enable_ssl_verification": True, "custom_webhook_template": None}
        facts = {**started, "signing_token": "", "alert_status": "executable", "disabled_until": None}
        one = Webhook(self._world.next_id(), self._id_of(self._name(project)), "", "", facts)
        self._save(one, given)
        self.registered[one.id] = one
        return make_response(self._shape(one), 201)

    def _edit(self, project: str, hook_id: int) -> Response:
        one = self._one(project, hook_id)
        given = self._given()
        self._check_url(given)
        if given["url"] != one.url:
            one.secret = one.facts["signing_token"] = ""  # a secret does not follow to another address
        self._save(one, given)
        return jsonify(self._shape(one))

    def _save(self, one: Webhook, given: dict[str, Any]) -> None:
        one.url = given.pop("url")
        one.secret = given.pop("token", one.secret)
        one.facts |= given

    def _given(self) -> dict[str, Any]:
        given = dict(request.get_json(silent=True) or {})
        for name in given.keys() - _KNOWN:
            abort(400, f"the pretend GitLab does not play the field {name}")
        if not given.get("url"):
            abort(400, "url is missing")
        if self.is_read_only:
            abort(403, "403 Forbidden")
        if self.is_old:
            given = {name: value for name, value in given.items() if name not in _NEW}
        if given.get("signing_token") and not _is_key(given["signing_token"]):
            abort(422, "Signing token must be whsec_ and 32 bytes in base64")
        return given

    def _check_url(self, given: dict[str, Any]) -> None:
        if not self.allows_local and is_local(given["url"]):
            abort(422, "Invalid url given")

    def _show_one(self, project: str, hook_id: int) -> Response:
        return jsonify(self._shape(self._one(project, hook_id)))

    def _delete(self, project: str, hook_id: int) -> Response:
        del self.registered[self._one(project, hook_id).id]
        return make_response("", 204)

    def _list_sent(self, project: str, hook_id: int) -> Response:
        """The newest first."""
        one = self._one(project, hook_id)
        told = [str(status) if status else "internal error" for status in reversed(one.answers)]
        return self._world.page(
            [{"id": 1, "url": one.url, "trigger": "issue_hooks", "response_status": each} for each in told]
        )

    def _test(self, project: str, hook_id: int, trigger: str) -> Response:
        """Sent while the caller waits, also by a webhook that is disabled: a success turns it on again."""
        one = self._one(project, hook_id)
        self.tests_left -= 1
        if self.tests_left < 0:
            return make_response(
                {"message": {"error": "This endpoint has been requested too many times."}}, 429
            )
        if trigger != "issues_events":
            abort(400, "trigger does not have a valid value")
        sent = next(
            (each for each in self._world.hooks if each.headers["X-Gitlab-Event"] == "Issue Hook"), None
        )
        if sent is None:
            abort(422, "Ensure the project has issues.")
        status = self._send(one, _again(sent))
        if not 200 <= status < 300:
            abort(422, f"Hook executed but returned HTTP {status}" if status else "Hook execution failed")
        return make_response({"message": "201 Created"}, 201)

    def _shape(self, one: Webhook) -> dict[str, Any]:
        """A secret is never shown again; newer servers say whether there is one."""
        shown = {"id": one.id, "url": one.url, "project_id": one.repository_id, **one.facts}
        signing = shown.pop("signing_token")
        if self.is_old:
            del shown["milestone_events"]
            return shown
        return {**shown, "token_present": bool(one.secret), "signing_token_present": bool(signing)}

    def _manage(self, project: str) -> None:
        self._name(project)
        if self._world.level_of(self._world.robot) < _MAINTAINER:
            abort(403, "403 Forbidden")

    def _one(self, project: str, hook_id: int) -> Webhook:
        self._manage(project)
        found = self.registered.get(hook_id)
        if found is None or found.repository_id != self._id_of(self._name(project)):
            abort(404, "404 Not found")
        return found

    def _name(self, project: str) -> str:
        """The full name of a project that is asked for by it or by its id."""
        names = {self._world.full_name: self._world.repository_id, **self.siblings}
        found = next((name for name, id_ in names.items() if project in {name, str(id_)}), None)
        return found or abort(404, "404 Project Not Found")

    def _id_of(self, full_name: str) -> int:
        return self.siblings.get(full_name, self._world.repository_id)


def _again(sent: Sent) -> Sent:
    """The same content as a delivery of its own."""
    return Sent({**sent.headers, "Idempotency-Key": str(uuid.uuid4())}, sent.body)


def _is_key(text: str) -> bool:
    try:
        return (
            text.startswith("whsec_")
            and len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) == 32
        )
    except binascii.Error:
        return False
