"""Step 6: what works, what does not, and when the first milestone was heard of."""

from __future__ import annotations

import re
from itertools import chain

import flask

from app.connections.finding import Finding, Verdict
from app.doctor import address, forges, gateways
from app.notices.text import moment
from app.setup.arrivals import arrivals
from app.setup.desk import Desk
from app.setup.progress import first_milestone_at
from app.web.setup.gate import Answer

_CHIPS: dict[Verdict, dict[str, str]] = {
    "ok": {"text": "works", "sign": "✓", "tone": "good"},
    "warning": {"text": "look", "sign": "→", "tone": "busy"},
    "broken": {"text": "needs you", "sign": "!", "tone": "care"},
}
_PLACES = (
    (r"closeout labels sync", "/setup/labels"),
    (r"closeout github ", "/setup/github/installed"),
    (r"closeout (gitlab|gitea|forgejo) connect", "/setup/token"),
    (r"Set CLOSEOUT_PUBLIC_URL", "/setup/address"),
)
"""What the doctor says to a person with a shell, and the page that does the same."""


def check_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/check."""
    pages = flask.Blueprint("check", __name__, url_prefix="/check")

    @pages.get("")
    def show() -> Answer:
        first = first_milestone_at(desk)
        found = chain(
            address.examine(desk.connections),
            forges.examine(desk.db, desk.connections),
            gateways.examine(desk.connections),
        )
        return flask.render_template(
            "setup/check.html",
            findings=[_shown(one) for one in found],
            problems=desk.connections.problems.values(),
            arrivals=[
                {
                    "door": f"/{'hooks' if one.source == 'forge' else 'gateways'}/{one.name}",
                    "event": one.event,
                    "when": moment(one.at) if one.at else "",
                }
                for one in arrivals(desk)
            ],
            first=moment(first) if first else "",
            example=_example(desk),
        )

    return pages


def _shown(one: Finding) -> dict[str, object]:
    place = next((place for words, place in _PLACES if re.match(words, one.mend)), "")
    return {"finding": one, "chip": _CHIPS[one.verdict], "place": place}


def _example(desk: Desk) -> dict[str, str] | None:
    """A label to try, and a repository to try it in."""
    for contract in desk.book.current.contracts.values():
        for milestone in contract.milestones:
            if milestone.label:
                return {"label": milestone.label, "where": str(contract.repositories[0])}
    return None
