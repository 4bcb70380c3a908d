"""Step 1: the address under which forges and people reach this server."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlsplit

import flask

from app.connections.addresses import doubts
from app.errors import SettingsError
from app.setup.desk import Desk
from app.web.setup.gate import Answer
from app.wellformed import web_address

_SERVER = re.compile(r"https?://([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", re.ASCII)


def address_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/address."""
    pages = flask.Blueprint("address", __name__, url_prefix="/address")

    def page(url: str, error: SettingsError | None = None) -> str:
        is_fixed = bool(desk.settings.public_url) and "PUBLIC_URL" not in desk.settings.vaulted
        return flask.render_template(
            "setup/address.html",
            url=url,
            error=error,
            is_fixed=is_fixed,
            doubts=[] if error else doubts(url),
            is_saved=bool(desk.settings.public_url),
            elsewhere=is_elsewhere(desk),
        )

    @pages.get("")
    def show() -> Answer:
        return page(desk.settings.public_url or flask.request.host_url.rstrip("/"))

    @pages.post("")
    def save() -> Answer:
        typed = flask.request.form.get("url", "").strip().rstrip("/")
        try:
            url = _address(typed)
        except SettingsError as error:
            return page(typed, error), HTTPStatus.UNPROCESSABLE_ENTITY
        desk.store({"PUBLIC_URL": url})
        # In another place this browser is a stranger: it stays to read where to go on.
        return flask.redirect("/setup/address" if is_elsewhere(desk) else "/setup", HTTPStatus.SEE_OTHER)

    @pages.post("/code")
    def make_code() -> Answer:
        """A code for whoever is signed in already, to sign in at the public address as well."""
        if not is_elsewhere(desk):
            return flask.redirect("/setup/address", HTTPStatus.SEE_OTHER)
        code = desk.codes.make()
        return flask.render_template("setup/moved.html", url=desk.settings.public_url, code=code)

    return pages


def _address(typed: str) -> str:
    """Scheme, host and port. Raises SettingsError."""
    url = web_address(typed)
    if not _SERVER.fullmatch(url):
        raise SettingsError(
            "this is not an address of a server",
            mend="Write how a browser reaches it, for example https://closeout.studio.example",
        )
    return url


def is_elsewhere(desk: Desk) -> bool:
    """Whether this browser is not at the public address, to which forges send people back."""
    public = urlsplit(desk.settings.public_url)
    return bool(public.netloc) and public.netloc.lower() != flask.request.host.lower()
