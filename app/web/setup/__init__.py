"""The pages under /setup: from an empty server to the first milestone, without reading more than they say.

Each step is a blueprint of its own in this folder; `gate.py` lets in.
"""

from __future__ import annotations

import re
from http import HTTPStatus

import flask
import structlog

from app.errors import SettingsError, StorageUnavailable
from app.setup.desk import Desk
from app.web.setup.address import address_pages
from app.web.setup.check import check_pages
from app.web.setup.contract import contract_pages
from app.web.setup.forge import forge_pages
from app.web.setup.gate import Answer, Gate
from app.web.setup.gateway import gateway_pages
from app.web.setup.github import github_pages
from app.web.setup.labels import labels_pages
from app.web.setup.overview import overview
from app.web.setup.token import token_pages

log = structlog.get_logger()

STEPS = (
    address_pages,
    forge_pages,
    github_pages,
    token_pages,
    gateway_pages,
    contract_pages,
    labels_pages,
    check_pages,
)


def setup_pages(desk: Desk, gate: Gate) -> flask.Blueprint:
    """The blueprint of /setup, all of it behind the gate."""
    pages = flask.Blueprint("setup", __name__, url_prefix="/setup")
    pages.before_request(gate.guard)
    pages.add_url_rule("/code", "enter", gate.enter, methods=["POST"])
    pages.add_url_rule("/leave", "leave", gate.leave, methods=["POST"])
    for step in STEPS:
        pages.register_blueprint(step(desk))

    @pages.get("")
    def steps() -> Answer:
        return flask.render_template("setup/overview.html", **overview(desk))

    pages.add_app_template_filter(sentence)

    @pages.context_processor
    def of_session() -> dict[str, object]:
        return {"seal": flask.g.get("seal", "")}

    @pages.errorhandler(StorageUnavailable)
    def no_database(error: StorageUnavailable) -> Answer:
        log.warning("a page of the setup could not be shown", problem=error.what)
        page = flask.render_template("setup/trouble.html", title="The database does not answer", error=None)
        return page, HTTPStatus.SERVICE_UNAVAILABLE

    @pages.errorhandler(SettingsError)
    def unusable(error: SettingsError) -> Answer:
        log.warning("a step of the setup failed", problem=str(error))
        page = flask.render_template("setup/trouble.html", title="That did not work", error=error)
        return page, HTTPStatus.SERVICE_UNAVAILABLE

    @pages.after_request
    def keep_out(response: flask.Response) -> flask.Response:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return pages


def sentence(text: str) -> str:
    """With a capital letter, unless it begins with an address, or with a name that is written otherwise."""
    return text if re.match(r"\S*[:/.@_-]\S", text) else text[:1].upper() + text[1:]
