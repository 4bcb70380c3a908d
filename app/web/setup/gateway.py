"""Step 3: who moves the money, and the secret that the platform and we share."""

from __future__ import annotations

from http import HTTPStatus

import flask

from app.errors import SettingsError
from app.setup.desk import Desk
from app.setup.gateway import Taken, connect_gateway
from app.signatures import new_standard_secret
from app.web.setup.gate import Answer


def gateway_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/gateway."""
    pages = flask.Blueprint("gateway", __name__, url_prefix="/gateway")

    def page(typed: dict[str, str], error: SettingsError | Taken | None = None) -> str:
        name = typed.get("name", "")
        return flask.render_template(
            "setup/gateway.html",
            typed=typed,
            error=error,
            is_taken=isinstance(error, Taken),
            present=_present(desk),
            fixed_url=desk.book.current.gateways[name].url if name in desk.book.current.gateways else "",
            callback_url=desk.settings.public_url,
        )

    @pages.get("")
    def show() -> Answer:
        gateways = desk.gateways()
        lacking = [name for name in gateways if not desk.has(name, "SECRET")]
        name = next(iter(lacking), "" if gateways else "platform")
        return page({"name": name, "url": gateways.get(name, "")})

    @pages.post("")
    def save() -> Answer:
        form = flask.request.form
        typed = {name: form.get(name, "").strip() for name in ("name", "url", "how")}
        is_made = typed["how"] != "paste"
        secret = new_standard_secret() if is_made else form.get("secret", "").strip()
        try:
            connect_gateway(desk, typed["name"], typed["url"], secret, replaces="replaces" in form)
        except (SettingsError, Taken) as error:
            return page(typed, error), HTTPStatus.UNPROCESSABLE_ENTITY
        return flask.render_template(
            "setup/gateway_done.html",
            name=typed["name"],
            secret=secret if is_made else "",
            callback_url=f"{desk.settings.public_url}/gateways/{typed['name']}",
            has_address=bool(desk.settings.public_url),
        )

    return pages


def _present(desk: Desk) -> list[dict[str, str]]:
    return [
        {"name": name, "url": desk.settings.value(name, "URL") or url}
        for name, url in desk.gateways().items()
        if desk.has(name, "SECRET")
    ]
