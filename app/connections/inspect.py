"""How a connection stands, asked of the forge: for `closeout doctor`. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from app.connections.checks import of_token
from app.connections.finding import Finding, Verdict
from app.connections.hookbook import HookBook
from app.connections.kept import Kept
from app.connections.rotate import behind
from app.errors import ForgeError
from app.forges.flavours import FLAVOURS
from app.forges.registry import SETUPS
from app.forges.setup import Home, Setup


def inspect_connection(
    kept: Kept, book: HookBook, forge: str, api_url: str, full_names: Iterable[str], hook_url: str
) -> list[Finding]:
    """Token, rights and webhooks of one connection. `forge` is a kind in SETUPS, `api_url` the file's.

    `hook_url` is where the webhooks should point, "" where nobody said how this server is reached. A forge
    that can not be asked is a finding, not an error. Two requests, and five for each repository.
    """
    about, again = f"connection {kept.name}", f"closeout {forge} connect"
    token = kept.value("TOKEN")
    if not token:
        return [Finding(about, "broken", "there is no access token", again)]
    setup = SETUPS[forge](token, kept.value("API_URL") or api_url)
    found = []
    try:
        account = setup.read_account()
        refused, warned = of_token(account, datetime.now(UTC).date())
        found += [Finding(about, "broken", each, f"{again}, with another token") for each in refused]
        found += [Finding(about, "warning", each, f"{again}, with another token") for each in warned]
        if not refused:
            found.append(Finding(about, "ok", f"{account.server}, as {account.login}"))
    except ForgeError as error:
        return [Finding(about, "broken", error.what, error.mend or again)]
    for full_name in full_names:
        place = f"{kept.name}:{full_name}"
        try:
            home = setup.read_home(full_name)
            found += [Finding(place, "broken", each, "Mend it at the forge") for each in home.lacks]
            found += [Finding(place, *each) for each in _webhook(setup, kept, book, forge, home, hook_url)]
        except ForgeError as error:
            found.append(Finding(place, "broken", error.what, error.mend))
    return found


def _webhook(
    setup: Setup, kept: Kept, book: HookBook, forge: str, home: Home, hook_url: str
) -> Iterator[tuple[Verdict, str, str]]:
    """(verdict, what, what to do) about the webhook of one repository."""
    for lack in home.lacks_hooks:
        yield "warning", f"whether there is a webhook can not be seen: {lack}", f"Look at {home.page}"
    if home.lacks_hooks:
        return
    again = f"closeout {forge} connect"
    ours = {one.hook_id: one for one in book.of(kept.name)}
    listed = setup.list_hooks(home.repository)
    hook = next((one for one in listed if one.id in ours or one.url == hook_url), None)
    if hook is None:
        mend = f"{again} {FLAVOURS[forge].option} …"
        yield "broken", "there is no webhook: what happens is found by the sweep alone", mend
        return
    for fault in hook.faults:
        yield "broken", f"the webhook {fault}", again
    is_astray = bool(hook_url) and hook.url != hook_url
    if is_astray:
        yield "broken", f"the webhook calls {hook.url}, and this server is {hook_url}", again
    if hook.id in ours and behind(kept, [ours[hook.id]]):
        yield "warning", "the webhook does not have the newest secret", f"closeout {forge} rotate"
    if hook.trouble:
        yield "broken", hook.trouble, f"See that {hook.url} is reachable, then send a test at {home.page}"
    tried = setup.last_delivery(home.repository, hook.id)
    if tried.arrived is False:
        yield "warning", f"the last delivery failed: {tried.said}", f"See {home.page}"
    elif not (hook.faults or is_astray or hook.trouble):
        yield "ok", f"the webhook calls {hook.url}" + (f"; {tried.said}" if tried.said else ""), ""
