"""A new webhook secret without losing a delivery.

The present secret becomes the old one, which is still accepted, together with the storing of the new one.
Only when running servers know both is the new one set at the webhooks. The old one stays until it is
finished on purpose, or until the next rotation: a forge that repeats a delivery may take hours to do so.

Killed in between, some webhooks have the new secret and some the old: both are accepted, and the next run
finishes that rotation before anything else. A third secret would shut out the webhooks that were not reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from app.connections.hookbook import HookBook, OurHook
from app.connections.kept import Kept
from app.errors import CloseoutError, ForgeNotFound, SettingsError
from app.forges.setup import NoSigning, Setup, plain_secret


class Unfinished(CloseoutError):
    """A webhook still has the old secret."""


def begin(kept: Kept, new_secret: Callable[[], str], hooks: Sequence[OurHook]) -> bool:
    """Store a new secret beside the present one; False where the last rotation has yet to reach a webhook.

    Where no webhook is known (they were made by hand), nobody can tell which secret they have, so the last
    rotation has to be finished first. For any forge: what follows is `kept.wait_until_taken_up()` and setting
    `kept.value("WEBHOOK_SECRET")` there. Raises SettingsError where the secret is the environment's.
    """
    refuse_environment(kept)
    present = kept.value("WEBHOOK_SECRET")
    if not present:
        raise SettingsError(f"{kept.name} has no webhook secret yet", mend="Connect it first")
    if behind(kept, hooks) or (not hooks and kept.value("OLD_WEBHOOK_SECRET")):
        return False
    kept.put({"WEBHOOK_SECRET": new_secret(), "OLD_WEBHOOK_SECRET": present})
    return True


def behind(kept: Kept, hooks: Sequence[OurHook]) -> list[OurHook]:
    """The webhooks that do not have the present secret."""
    return [one for one in hooks if one.secret_at != kept.secret_at()]


def set_everywhere(setup: Setup, kept: Kept, book: HookBook) -> Iterator[str]:
    """Give the present secret to each webhook that lacks it; says what became of each.

    Raises ForgeError at the first that is refused: both secrets are accepted meanwhile.
    """
    for ours in behind(kept, book.of(kept.name)):
        kept.wait_until_taken_up()
        try:
            yield _set(setup, kept, book, ours)
        except NoSigning:
            fall_back(kept, book.of(kept.name))
            yield from set_everywhere(setup, kept, book)
            return


def fall_back(kept: Kept, hooks: Sequence[OurHook]) -> None:
    """A plain secret in place of a signing key that the server does not take, or not any more.

    What the webhooks sign with now stays accepted: the key, or where no webhook has it the secret before it.
    """
    is_used = any(one.secret_at == kept.secret_at() for one in hooks)
    formers = {"OLD_WEBHOOK_SECRET": kept.value("WEBHOOK_SECRET")} if is_used else {}
    kept.put({"WEBHOOK_SECRET": plain_secret(), **formers})


def _set(setup: Setup, kept: Kept, book: HookBook, ours: OurHook) -> str:
    try:
        listed = setup.list_hooks(ours.repository)
    except ForgeNotFound:
        listed = []
    hook = next((one for one in listed if one.id == ours.hook_id), None)
    if hook is None:
        book.forget(ours)
        return f"the webhook of {ours.full_name} is gone: connect it again"
    secret_at = kept.secret_at()
    mended = setup.mend_hook(ours.repository, hook, ours.url, kept.value("WEBHOOK_SECRET"))
    book.write(replace(ours, hook_id=mended.id, secret_at=secret_at))
    return f"the webhook of {ours.full_name} has the new secret"


def finish(kept: Kept, hooks: Sequence[OurHook]) -> bool:
    """Accept the old secret no longer; False where there is none. Raises Unfinished."""
    refuse_environment(kept)
    left = [one.full_name for one in behind(kept, hooks)]
    if left:
        raise Unfinished(
            f"the webhook of {', '.join(left)} still has the old secret",
            mend="Rotate once more without --finish",
        )
    if not kept.value("OLD_WEBHOOK_SECRET"):
        return False
    kept.put({"OLD_WEBHOOK_SECRET": ""})
    return True


def refuse_environment(kept: Kept) -> None:
    """Raises SettingsError, with how it is done by hand, where the environment sets a secret."""
    new, old = kept.variable("WEBHOOK_SECRET"), kept.variable("OLD_WEBHOOK_SECRET")
    for where in (new, old):
        if kept.is_by_environment(where.removeprefix(kept.variable(""))):
            raise SettingsError(
                "the environment sets it, so it can not be changed from here",
                where=where,
                mend=f"By hand: set {old} to the present secret and {new} to a new one, restart the server, "
                f"connect again, which sets the new one at every webhook, and take {old} out a day later",
            )
