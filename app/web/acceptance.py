"""The page behind the signed link of a mail: what the client is asked, and two forms to answer it.

Opening it changes nothing, so that link scanners do nothing; neither does a bare POST to its address, since
the answer has to come from a form of this page. Nothing here tells the link to anybody: not a log, not a
cache, and not the next page, whose browser sends no referrer.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import flask
import structlog

from app.db import Database
from app.notices.mail_text import consequences, one_line
from app.notices.text import HEADLINES, moment
from app.releases.people.answering import Action, Opened, answer, open_link
from app.releases.people.commands import LONGEST_REASON
from app.releases.people.links import Claim, Links
from app.releases.people.question import read_question
from app.settings import Settings
from app.web.by_link import Answer, keep_out
from app.web.origin import is_own

log = structlog.get_logger()

LARGEST_FORM = 16 * 1024
"""A reason of 500 characters is at most 6,000 bytes when it is percent-encoded."""
_ACTIONS: dict[str, Action] = {"accept": "accept", "dispute": "dispute"}


def acceptance_pages(db: Database, settings: Callable[[], Settings]) -> flask.Blueprint:
    """The blueprint of `/accept/<token>`. While `settings` make no links no token is any good."""
    pages = flask.Blueprint("acceptance", __name__)

    @pages.get("/accept/<token>")
    def show(token: str) -> Answer:
        links = Links.of(settings())
        claim = links.read(token) if links else None
        return _page(db, links, claim) if links and claim else _refusal("unknown", HTTPStatus.NOT_FOUND)

    @pages.post("/accept/<token>")
    def take(token: str) -> Answer:
        request, links = flask.request, Links.of(settings())
        claim = links.read(token) if links else None
        if not links or not claim:  # before a byte of the body is read: strangers hold up no thread
            return _refusal("unknown", HTTPStatus.NOT_FOUND)
        request.max_content_length = LARGEST_FORM
        action = _ACTIONS.get(request.form.get("action", ""))
        is_sealed = links.is_sealed(claim, request.form.get("seal", ""))
        if not (is_sealed and is_own(request, settings().public_url)):
            return _refusal("foreign", HTTPStatus.FORBIDDEN)
        if action is None:
            return _refusal("foreign", HTTPStatus.BAD_REQUEST)
        reason = one_line(request.form.get("reason", ""))
        if action == "dispute" and not 0 < len(reason) <= LONGEST_REASON:
            return _page(db, links, claim, reason=reason, is_incomplete=True)
        with db.transaction() as connection:
            opened = answer(connection, claim, action, reason)
        log.info("a link was answered", release=claim.release, action=action, link_is=opened.stands)
        return flask.redirect(flask.request.path, HTTPStatus.SEE_OTHER)

    keep_out(pages, _refusal)
    return pages


def _page(
    db: Database, links: Links, claim: Claim, *, reason: str = "", is_incomplete: bool = False
) -> Answer:
    """The question, or what became of the link. `reason` is what was typed before something was missing."""
    with db.reading() as connection:
        opened = open_link(connection, claim)
        row = opened.row
        question = read_question(connection, row) if row is not None and row["snapshot"] else None
    if opened.stands == "used":
        return _used(opened), HTTPStatus.OK
    if opened.stands != "open" or question is None:
        return _refusal(opened.stands, HTTPStatus.GONE, opened)
    page = flask.render_template(
        "acceptance.html",
        asked=question,
        until=moment(question.until),
        consequences=consequences(question),
        seal=links.seal(claim),
        reason=reason,
        longest=LONGEST_REASON,
        is_incomplete=is_incomplete,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if is_incomplete else HTTPStatus.OK


def _used(opened: Opened) -> str:
    """What was answered, and where the milestone stands since: once accepted it waits for nobody."""
    row, use = opened.row, opened.use
    state = row["state"] if row else ""
    is_going_on = state == "awaiting_acceptance" and row is not None and row["accepted"] is not None
    return flask.render_template(
        "answered.html",
        row=row,
        command=use["command"] if use else "",
        when=moment(use["at"]) if use else "",
        stands=HEADLINES.get("triggered" if is_going_on else state, ""),
    )


def _refusal(why: str, status: HTTPStatus, opened: Opened | None = None) -> Answer:
    row = opened.row if opened else None
    return flask.render_template("refused.html", why=why, row=row), status
