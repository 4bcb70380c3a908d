"""Step 6: what works, what does not, and when the first milestone was heard of."""

from __future__ import annotations

import flask

from app.notices.text import moment
from app.setup.checks import arrivals, run_checks
from app.setup.desk import Desk
from app.setup.progress import first_milestone_at
from app.web.setup.gate import Answer


def check_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/check."""
    pages = flask.Blueprint("check", __name__, url_prefix="/check")

    @pages.get("")
    def show() -> Answer:
        first = first_milestone_at(desk)
        milestones = [
            {"label": milestone.trigger, "where": str(contract.repositories[0])}
            for contract in desk.configuration.contracts.values()
            for milestone in contract.milestones
        ]
        return flask.render_template(
            "setup/check.html",
            checks=run_checks(desk),
            arrivals=[
                {"door": f"/{'hooks' if one.source == 'forge' else 'gateways'}/{one.name}", "one": one}
                | {"when": moment(one.at) if one.at else ""}
                for one in arrivals(desk)
            ],
            first=moment(first) if first else "",
            example=milestones[0] if milestones else None,
        )

    return pages
