"""What a server says of itself to those who watch it: `/readyz` and `/metrics`.

Anybody may read them, so that they tell which part has a problem, and not what a database or a file says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import flask
import sqlalchemy as sa

from app.connect import Connections
from app.db import Database
from app.engine import Engine
from app.errors import StorageUnavailable
from app.loops import Loop
from app.presence import count_workers
from app.web.asgi import SECURITY_HEADERS
from app.web.metrics import CONTENT_TYPE, Metrics
from app.wellformed import PREFIX

NO_WORKER = "none is running: deliveries are stored, and wait until `closeout work` takes them"
_TOLD_TO_ALL = {
    "database": "not reachable",
    "engine": "stopped",
    "workers": "none is running",
    "vault": "some of it does not open; see the log",
    "configuration": "the file is missing or refused, and the one before it is in force; see the log",
}
_NO_REASON_TO_TURN_AWAY = ("configuration", "vault", "workers")
"""A webhook is as good to store as ever: the next worker takes it, a refused file has one before it.

Who connects by a value that does not open is out of service already; the others are not.
"""


def read_readiness(
    connections: Connections, db: Database, engine: Engine | None, loops: Iterable[Loop]
) -> dict[str, str]:
    """ "ok" or what is wrong, by part; without an engine of its own a server looks for others' workers."""
    states = {"database": "ok", "configuration": connections.book.problem or "ok"}
    shut = sorted(PREFIX + name for name in connections.opened.shut)
    states["vault"] = f"does not open: {', '.join(shut)}" if shut else "ok"
    try:
        with db.reading() as connection:
            connection.execute(sa.text("SELECT 1"))
        if engine is None:
            states["workers"] = "ok" if count_workers(db) else NO_WORKER
    except StorageUnavailable as error:
        states["database"] = str(error)
    if engine is not None:
        stopped = [loop.name for loop in loops if not loop.is_alive]
        states["engine"] = f"stopped: {', '.join(stopped)}" if stopped else engine.state
    return states


def health(readiness: Callable[[], Mapping[str, str]], metrics: Metrics) -> flask.Blueprint:
    """The two pages. `readiness` says "ok" or the problem of each part."""
    blueprint = flask.Blueprint("health", __name__)

    @blueprint.get("/readyz")
    def ready() -> flask.typing.ResponseReturnValue:
        states = readiness()
        is_ready = all(state == "ok" for part, state in states.items() if part not in _NO_REASON_TO_TURN_AWAY)
        told = {part: state if state == "ok" else _TOLD_TO_ALL[part] for part, state in states.items()}
        return told, 200 if is_ready else 503

    @blueprint.get("/metrics")
    def scrape() -> flask.Response:
        return flask.Response(metrics.text(), content_type=CONTENT_TYPE)

    return blueprint


def health_alone(readiness: Callable[[], Mapping[str, str]], metrics: Metrics) -> flask.Flask:
    """The two pages and nothing else, for a process that takes no webhooks and shows no pages."""
    app = flask.Flask(__name__, static_folder=None)
    app.register_blueprint(health(readiness, metrics))

    @app.after_request
    def harden(response: flask.Response) -> flask.Response:
        response.headers.update(SECURITY_HEADERS)
        return response

    return app
