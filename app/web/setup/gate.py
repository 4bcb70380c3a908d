"""Who is let in: whoever gave the one-time code, in the browser in which it was given.

Nothing of the setup is shown or done for anybody else. Forms carry a seal of the session, and have to come
from our own pages.
"""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from urllib.parse import urlsplit

import flask
import structlog

from app.setup.desk import Desk
from app.setup.sessions import LIVES_S
from app.web.origin import is_own

log = structlog.get_logger()

COOKIE = "closeout_setup"
LARGEST_FORM = 32 * 1024
LARGEST_CONTRACT = 3 * 1024 * 1024
"""A contract file of a thousand milestones is well below a megabyte; its form is percent-encoded."""
Answer = flask.typing.ResponseReturnValue


class Gate:
    """The door of the setup, which also opens the status page."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def session(self) -> str | None:
        """Whose request this is; None is anybody's."""
        cookie = flask.request.cookies.get(COOKIE, "")
        return self.desk.sessions.read(cookie) if cookie else None

    def guard(self) -> Answer | None:
        """Before each page: an answer for those who may not see it."""
        request = flask.request
        if request.endpoint == "setup.enter":
            return None
        session = self.session()
        if session is None:
            return flask.render_template("setup/code.html"), HTTPStatus.UNAUTHORIZED
        flask.g.seal = self.desk.sessions.seal(session)
        flask.g.session = session
        if request.method == "POST":
            is_contract = request.endpoint == "setup.contract.save"
            request.max_content_length = LARGEST_CONTRACT if is_contract else LARGEST_FORM
            request.max_form_memory_size = request.max_content_length
            is_sealed = self.desk.sessions.is_sealed(session, request.form.get("seal", ""))
            if not (is_sealed and is_own(request, self.desk.settings.public_url)):
                log.warning("a form of the setup was refused: it did not come from its page")
                return flask.render_template("setup/foreign.html"), HTTPStatus.FORBIDDEN
        return None

    def enter(self) -> Answer:
        """Take a code, and begin a session."""
        request = flask.request
        request.max_content_length = LARGEST_FORM
        if not is_own(request, self.desk.settings.public_url):
            return flask.render_template("setup/foreign.html"), HTTPStatus.FORBIDDEN
        if not self.desk.codes.take(request.form.get("code", "")):
            log.warning("a wrong code was given for the setup")
            return flask.render_template("setup/code.html", is_wrong=True), HTTPStatus.UNAUTHORIZED
        log.warning("somebody signed in to the setup with the code", address=request.remote_addr)
        response = flask.redirect("/setup", HTTPStatus.SEE_OTHER)
        response.set_cookie(
            COOKIE,
            self.desk.sessions.begin(),
            max_age=LIVES_S,
            httponly=True,
            samesite="Lax",  # GitHub's redirect comes back as a request from another site
            secure=self._is_secure(),
        )
        return response

    def leave(self) -> Answer:
        """End every session, wherever it is, and the code that one of them may have made for another."""
        self.desk.sessions.end_all()
        self.desk.codes.withdraw()
        response = flask.redirect("/setup", HTTPStatus.SEE_OTHER)
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=self._is_secure())
        return response

    def _is_secure(self) -> bool:
        """Whether the browser speaks HTTPS, also behind a proxy that does not say so.

        Then the browser does: to another machine it sends Sec-Fetch-Site over HTTPS only,
        https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header. Who lies about it only harms himself.
        """
        request, public = flask.request, urlsplit(self.desk.settings.public_url)
        is_told = "Sec-Fetch-Site" in request.headers and not _is_this_machine(request.host)
        return request.is_secure or is_told or (public.scheme == "https" and public.netloc == request.host)


def _is_this_machine(host: str) -> bool:
    """Hosts that browsers trust without TLS, https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy"""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or name.endswith(".localhost") or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
