"""Step 4: the contract file, checked as it is typed and saved as a whole."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus

import flask
import structlog

from app.errors import CloseoutError
from app.setup.contract_file import ChangedMeanwhile, NotWritable, read_text, write_text
from app.setup.desk import Desk
from app.setup.proposal import proposed_contract
from app.setup.review import Review, review
from app.web.setup.gate import Answer

log = structlog.get_logger()


def contract_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/contract."""
    pages = flask.Blueprint("contract", __name__, url_prefix="/contract")

    def page(text: str, digest: str, seen: Review | None, error: CloseoutError | None = None) -> str:
        is_asked = flask.request.method == "POST"
        return flask.render_template(
            "setup/contract.html",
            path=str(desk.settings.config),
            text=text,
            digest=digest,
            review=seen,
            error=error,
            confirmation=_digest(text, seen) if seen is not None and seen.doubts and is_asked else "",
            is_new=not digest,
        )

    @pages.get("")
    def show() -> Answer:
        try:
            present = read_text(desk.path)
        except NotWritable as error:
            return page("", "", None, error), HTTPStatus.CONFLICT
        if present is None:
            return page(proposed_contract(desk), "", None)
        return page(present.text, present.digest, review(desk.db, present.text, desk.path.name))

    @pages.post("")
    def save() -> Answer:
        form = flask.request.form
        # A browser ends the lines of a form with CR LF, https://html.spec.whatwg.org/#constructing-entry-list
        text, digest = form.get("text", "").replace("\r\n", "\n"), form.get("digest", "")
        try:
            path = desk.path
        except NotWritable as error:
            return page("", "", None, error), HTTPStatus.CONFLICT
        seen = review(desk.db, text, path.name)
        is_confirmed = not seen.doubts or form.get("confirmation") == _digest(text, seen)
        if form.get("action") != "save" or seen.configuration is None or not is_confirmed:
            is_fine = form.get("action") != "save"
            return page(text, digest, seen), HTTPStatus.OK if is_fine else HTTPStatus.UNPROCESSABLE_ENTITY
        try:
            write_text(path, text, digest)
        except (ChangedMeanwhile, NotWritable) as error:
            return page(text, digest, seen, error), HTTPStatus.CONFLICT
        log.warning("the contract file was saved in the setup", path=str(path))
        desk.take_up_file()
        return flask.redirect("/setup", HTTPStatus.SEE_OTHER)

    return pages


def _digest(text: str, seen: Review) -> str:
    """Of the text and of what was doubted in it: a release that came meanwhile is asked about again."""
    both = json.dumps([text, *map(str, seen.doubts)])
    return hashlib.sha256(both.encode()).hexdigest()
