"""Step 2 with GitHub: an App made from a manifest, and where it is installed.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import json
from http import HTTPStatus

import flask
import structlog

from app.connections.addresses import doubts
from app.errors import CloseoutError, ForgeError, SettingsError
from app.setup import github, manifest
from app.setup.desk import SECRETS, Desk
from app.setup.installed import read_apps
from app.setup.sessions import give_back, use_up
from app.web.asgi import SECURITY_HEADERS
from app.web.setup.address import is_elsewhere
from app.web.setup.gate import Answer

log = structlog.get_logger()

_MADE_BUT_LOST = (
    "GitHub has made the App by now. If trying again does not help, delete it there and begin again, or make "
    "a new private key there and take it over on the server with closeout github import."
)


def github_pages(desk: Desk) -> flask.Blueprint:
    """The blueprint of /setup/github."""
    pages = flask.Blueprint("github", __name__, url_prefix="/github")

    @pages.get("")
    def form() -> Answer:
        return _form(desk, _suggestion(desk, flask.request.args.get("connection", "")))

    @pages.post("")
    def propose() -> Answer:
        typed = {**flask.request.form}
        replaces = "replaces" in typed
        try:
            app = _read(typed)
            github.check_free(desk, app.connection, replaces=replaces)
        except (SettingsError, github.Taken) as error:
            return _form(desk, typed, error), HTTPStatus.UNPROCESSABLE_ENTITY
        return _handover(desk, app, replaces=replaces)

    @pages.get("/created")
    def created() -> Answer:
        return _created(desk)

    @pages.get("/installed")
    def installed() -> Answer:
        """`installation_id` in the query is not looked at: anybody can write one there. The App is asked."""
        return flask.render_template(
            "setup/installed.html",
            apps=read_apps(desk),
            is_back=flask.request.args.get("setup_action", "") in ("install", "update"),
        )

    @pages.post("/webhook")
    def webhook() -> Answer:
        name = flask.request.form.get("connection", "")
        if desk.forges().get(name) != "github":
            return flask.redirect("/setup/forge", HTTPStatus.SEE_OTHER)
        try:
            github.mend_webhook(desk, name)
        except (ForgeError, SettingsError) as error:
            return _trouble("The webhook could not be mended", error)
        return flask.redirect("/setup/github/installed", HTTPStatus.SEE_OTHER)

    return pages


def _created(desk: Desk) -> Answer:
    """GitHub sends the browser back with a code, once the person has confirmed."""
    query = flask.request.args
    errand = desk.sessions.returned(flask.g.session, query.get("state", ""))
    if errand is None:
        return _not_ours()
    if not use_up(desk.db, errand.nonce):
        if desk.has(errand.connection, "APP_ID"):
            return flask.redirect("/setup/github/installed", HTTPStatus.SEE_OTHER)
        return flask.render_template("setup/used.html"), HTTPStatus.CONFLICT
    try:
        made = github.connect(desk, errand, query.get("code", ""))
    except CloseoutError as error:
        give_back(desk.db, errand.nonce)
        log.warning("a GitHub App could not be connected", problem=str(error))
        return _trouble("The App could not be connected", error, hint=_MADE_BUT_LOST)
    except BaseException:
        give_back(desk.db, errand.nonce)
        raise
    log.info("a GitHub App was connected", connection=errand.connection, app=made.slug)
    if not made.webhook_secret:
        try:
            github.mend_webhook(desk, errand.connection)
        except (ForgeError, SettingsError) as error:
            log.warning("a new GitHub App's webhook has to be mended", problem=str(error))
            return flask.redirect("/setup/github/installed", HTTPStatus.SEE_OTHER)
    place = manifest.installation_url(manifest.read_host(errand.host), made.slug, made.url)
    return flask.redirect(place, HTTPStatus.SEE_OTHER)


def _suggestion(desk: Desk, connection: str) -> dict[str, str]:
    """What the empty form says."""
    sellers = [contract.seller.name for contract in desk.book.current.contracts.values()]
    host = desk.settings.public_url.partition("//")[2].partition(":")[0]
    free = next(
        name
        for name in ("github", *(f"github-{number}" for number in range(2, 1000)))
        if not desk.has(name, *SECRETS)
    )
    name = connection if desk.forges().get(connection) == "github" else free
    return {
        "connection": name,
        "owner": "organisation",
        "place": "public",
        "app_name": manifest.suggested_name(sellers[0] if sellers else host),
    }


def _read(typed: dict[str, str]) -> manifest.NewApp:
    """The App that was asked for. Raises SettingsError."""
    is_organisation = typed.get("owner") == "organisation"
    return manifest.NewApp(
        connection=typed.get("connection", "").strip(),
        host=manifest.read_host(typed.get("host", "") if typed.get("place") == "enterprise" else ""),
        organisation=manifest.read_organisation(typed.get("organisation", "")) if is_organisation else "",
        name=manifest.read_app_name(typed.get("app_name", "")),
        is_public="public" in typed,
        reads_contracts="reads_contracts" in typed,
    )


def _form(desk: Desk, typed: dict[str, str], error: CloseoutError | None = None) -> str:
    public_url = desk.settings.public_url
    return flask.render_template(
        "setup/github.html",
        typed=typed,
        error=error,
        is_taken=isinstance(error, github.Taken),
        public_url=public_url,
        doubts=doubts(public_url),
        elsewhere=is_elsewhere(desk),
        longest=manifest.LONGEST_NAME,
    )


def _handover(desk: Desk, app: manifest.NewApp, *, replaces: bool) -> Answer:
    """The page whose button takes the manifest to GitHub: its form may go to that host, and nowhere else."""
    if not desk.settings.public_url or is_elsewhere(desk):
        return flask.redirect("/setup/address", HTTPStatus.SEE_OTHER)
    state = desk.sessions.send(flask.g.session, app.connection, app.host.name, replaces=replaces)
    whole = manifest.manifest(app, desk.settings.public_url)
    page = flask.render_template(
        "setup/handover.html",
        app=app,
        url=manifest.registration_url(app, state),
        manifest=json.dumps(whole),
        events=whole["default_events"],
        hook_url=whole["hook_attributes"]["url"],
    )
    usual = SECURITY_HEADERS["content-security-policy"]
    policy = usual.replace("form-action 'self'", f"form-action 'self' {app.host.web}")
    # Without a referrer browsers write the origin of a form as "null", which not every server takes:
    # https://fetch.spec.whatwg.org/#append-a-request-origin-header
    return page, HTTPStatus.OK, {"Content-Security-Policy": policy, "Referrer-Policy": "strict-origin"}


def _not_ours() -> Answer:
    log.warning("somebody came back from GitHub with a state that is not this session's")
    return flask.render_template("setup/state.html"), HTTPStatus.FORBIDDEN


def _trouble(title: str, error: CloseoutError, hint: str = "") -> Answer:
    page = flask.render_template("setup/trouble.html", title=title, error=error, hint=hint)
    return page, HTTPStatus.BAD_GATEWAY
