"""Connecting to Gitea and Forgejo: tokens, rights and a repository's webhooks. https://docs.gitea.com/api/"""

from __future__ import annotations

from itertools import count
from urllib.parse import quote

from app.errors import ForgeError, ForgeNotFound
from app.events import Repository
from app.forges.gitea import shapes
from app.forges.gitea.api import Api
from app.forges.gitea.faults import asking
from app.forges.gitea.shapes import Fields
from app.forges.setup import Account, Home, Hook, Tried, plain_secret

_ASKED = ["issues_only", "issue_label", "issue_milestone", "issue_comment"]
"""What a webhook is asked to send: "issues" would mean these and the assigning of people
(routers/api/v1/utils/hook.go in go-gitea/gitea)."""
_SHOWN = {
    "issues": "issues",
    "issue_label": "issue labels",
    "issue_milestone": "issue milestones",
    "issue_comment": "issue comments",
}
_OURS = {"gitea", "forgejo"}
"""The types whose deliveries are signed and have the form that we read; a type can not be changed."""
_SCOPES = "write:repository, write:issue, read:user and read:organization"
_NEW_TOKEN = f"Make a token with the scopes {_SCOPES}, and give that one"


class GiteaSetup:
    """The Setup port for one Gitea or Forgejo server; `api_url` is https://host[/api/v1]."""

    def __init__(self, token: str, api_url: str, timeout_s: float = 20) -> None:
        self._api = Api(token, api_url, timeout_s)
        self._address = api_url

    def read_account(self) -> Account:
        """See Setup. Tokens do not end, and do not tell their scopes: what they may is tried."""
        version = self._read_version()
        # Forgejo names the Gitea that it is compatible with: 9.0.3+gitea-1.22.0.
        own, _, other = version.partition("+gitea-")
        server = f"Forgejo {own}" if other else f"Gitea {version}"
        try:
            with asking(self._address):
                return Account(str(self._api.ask("GET", "/user").json()["login"]), server)
        except ForgeError as error:
            if error.status == 401:
                error.what = "the token is not valid there: it is mistyped, deleted, or another server's"
                error.mend, error.permanent = _NEW_TOKEN, True
            if error.status == 403:
                return Account("the account", server, lacks=("the token lacks the scope read:user",))
            raise

    def _read_version(self) -> str:
        try:
            with asking(self._address):
                return str(self._api.ask("GET", "/version").json()["version"])
        except ForgeError as error:
            if error.status == 401:
                error.what, error.mend = "the token is not valid there", _NEW_TOKEN
            elif error.permanent:
                error.what = "this is no Gitea or Forgejo: nothing answers at /api/v1/version as those do"
                error.mend = "Give the address that people open, for example https://codeberg.org"
            raise

    def read_home(self, full_name: str) -> Home:
        """See Setup. Administrators alone may read other people's permissions, and make webhooks."""
        with asking(full_name):
            found = self._api.ask("GET", f"/repos/{quote(full_name)}").json()
            lacks = []
            if not found["permissions"]["admin"]:
                lacks.append("the token's account is no administrator of it, and Closeout reads roles there")
            if not found["has_issues"]:
                lacks.append("issues are switched off: Settings, Units")
            if found["archived"]:
                lacks.append("it is archived: nobody can close issues there")
            home = shapes.repository(found)
            lacks += [f"the token lacks the scope {scope}" for scope in self._missing(found)]
            return Home(home, f"{found['html_url']}/settings/hooks", tuple(lacks))

    def _missing(self, home: Fields) -> list[str]:
        """Scopes that reading shows to be missing. Whether the token may write is seen when it does."""
        owner = quote(home["owner"]["login"], safe="")
        places = {
            "write:issue": f"/repos/{quote(home['full_name'])}/issues?limit=1",
            "read:organization": f"/orgs/{owner}/labels?limit=1",
        }
        missing = []
        for scope, path in places.items():
            try:
                self._api.ask("GET", path)
            except ForgeNotFound:
                continue  # the owner is a person
            except ForgeError as error:
                if error.status != 403:
                    raise
                missing.append(scope)
        return missing

    def list_hooks(self, repository: Repository) -> list[Hook]:
        """See Setup."""
        found: list[Fields] = []
        with asking(f"{repository.full_name} webhooks"):
            for page in count(1):
                response = self._api.ask("GET", _path(repository), params={"page": str(page), "limit": "50"})
                entries = response.json() or []
                found += entries
                if not entries or len(found) >= int(response.headers.get("X-Total-Count") or 0):
                    break
            ours = [_hook(one) for one in found if one["type"] in _OURS]
        return sorted(ours, key=lambda hook: int(hook.id))

    def new_secret(self) -> str:
        """See Setup."""
        return plain_secret()

    def make_hook(self, repository: Repository, url: str, secret: str) -> Hook:
        """See Setup. Both servers know the type gitea; Forgejo adds its own headers to it."""
        content = {"type": "gitea", "active": True, "events": _ASKED, "config": _config(url, secret)}
        return self._save("POST", _path(repository), content, f"{repository.full_name} webhook {url}")

    def mend_hook(self, repository: Repository, hook: Hook, url: str, secret: str) -> Hook:
        """See Setup. Without its events, a webhook that is edited would be left with pushes alone."""
        content = {"active": True, "events": _ASKED, "config": _config(url, secret)}
        where = f"{repository.full_name} webhook {hook.id}"
        return self._save("PATCH", f"{_path(repository)}/{int(hook.id)}", content, where)

    def _save(self, method: str, path: str, content: Fields, where: str) -> Hook:
        try:
            with asking(where):
                return _hook(self._api.ask(method, path, json=content).json())
        except ForgeError as error:
            if error.status == 403:
                error.mend = (
                    f"Make the account an administrator of the repository and give its token the scopes "
                    f"{_SCOPES}, or make the webhook by hand"
                )
            raise

    def delete_hook(self, repository: Repository, hook_id: str) -> None:
        """See Setup."""
        with asking(f"{repository.full_name} webhook {hook_id}"):
            self._api.ask("DELETE", f"{_path(repository)}/{int(hook_id)}")

    def test_hook(self, repository: Repository, hook_id: str) -> Tried:
        """See Setup. A push is sent in the background, whatever the webhook subscribes to; none by servers
        that find no commit in the repository (routers/api/v1/repo/hook.go in go-gitea/gitea).
        """
        with asking(f"{repository.full_name} webhook {hook_id}"):
            self._api.ask("POST", f"{_path(repository)}/{int(hook_id)}/tests")
        return Tried(None)

    def last_delivery(self, _repository: Repository, _hook_id: str) -> Tried:
        """See Setup. Neither server shows its log of deliveries in the API."""
        return Tried(None)

    def instructions(self, url: str) -> tuple[str, ...]:
        """See Setup."""
        return (
            "Add webhook, Gitea (or Forgejo)",
            f"Target URL: {url}",
            "HTTP method POST, POST content type application/json",
            "Secret: see below",
            "Trigger on custom events: Issues, Issues labeled, Issues milestoned, Issue comment",
            "Active: yes",
        )


def _path(repository: Repository) -> str:
    return f"/repos/{quote(repository.full_name)}/hooks"


def _config(url: str, secret: str) -> dict[str, str]:
    return {"url": url, "content_type": "json", "secret": secret}


def _hook(found: Fields) -> Hook:
    """A webhook as the API shows it, which is without its secret."""
    missing = [words for event, words in _SHOWN.items() if event not in (found["events"] or ())]
    faults = [f"does not send {', '.join(missing)}"] if missing else []
    if not found["active"]:
        faults.append("is switched off")
    if found["config"]["content_type"] != "json":
        faults.append("sends forms in place of JSON")
    return Hook(str(int(found["id"])), str(found["config"]["url"]), tuple(faults))
