"""Making a GitHub App's answer a connection of ours."""

from __future__ import annotations

import re

from app.connections.github import app_of, point
from app.connections.hookbook import HookBook
from app.connections.names import check_name
from app.errors import CloseoutError, ForgeError, SettingsError
from app.forges.github.apps import Created, convert
from app.forges.github.keys import as_app
from app.forges.setup import plain_secret
from app.releases.decision.known_names import forget_connection
from app.settings import short
from app.setup.desk import SECRETS, Desk
from app.setup.manifest import Host, read_host
from app.setup.sessions import Errand

_SLUG = re.compile(r"[A-Za-z0-9-]{1,100}", re.ASCII)


class Taken(CloseoutError):
    """The connection exists already, and nobody said that it is to be replaced."""


def check_free(desk: Desk, name: str, *, replaces: bool) -> None:
    """Raises Taken where a connection of that name must not be written, SettingsError for what is no name."""
    check_name("connection", name, desk.settings, desk.book.current, "github")
    desk.refuse_environment(name)
    if desk.has(name, *SECRETS) and not replaces:
        raise Taken(
            f"there is a connection {name} already",
            mend="Choose another name, or say that it is to be replaced",
        )


def connect(desk: Desk, errand: Errand, code: str) -> Created:
    """Exchange the code, and store what GitHub answers, all or nothing.

    Raises ForgeError, SettingsError and Taken.

    The App's secrets are only shown this once: nothing that can be known before may fail afterwards. Where
    GitHub made no secret for the webhook one is made here, of which GitHub has to be told (`mend_webhook`).
    """
    host = read_host(errand.host)
    with desk.alone():
        check_free(desk, errand.connection, replaces=errand.replaces)
        desk.vault.put({})  # refuses now what it would refuse then
        created = _checked(convert(code, host.api))
        secret = created.webhook_secret or plain_secret()
        if errand.replaces:
            forget_connection(desk.db, errand.connection)  # another App may be at another server
        desk.store(
            {
                short(errand.connection, suffix): value
                for suffix, value in {
                    "FORGE": "github",
                    "APP_ID": created.id,
                    "APP_SLUG": created.slug,
                    "PRIVATE_KEY": created.private_key,
                    "WEBHOOK_SECRET": secret,
                    "OLD_WEBHOOK_SECRET": "",
                    "CLIENT_ID": created.client_id,
                    "CLIENT_SECRET": created.client_secret,
                    "API_URL": host.api,
                    "TOKEN": "",
                }.items()
            }
        )
    return created


def mend_webhook(desk: Desk, name: str) -> None:
    """Have the App's webhook come to our present address, signed with the secret that we know.

    Raises ForgeError and SettingsError.
    """
    with desk.alone():  # a command that gives it another secret is through
        kept = desk.kept(name)
        point(kept, HookBook(desk.db), app_of(kept))


def host_of(desk: Desk, name: str) -> Host:
    """The GitHub of a connection."""
    api = desk.settings.value(name, "API_URL")
    return read_host(api.removesuffix("/api/v3").replace("https://api.", "https://"))


def _checked(created: Created) -> Created:
    """The same, when every part of it is what it should be. Raises ForgeError without showing any."""
    texts = (created.private_key, created.webhook_secret, created.client_id, created.client_secret)
    is_right = isinstance(created.slug, str) and _SLUG.fullmatch(created.slug) is not None
    if is_right and all(isinstance(text, str) for text in texts) and isinstance(created.url, str):
        try:
            as_app(created.id, created.private_key)
        except SettingsError:
            is_right = False
        if is_right:
            return created
    raise ForgeError(
        "GitHub answered in a form that we do not know",
        where="the App's code",
        mend="Nothing was stored. Delete the new App at GitHub, check the host, and begin again",
        permanent=True,
    )
