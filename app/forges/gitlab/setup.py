"""Connecting to GitLab: tokens, roles and project webhooks. https://docs.gitlab.com/api/project_webhooks/"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gitlab.exceptions import GitlabError
from gitlab.v4.objects import ProjectHookManager

from app.errors import ForgeError
from app.events import Repository
from app.forges.gitlab import shapes
from app.forges.gitlab.faults import asking
from app.forges.gitlab.session import session
from app.forges.gitlab.shapes import Fields
from app.forges.setup import Account, Home, Hook, NoSigning, Tried
from app.signatures import new_standard_secret

_SIGNING = "whsec_"
_EVENTS = {
    "issues_events": "issues events",
    "confidential_issues_events": "confidential issues events",
    "note_events": "comments",
    "confidential_note_events": "confidential comments",
    "milestone_events": "milestone events",  # from 18.2 on; older servers take no notice of it
}
_LEVELS = {10: "Guest", 15: "Planner", 20: "Reporter", 30: "Developer", 40: "Maintainer", 50: "Owner"}
_LOCAL = (
    "GitLab calls no local address unless its administrator allows it: Admin area, Settings, Network, "
    "Outbound requests. Elsewhere, give --public-url an address that GitLab can reach"
)


class GitLabSetup:
    """The Setup port for one GitLab server; `api_url` is https://host[/api/v4]."""

    def __init__(self, token: str, api_url: str, timeout_s: float = 20) -> None:
        self._gitlab = session(token, api_url, timeout_s)
        self._address = api_url

    def read_account(self) -> Account:
        """See Setup. Works for personal, project and group access tokens.

        https://docs.gitlab.com/api/personal_access_tokens/#self-inform
        """
        version = self._read_version()
        with asking(self._address):
            token = self._gitlab.personal_access_tokens.get("self").asdict()
            user: Any = self._gitlab.http_get("/user")
            lacks = []
            if not token.get("active", True) or token.get("revoked"):
                lacks.append("the token was revoked or is expired")
            if "api" not in token["scopes"]:
                lacks.append(f"the token has the scopes {', '.join(token['scopes'])} and lacks api")
            expires_on = str(token.get("expires_at") or "")[:10]
            return Account(str(user["username"]), f"GitLab {version}", expires_on, tuple(lacks))

    def _read_version(self) -> str:
        try:
            with asking(self._address):
                found: Any = self._gitlab.http_get("/version")
                return str(found["version"])
        except ForgeError as error:
            if error.status == 401:
                raise _refused_token(self._address) from error
            if error.status == 403:
                what = "the token lacks the scope api"
                raise ForgeError(what, where=self._address, mend=_NEW_TOKEN, permanent=True) from error
            if error.permanent and (error.status is None or error.status in {404, 410}):
                what = "this is no GitLab: nothing answers at /api/v4/version as GitLab does"
                mend = "Give the address that people open, for example https://gitlab.com"
                raise ForgeError(what, where=self._address, mend=mend, permanent=True) from error
            raise

    def read_home(self, full_name: str) -> Home:
        """See Setup. Who may list webhooks may make them: both need the role Maintainer."""
        with asking(full_name):
            found = self._gitlab.projects.get(full_name).asdict()
            home = shapes.repository(found)
            lacks, lacks_hooks = [], []
            if found.get("issues_access_level") == "disabled" or found.get("issues_enabled") is False:
                lacks.append("issues are switched off: Settings, General, Visibility")
            if found.get("archived"):
                lacks.append("the project is archived: nobody can close issues there")
            try:
                self._hooks(home).list(per_page=1, page=1)
            except GitlabError as error:
                if error.response_code != 403:
                    raise
                lacks_hooks.append(f"webhooks need the role Maintainer, {self._standing(home)}")
            return Home(home, f"{found['web_url']}/-/hooks", tuple(lacks), tuple(lacks_hooks))

    def list_hooks(self, repository: Repository) -> list[Hook]:
        """See Setup."""
        with asking(f"{repository.full_name} webhooks"):
            listed = self._hooks(repository).list(iterator=True, per_page=100)
            return sorted((_hook(one.asdict()) for one in listed), key=lambda hook: int(hook.id))

    def new_secret(self) -> str:
        """A signing token, which newer servers sign with."""
        return new_standard_secret()

    def make_hook(self, repository: Repository, url: str, secret: str) -> Hook:
        """See Setup. A server that does not sign ignores the signing token, and would send without any proof.

        So a webhook that is to sign subscribes to nothing until the server said that it has the key.
        https://docs.gitlab.com/user/project/integrations/webhooks/
        """
        if not secret.startswith(_SIGNING):
            return self._make(repository, url, {"token": secret, **dict.fromkeys(_EVENTS, True)})
        hook = self._make(repository, url, {"signing_token": secret, **dict.fromkeys(_EVENTS, False)})
        if not hook.is_signed:
            raise NoSigning("this GitLab signs no webhooks", where=repository.full_name)
        return self.mend_hook(repository, hook, url, secret)

    def _make(self, repository: Repository, url: str, more: Fields) -> Hook:
        with _saving(f"{repository.full_name} webhook {url}"):
            # Pushes are subscribed to unless told otherwise.
            usual = {"url": url, "push_events": False, "enable_ssl_verification": True}
            return _hook(self._hooks(repository).create({**usual, **more}).asdict())

    def mend_hook(self, repository: Repository, hook: Hook, url: str, secret: str) -> Hook:
        """See Setup. A webhook that signs is judged by its signature alone: for a token it is made anew."""
        is_signing = secret.startswith(_SIGNING)
        if hook.is_signed and not is_signing:
            self.delete_hook(repository, hook.id)
            return self.make_hook(repository, url, secret)
        proof = {"signing_token": secret, "token": ""} if is_signing else {"token": secret}
        usual = {"url": url, "enable_ssl_verification": True, "custom_webhook_template": ""}
        wanted = {**usual, **dict.fromkeys(_EVENTS, True), **proof}
        with _saving(f"{repository.full_name} webhook {hook.id}"):
            if is_signing and not hook.is_signed:
                # Asked by itself: a server that ignores the key must not lose the token that it proves by.
                key = self._hooks(repository).update(int(hook.id), {"url": hook.url, "signing_token": secret})
                if not _hook(dict(key)).is_signed:
                    raise NoSigning("this GitLab signs no webhooks", where=repository.full_name)
            return _hook(dict(self._hooks(repository).update(int(hook.id), wanted)))

    def delete_hook(self, repository: Repository, hook_id: str) -> None:
        """See Setup."""
        with asking(f"{repository.full_name} webhook {hook_id}"):
            self._hooks(repository).delete(int(hook_id))

    def test_hook(self, repository: Repository, hook_id: str) -> Tried:
        """See Setup. GitLab waits for the answer; a project without any issue has nothing to send.

        https://docs.gitlab.com/api/project_webhooks/#trigger-a-test-project-webhook, five a minute.
        """
        try:
            with asking(f"{repository.full_name} webhook {hook_id}"):
                self._hooks(repository).get(int(hook_id), lazy=True).test("issues_events")
        except ForgeError as error:
            if error.status != 422:
                raise
            return Tried(False, error.what)
        return Tried(True)

    def last_delivery(self, repository: Repository, hook_id: str) -> Tried:
        """See Setup. From 17.3 on: https://docs.gitlab.com/api/project_webhooks/ (list webhook events)."""
        with asking(f"{repository.full_name} webhook {hook_id}"):
            path = f"/projects/{int(repository.id)}/hooks/{int(hook_id)}/events"
            try:
                found: Any = self._gitlab.http_list(path, iterator=False, per_page=1, page=1)
            except GitlabError as error:
                if error.response_code not in {404, 405}:
                    raise
                return Tried(None)
            if not found:
                return Tried(None, "nothing was sent yet")
            status = str(found[0]["response_status"])
            is_taken = status.isdecimal() and 200 <= int(status) < 300
            return Tried(is_taken, f"{found[0]['trigger']} was answered with {status}")

    def instructions(self, url: str) -> tuple[str, ...]:
        """See Setup."""
        return (
            "Add new webhook",
            f"URL: {url}",
            "Secret token: see below",
            "Trigger: Comments, Confidential comments, Issues events, Confidential issues events, Milestone "
            "events (as far as this GitLab has them), and not Push events",
            "SSL verification: enabled",
        )

    def _hooks(self, repository: Repository) -> ProjectHookManager:
        return self._gitlab.projects.get(int(repository.id), lazy=True).hooks

    def _standing(self, repository: Repository) -> str:
        """What the token's account is in the project."""
        user: Any = self._gitlab.http_get("/user")
        try:
            project = self._gitlab.projects.get(int(repository.id), lazy=True)
            level = int(project.members_all.get(int(user["id"])).asdict()["access_level"])
        except GitlabError as error:
            if error.response_code != 404:
                raise
            return f"and {user['username']} is no member"
        least = max((one for one in _LEVELS if one <= level), default=0)
        return f"and {user['username']} is {_LEVELS.get(least, 'a guest')} there"


