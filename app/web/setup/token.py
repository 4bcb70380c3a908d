"""Step 2 with GitLab, Gitea or Forgejo: an access token, and the webhooks that it makes."""

from __future__ import annotations

from http import HTTPStatus

import flask
import structlog

from app.connections.addresses import doubts
from app.errors import CloseoutError, ForgeError, SettingsError
from app.forges.flavours import FLAVOURS
from app.setup.desk import Desk
from app.setup.token import Refused, Wanted, connect_by_token
from app.web.setup.gate import Answer

log = structlog.get_logger()


def token_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/token."""
    pages = flask.Blueprint("token", __name__, url_prefix="/token")

    def page(typed: dict[str, str], error: CloseoutError | None = None) -> str:
        return flask.render_template(
            "setup/token.html",
            typed=typed,
            error=error,
            reasons=error.reasons if isinstance(error, Refused) else (),
            forge=FLAVOURS[typed["forge"]],
            public_url=desk.settings.public_url,
            doubts=doubts(desk.settings.public_url),
        )

    @pages.get("")
    def show() -> Answer:
        query = flask.request.args
        name = query.get("connection", "")
        entry = desk.connections.entries.get(name)
        forge = entry.forge if entry else query.get("forge", "gitlab")
        if forge not in FLAVOURS:
            return flask.redirect("/setup/forge", HTTPStatus.SEE_OTHER)
        known = [
            key.full_name
            for contract in desk.book.current.contracts.values()
            for key in contract.repositories
            if key.connection == name
        ]
        usual = "https://gitlab.com" if forge == "gitlab" else ""
        url = (desk.settings.value(name, "API_URL") or entry.api_url) if entry else usual
        typed = {"name": name if entry else forge, "url": url, "repositories": "\n".join(sorted(set(known)))}
        return page({"forge": forge, **typed})

    @pages.post("")
    def connect() -> Answer:
        form = flask.request.form
        typed = {name: form.get(name, "").strip() for name in ("forge", "name", "url", "repositories")}
        if typed["forge"] not in FLAVOURS:
            return flask.redirect("/setup/forge", HTTPStatus.SEE_OTHER)
        if not desk.settings.public_url:
            return flask.redirect("/setup/address", HTTPStatus.SEE_OTHER)
        full_names = tuple(dict.fromkeys(typed["repositories"].replace(",", " ").split()))
        wanted = Wanted(typed["forge"], typed["name"], typed["url"], full_names)
        try:
            done = connect_by_token(desk, wanted, form.get("token", "").strip())
        except (SettingsError, ForgeError, Refused) as error:
            log.warning("a forge could not be connected", connection=typed["name"], problem=error.what)
            return page(typed, error), HTTPStatus.UNPROCESSABLE_ENTITY
        log.info("a forge was connected", connection=wanted.name, forge=wanted.forge)
        return flask.render_template("setup/token_done.html", done=done, forge=FLAVOURS[wanted.forge])

    return pages
