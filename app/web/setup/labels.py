"""Step 5: the labels that the contracts need in their repositories, shown first and then made."""

from __future__ import annotations

from http import HTTPStatus

import flask

from app.releases.decision.identities import Identities
from app.releases.labels.sync import Outcome, sync_labels
from app.setup.desk import Desk
from app.web.setup.gate import Answer

_CHIPS = {
    "create": {"text": "to create", "sign": "→", "tone": "busy"},
    "mend": {"text": "to mend", "sign": "→", "tone": "busy"},
    "keep": {"text": "right", "sign": "✓", "tone": "good"},
    "leave": {"text": "left alone", "sign": "·", "tone": "calm"},
    "fail": {"text": "failed", "sign": "!", "tone": "care"},
}


def labels_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/labels."""
    pages = flask.Blueprint("labels", __name__, url_prefix="/labels")

    def sync(*, is_dry: bool) -> list[Outcome]:
        forges = desk.connections.forges
        return list(sync_labels(desk.book.current, forges, Identities(desk.db, forges), is_dry=is_dry))

    @pages.get("")
    def show() -> Answer:
        return _page(sync(is_dry=True), desk)

    @pages.post("")
    def create() -> Answer:
        """What still needs somebody is read afresh by the page that follows."""
        failed = [one for one in sync(is_dry=False) if one.action == "fail"]
        if failed:
            return _page(failed, desk), HTTPStatus.BAD_GATEWAY
        return flask.redirect("/setup/labels", HTTPStatus.SEE_OTHER)

    return pages


def _page(outcomes: list[Outcome], desk: Desk) -> str:
    shown = [
        {
            "repository": str(one.repository),
            "label": one.label,
            "chip": _CHIPS["fail"] if one.mend else _CHIPS[one.action],
            "why": ". ".join(filter(None, (one.note, one.mend))),
        }
        for one in outcomes
    ]
    count = sum(one.action in ("create", "mend") for one in outcomes)
    return flask.render_template(
        "setup/labels.html", labels=shown, count=count, has_contracts=desk.has_contracts
    )
