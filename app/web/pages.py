"""The pages: a plain status page behind a token, and what `health.py` shows. Reading only; no script.

The status page shows money, so it is off until CLOSEOUT_STATUS_TOKEN is set. `/?token=…` signs in: it sets a
cookie that is worth nothing elsewhere (a keyed digest with an end, not the token) and leads to the plain URL.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import TracebackType

import flask
import sqlalchemy as sa
import structlog
from werkzeug.exceptions import HTTPException

from app.connections.finding import Finding
from app.db import Database
from app.errors import StorageUnavailable
from app.inbox.queries import list_deliveries
from app.releases.frozen import why_frozen
from app.releases.queries import list_releases
from app.settings import Settings
from app.web.asgi import SECURITY_HEADERS
from app.web.health import health
from app.web.metrics import Metrics
from app.web.setup.gate import Gate
from app.web.status import contracts_to_show, deliveries_to_show

log = structlog.get_logger()

COOKIE = "closeout_status"
OF_A_PAGE = ("content-security-policy", "referrer-policy")
"""What a page may say otherwise than the others: the one whose form goes to GitHub does."""
SIGNED_IN_S = 30 * 24 * 3600
SHOWN_DELIVERIES = 25


class _App(flask.Flask):
    """Flask, which logs the paths of what went wrong; ours may carry a client's link."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
        *_more: object,
    ) -> None:
        log.error("a page failed", endpoint=flask.request.endpoint, exc_info=exc_info)


def pages(
    db: Database,
    readiness: Callable[[], Mapping[str, str]],
    settings: Callable[[], Settings],
    *,
    metrics: Metrics,
    more: Sequence[flask.Blueprint] = (),
    gate: Gate | None = None,
    standing: Callable[[sa.Connection], Sequence[Finding]] = lambda _connection: (),
) -> flask.Flask:
    """The Flask application, with `more` pages than these.

    `readiness` says "ok" or the problem of each part, which the status page shows. `settings` are the present
    ones, asked for again with each request. Who is signed in at the setup's `gate` sees the status page as
    well, and while the setup is not finished strangers are led there. `standing` says what is known to be
    wrong with the connections.
    """
    app = _App(__name__, static_url_path="/static")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for blueprint in (health(readiness, metrics), *more):
        app.register_blueprint(blueprint)

    @app.get("/")
    def status() -> flask.typing.ResponseReturnValue:
        status_token = settings().status_token
        given = flask.request.args.get("token")
        if given is not None and status_token and _same(given, status_token):
            response = flask.redirect("/", 303)
            _sign_in(response, status_token, secure=settings().public_url.startswith("https:"))
            return response
        if given is not None and status_token:
            log.warning("a wrong token was given for the status page")
            return flask.render_template("closed.html", reason="wrong"), 401
        cookie = flask.request.cookies.get(COOKIE, "")
        is_in = bool(status_token) and _is_signed_in(cookie, status_token)
        is_in = is_in or (gate is not None and gate.session() is not None)
        is_unfinished = gate is not None and gate.desk.is_unfinished
        if gate is not None and is_unfinished and not (is_in and gate.desk.has_contracts):
            return flask.redirect("/setup", 303)
        if not is_in:
            reason = "sign in" if status_token else "off"
            return flask.render_template("closed.html", reason=reason), 401 if status_token else 403
        with db.reading() as connection:
            frozen, troubles = why_frozen(connection), standing(connection)
        return flask.render_template(
            "status.html",
            frozen=frozen,
            troubles=troubles,
            contracts=contracts_to_show(list_releases(db)),
            deliveries=deliveries_to_show(list_deliveries(db, limit=SHOWN_DELIVERIES)),
            problems={part: state for part, state in readiness().items() if state != "ok"},
            is_unfinished=is_unfinished,
        )

    @app.after_request
    def harden(response: flask.Response) -> flask.Response:
        own = {name: response.headers[name] for name in OF_A_PAGE if name in response.headers}
        response.headers.update({**SECURITY_HEADERS, **own})
        return response

    @app.errorhandler(StorageUnavailable)
    def no_database(error: StorageUnavailable) -> flask.typing.ResponseReturnValue:
        log.warning("a page could not be shown", problem=error.what)
        return flask.render_template("closed.html", reason="database"), 503

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> flask.typing.ResponseReturnValue:
        code = error.code or 500
        return {"error": HTTPStatus(code).phrase.lower()}, code, _without_type(error)

    return app


def _without_type(error: HTTPException) -> list[tuple[str, str]]:
    """The headers that belong to an error (Allow, for instance), its HTML apart."""
    return [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]


def _same(given: str, token: str) -> bool:
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (given, token)]
    return hmac.compare_digest(*digests)


def _sign_in(response: flask.typing.ResponseClass, token: str, *, secure: bool) -> None:
    until = int(time.time()) + SIGNED_IN_S
    response.set_cookie(
        COOKIE,
        f"{until}.{_digest(until, token)}",
        max_age=SIGNED_IN_S,
        httponly=True,
        samesite="Strict",
        secure=secure,
    )


def _is_signed_in(cookie: str, token: str) -> bool:
    until, _, digest = cookie.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) <= 12 and digest.isascii()):
        return False
    return hmac.compare_digest(digest, _digest(int(until), token)) and time.time() < int(until)


def _digest(until: int, token: str) -> str:
    return hmac.new(token.encode(), f"closeout status page until {until}".encode(), "sha256").hexdigest()
