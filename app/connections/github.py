"""A GitHub App that exists: taking it over, and giving its webhook a new secret.

As everywhere, a secret is stored, and taken up by running servers, before GitHub signs with it. The App has
one webhook for all repositories; which secret it was given stands in the hook book, without a repository.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from app.connections.addresses import same_server
from app.connections.hookbook import HookBook, OurHook
from app.connections.kept import Kept
from app.connections.rotate import begin
from app.errors import SettingsError
from app.forges.github.apps import AppFacts, GitHubApp
from app.forges.github.rest import PUBLIC_API
from app.forges.setup import plain_secret
from app.wellformed import PREFIX

EVENTS = ("issues", "issue_comment", "milestone")
RIGHTS = {"issues": "write", "metadata": "read"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves to be an App. `webhook_secret` is the App's own, "" where a new one is to be made."""

    app_id: str
    private_key: str
    api_url: str = ""
    webhook_secret: str = ""

    @property
    def app(self) -> GitHubApp:
        """Raises SettingsError for what can be none."""
        return GitHubApp(self.app_id, self.private_key, self.api_url)


def take_over(
    kept: Kept,
    book: HookBook,
    given: Credentials,
    *,
    public_url: str = "",
    forget: Callable[[], object] | None = None,
) -> AppFacts:
    """Store the App's credentials as those of the connection, and have its webhook come here.

    With the App's own webhook secret its webhook is left as it is. Can be done again. `public_url` is kept as
    where this server is reached. A connection that is something else already is only replaced with `forget`,
    which is called right before: what names and numbers meant to the former is nothing to the new one.
    Raises ForgeError where GitHub does not know the App by this key; SettingsError for a connection that is
    something else already, that the environment sets, or where nobody said how this server is reached.
    Nothing is stored or forgotten then.
    """
    facts = given.app.read()
    before = kept.value("APP_ID")
    at = kept.value("API_URL") or PUBLIC_API
    is_same = before in (given.app_id, facts.id) and same_server(at, given.api_url or PUBLIC_API)
    is_other = bool(before or kept.value("TOKEN")) and not is_same
    if is_other and forget is None:
        what = f"the GitHub App {before} of {at}" if before else "connected by a token"
        raise SettingsError(
            f"the connection {kept.name} is {what} already",
            where=kept.variable("APP_ID"),
            mend="Choose another --name, or replace it with --replace: its webhooks are refused from then on",
        )
    if not (given.webhook_secret or public_url or kept.public_url):
        raise SettingsError(
            "nobody said how GitHub reaches this server",
            where=f"{PREFIX}PUBLIC_URL",
            mend="Give --public-url, or the App's own secret with --webhook-secret-file",
        )
    present = "" if is_other else kept.value("WEBHOOK_SECRET")
    secret = given.webhook_secret or present or plain_secret()
    formers = {"CLIENT_ID": "", "CLIENT_SECRET": ""} if is_other else {}
    values = formers | {
        "FORGE": "github",
        "APP_ID": facts.id,
        "APP_SLUG": facts.slug,
        "PRIVATE_KEY": given.private_key,
        "WEBHOOK_SECRET": secret,
        "OLD_WEBHOOK_SECRET": present if present != secret else kept.value("OLD_WEBHOOK_SECRET"),
        "API_URL": given.api_url,
        "TOKEN": "",
    }
    kept.check(values)
    if is_other and forget is not None:
        forget()
    kept.put(values)
    if public_url:
        kept.put_public_url(public_url)
    if given.webhook_secret:
        book.write(replace(our_hook(kept, book), secret_at=kept.secret_at()))
    else:
        point(kept, book, given.app)
    return facts


def rotate(kept: Kept, book: HookBook) -> bool:
    """Give the App's webhook a new secret; the one before is accepted beside it.

    False where the last rotation may not have reached GitHub: then it is that one which is finished now.
    Raises SettingsError and ForgeError.
    """
    app = app_of(kept)
    is_new = begin(kept, plain_secret, [our_hook(kept, book)])
    point(kept, book, app)
    return is_new


def point(kept: Kept, book: HookBook, app: GitHubApp) -> None:
    """Have the App's webhook come to our address, signed with our secret, once servers know it."""
    kept.wait_until_taken_up()
    url = f"{kept.public_url}/hooks/{kept.name}" if kept.public_url else app.webhook_url()
    secret_at = kept.secret_at()
    app.set_webhook(url, kept.value("WEBHOOK_SECRET"))
    book.write(replace(our_hook(kept, book), url=url, secret_at=secret_at))


def our_hook(kept: Kept, book: HookBook) -> OurHook:
    """The App's webhook, with the secret that we last gave it.

    Where we gave none it has the present one, with which the App came, unless a rotation began meanwhile.
    """
    app_id = kept.value("APP_ID")
    secret_at = "" if kept.value("OLD_WEBHOOK_SECRET") else kept.secret_at()
    known = (one for one in book.of(kept.name) if one.hook_id == app_id)
    return next(known, OurHook(kept.name, "github", "", "the GitHub App", app_id, "", secret_at))


def app_of(kept: Kept) -> GitHubApp:
    """The connection's App. Raises SettingsError where it is none."""
    if not kept.value("APP_ID"):
        raise SettingsError(
            f"the connection {kept.name} is no GitHub App",
            where=kept.variable("APP_ID"),
            mend="Make one with closeout setup, or take one over with closeout github import",
        )
    return GitHubApp(kept.value("APP_ID"), kept.value("PRIVATE_KEY"), kept.value("API_URL"))


def lacks(facts: AppFacts) -> Iterator[tuple[str, str]]:
    """What the App is not told of, or may not do, each with what to do about it."""
    page = f"under Permissions & events of {facts.url}"
    events = [one for one in EVENTS if one not in facts.events]
    if events:
        yield f"the App is not told of {', '.join(events)}", f"Tick them {page}"
    rights = [f"{one}: {level}" for one, level in RIGHTS.items() if facts.permissions.get(one) != level]
    if rights:
        yield "the App may not do its work", f"Give it {', '.join(rights)} {page}"