_NEW_TOKEN = "Make a personal, project or group access token with the scope api, and give that one"  # noqa: S105


def _refused_token(where: str) -> ForgeError:
    what = "the token is not valid there: it is mistyped, expired, revoked, or another server's"
    error = ForgeError(what, where=where, mend=_NEW_TOKEN, permanent=True)
    error.status = 401
    return error


@contextmanager
def _saving(where: str) -> Iterator[None]:
    """Say what stands in the way of a webhook: its address, or the account's role."""
    try:
        with asking(where):
            yield
    except ForgeError as error:
        if error.status == 403:
            error.mend = "Give the token's account the role Maintainer in the project, or make it by hand"
        if error.status == 422 and "url" in error.what.lower():
            error.mend = _LOCAL
        raise


def _hook(found: Fields) -> Hook:
    """A webhook as GitLab shows it; it never shows the token, and only newer servers whether there is one."""
    missing = [words for field, words in _EVENTS.items() if found.get(field, True) is not True]
    faults = [f"does not send {', '.join(missing)}"] if missing else []
    if found.get("enable_ssl_verification") is False:
        faults.append("does not check the certificate")
    if found.get("custom_webhook_template"):
        faults.append("sends a template of its own in place of GitLab's payload")
    state, until = str(found.get("alert_status") or "executable"), found.get("disabled_until")
    trouble = "" if state == "executable" else f"GitLab disabled it after failures{_until(until)}"
    is_signed = found.get("signing_token_present") is True
    return Hook(str(int(found["id"])), str(found["url"]), tuple(faults), trouble, is_signed)


def _until(moment: object) -> str:
    return f", until {moment}" if moment else "; a test that succeeds turns it on again"
