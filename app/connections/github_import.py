"""Taking over a GitHub App that exists: its id and key are proven, its webhook is pointed here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import SettingsError
from app.forges.github.apps import AppFacts, GitHubApp
from app.forges.setup import plain_secret
from app.settings import Settings, variable
from app.vault.store import Vault
from app.wellformed import PREFIX

EVENTS = ("issues", "issue_comment", "label", "milestone", "repository")
RIGHTS = {"issues": "write", "metadata": "read"}


@dataclass(frozen=True, slots=True)
class Imported:
    """The App, what it lacks (in words, with what to do), and whether its webhook was pointed here."""

    facts: AppFacts
    lacks: tuple[str, ...]
    is_pointed: bool


def import_app(
    settings: Settings,
    vault: Vault,
    name: str,
    app_id: str,
    private_key: str,
    *,
    api_url: str = "",
    webhook_secret: str = "",
    replaces: bool = False,
) -> Imported:
    """Store the App's credentials as those of connection `name`.

    `settings` are those with the vault on top. With `webhook_secret`, which is the App's own, its webhook is
    left as it is; without one it is pointed to this server, with a fresh secret that is stored before. Raises
    ForgeError where GitHub does not know the App by this key, SettingsError for a connection that is another
    App already (unless `replaces`), or where nobody said how this server is reached.
    """
    app = GitHubApp(app_id, private_key, api_url)
    facts = app.read()
    before = settings.value(name, "APP_ID")
    if before and before not in (app_id, facts.id) and not replaces:
        raise SettingsError(
            f"the connection {name} is the GitHub App {before} already",
            where=variable(name, "APP_ID"),
            mend="Choose another --name, or replace it with --replace: its webhooks are refused from then on",
        )
    given = [one for one in ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET") if _is_given(settings, name, one)]
    if given:
        raise SettingsError(
            "the environment sets this, and what it says wins",
            where=variable(name, given[0]),
            mend="Take the connection's variables out of the server's environment, then do this again",
        )
    if not (webhook_secret or settings.public_url):
        raise SettingsError(
            "nobody said how GitHub reaches this server",
            where=f"{PREFIX}PUBLIC_URL",
            mend="Give --public-url, or the App's own secret with --webhook-secret-file",
        )
    secret = webhook_secret or plain_secret()
    present = settings.value(name, "WEBHOOK_SECRET") if before in (app_id, facts.id) else ""
    values = {
        "APP_ID": facts.id,
        "APP_SLUG": facts.slug,
        "PRIVATE_KEY": private_key,
        "WEBHOOK_SECRET": secret,
        "OLD_WEBHOOK_SECRET": present if present != secret else "",
        "API_URL": api_url,
    }
    vault.put({_key(name, suffix): value for suffix, value in values.items()})
    if not webhook_secret:
        app.set_webhook(f"{settings.public_url}/hooks/{name}", secret)
    return Imported(facts, tuple(_lacks(facts)), is_pointed=not webhook_secret)


def _lacks(facts: AppFacts) -> Iterator[str]:
    events = [one for one in EVENTS if one not in facts.events]
    if events:
        yield f"it is not told of {', '.join(events)}: tick them under Permissions & events of {facts.url}"
    rights = [f"{one}: {level}" for one, level in RIGHTS.items() if facts.permissions.get(one) != level]
    if rights:
        yield f"it may not do its work: give it {', '.join(rights)} under Permissions & events of {facts.url}"


def _is_given(settings: Settings, name: str, suffix: str) -> bool:
    short = _key(name, suffix)
    return bool(settings.environment.get(short)) and short not in settings.vaulted


def _key(name: str, suffix: str) -> str:
    return variable(name, suffix).removeprefix(PREFIX)
