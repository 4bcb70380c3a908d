"""Connecting: store what a server needs to verify, then have the forge call it.

In this order, so that no delivery comes to a server that can not verify it. Where a run ended early, the next
finds the secret in the vault and goes on: a webhook of ours is recognised by its id or by its URL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.connections.addresses import same_server
from app.connections.hookbook import HookBook, OurHook
from app.connections.kept import BY_ENVIRONMENT, Kept
from app.connections.rotate import fall_back
from app.errors import SettingsError
from app.forges.setup import Home, Hook, NoSigning, Setup, plain_secret
from app.milestones.contract import Connection

Did = Literal["made", "mended", "given", "right"]


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one repository's webhook; "given" is one that was right but for its secret, perhaps.

    `others` are further ones with the same URL, by their ids.
    """

    home: Home
    hook: Hook
    did: Did
    others: tuple[str, ...] = ()


def check_free(kept: Kept, entry: Connection | None, address: str) -> None:
    """Raises SettingsError for a connection to another server, whose token must not be replaced.

    `entry` is the contract file's.
    """
    of_file = entry.api_url if entry else ""
    for where, present in (("the vault", kept.value("API_URL")), ("the file", of_file)):
        if present and not same_server(present, address):
            raise SettingsError(
                f"the connection {kept.name} is {present} in {where}",
                where="URL",
                mend="Choose another name for this server, or disconnect that one first",
            )


def store(setup: Setup, kept: Kept, forge: str, token: str, api_url: str, *, by_hand: bool = False) -> bool:
    """Keep kind, token, address, and a webhook secret where there is none yet; whether anything changed.

    `by_hand`: the secret is one that a person can paste at every forge. Raises SettingsError where the
    present one is a signing key, which the webhooks that were made by the API need.
    """
    present = kept.value("WEBHOOK_SECRET")
    if by_hand and present.startswith("whsec_"):
        raise SettingsError(
            "the webhooks of this connection sign with a key that can not be pasted",
            where=kept.variable("WEBHOOK_SECRET"),
            mend="Give a webhook that is made by hand a connection of its own: another --name",
        )
    wanted = {"FORGE": forge, "TOKEN": token, "API_URL": api_url}
    if not present:
        wanted["WEBHOOK_SECRET"] = plain_secret() if by_hand else setup.new_secret()
    changed = {suffix: value for suffix, value in wanted.items() if kept.value(suffix) != value}
    kept.put(changed)
    return bool(changed)


def make_hooks(
    setup: Setup, kept: Kept, book: HookBook, forge: str, homes: Sequence[Home], url: str
) -> list[Made]:
    """A webhook in each of these repositories, made, mended or found to be right.

    Raises ForgeError at the first one that is refused; what was done stays, and another run goes on.
    """
    try:
        return [_have_hook(setup, kept, book, forge, home, url) for home in homes]
    except NoSigning as error:
        if kept.is_by_environment("WEBHOOK_SECRET"):
            error.where = kept.variable("WEBHOOK_SECRET")
            error.mend = "Set it to a secret that does not begin with whsec_"
            raise
        fall_back(kept, book.of(kept.name))
        return [_have_hook(setup, kept, book, forge, home, url) for home in homes]


def _have_hook(setup: Setup, kept: Kept, book: HookBook, forge: str, home: Home, url: str) -> Made:
    repository, secret_at = home.repository, kept.secret_at()
    known = next((one for one in book.of(kept.name) if one.repository_id == repository.id), None)
    listed = setup.list_hooks(repository)
    same = [hook for hook in listed if hook.url == url]
    found = next((hook for hook in listed if known and hook.id == known.hook_id), None) or next(
        iter(same), None
    )
    ours = OurHook(
        kept.name, forge, repository.id, repository.full_name, found.id if found else "", url, secret_at
    )
    others = tuple(hook.id for hook in same if found and hook.id != found.id)
    is_right = found is not None and not found.faults and found.url == url and known == ours
    # Nobody sees from here whether the environment's secret is the one that the webhook was given.
    if found and is_right and secret_at != BY_ENVIRONMENT:
        return Made(home, found, "right", others)
    kept.wait_until_taken_up()
    secret = kept.value("WEBHOOK_SECRET")
    if found:
        hook = setup.mend_hook(repository, found, url, secret)
    else:
        hook = setup.make_hook(repository, url, secret)
    book.write(replace(ours, hook_id=hook.id))
    return Made(home, hook, "given" if is_right else "mended" if found else "made", others)
