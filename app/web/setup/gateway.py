"""Step 3: who moves the money, whose account it is, and its secrets."""

from __future__ import annotations

from http import HTTPStatus

import flask

from app.doctor.gateways import examine_one
from app.errors import SettingsError
from app.milestones.contract import GatewayConfig
from app.setup.desk import Desk
from app.setup.gateway import Taken, connect_gateway
from app.signatures import new_standard_secret
from app.web.setup.gate import Answer
from app.web.setup.gateway_forms import FORMS


def gateway_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/gateway."""
    pages = flask.Blueprint("gateway", __name__, url_prefix="/gateway")

    def page(typed: GatewayConfig, how: str = "make", error: SettingsError | Taken | None = None) -> str:
        named = desk.book.current.gateways
        return flask.render_template(
            "setup/gateway.html",
            typed=typed,
            how=how,
            form=FORMS[typed.kind],
            kinds=FORMS,
            error=error,
            is_taken=isinstance(error, Taken),
            present=_present(desk),
            fixed=named.get(typed.name),
            callback_url=desk.settings.public_url,
        )

    @pages.get("")
    def show() -> Answer:
        gateways = desk.gateways()
        lacking = [one for one in gateways.values() if not desk.is_ready(one)]
        kind = flask.request.args.get("kind", "")
        if kind in FORMS:
            return page(GatewayConfig("platform" if kind == "http" else kind, kind))
        return page(lacking[0] if lacking else GatewayConfig("" if gateways else "platform", "http"))

    @pages.post("")
    def save() -> Answer:
        form = flask.request.form
        typed = {name: form.get(name, "").strip() for name in ("name", "kind", "url", "account", "how")}
        kind = typed["kind"] if typed["kind"] in FORMS else "http"
        told = GatewayConfig(typed["name"], kind, typed["url"], "".join(typed["account"].split()))
        is_made = kind == "http" and typed["how"] != "paste"
        secrets = {one.suffix: form.get(one.suffix.lower(), "").strip() for one in FORMS[kind].fields}
        if kind == "http":
            secrets = {"SECRET": new_standard_secret() if is_made else form.get("secret", "").strip()}
        try:
            connect_gateway(desk, told, secrets, replaces="replaces" in form)
        except (SettingsError, Taken) as error:
            return page(told, typed["how"], error), HTTPStatus.UNPROCESSABLE_ENTITY
        is_known = told.name in desk.book.current.gateways and told.name in desk.connections.gateways
        return flask.render_template(
            "setup/gateway_done.html",
            name=told.name,
            form=FORMS[kind],
            secret=secrets["SECRET"] if is_made else "",
            tried=[*examine_one(desk.connections, told.name)] if is_known else [],
            callback_url=f"{desk.settings.public_url}/gateways/{told.name}",
            has_address=bool(desk.settings.public_url),
        )

    return pages


def _present(desk: Desk) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "whose": desk.settings.value(name, "URL") or one.url or one.account,
            "kind": FORMS[one.kind].title,
            "calls": bool(FORMS[one.kind].after),
        }
        for name, one in desk.gateways().items()
        if desk.is_ready(one)
    ]
