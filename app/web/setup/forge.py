"""Step 2: which forges are connected, and how to connect another."""

from __future__ import annotations

import flask

from app.setup.desk import Desk
from app.web.setup.gate import Answer

_APP = ("APP_SLUG", "APP_ID")


def forge_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/forge."""
    pages = flask.Blueprint("forge", __name__, url_prefix="/forge")

    @pages.get("")
    def show() -> Answer:
        settings, problems = desk.settings, desk.connections.problems
        connected = [
            {
                "name": name,
                "forge": forge,
                "app": next((settings.value(name, one) for one in _APP if desk.has(name, one)), ""),
                "problem": problems.get(f"connection {name}"),
                "is_by_environment": desk.is_by_environment(name),
            }
            for name, forge in desk.forges().items()
        ]
        return flask.render_template("setup/forge.html", connected=connected)

    return pages
