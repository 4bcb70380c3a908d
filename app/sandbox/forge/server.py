"""The pretend GitHub as one thing to start, drive and stop."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from app.events import Role
from app.sandbox.forge import comments, hooks, issues, labels, pages, repositories
from app.sandbox.forge.desk import LIMIT, Desk, answer
from app.sandbox.forge.errors import Refused, not_found
from app.sandbox.forge.state import Repository, State, User
from app.sandbox.forge.webhooks import Webhooks
from app.sandbox.http import LocalServer

ENTERPRISE = "/api/v3"
"""An Enterprise server has its REST interface there; both places answer."""


class SandboxForge:
    """A forge on 127.0.0.1 that speaks GitHub's REST interface and sends its webhooks.

    People, repositories and roles are made with the methods here; everything else goes through HTTP.
    """

    def __init__(self, port: int = 0) -> None:
        self.state, self.webhooks = State(), Webhooks()
        self._faults: list[tuple[str, str]] = []
        self._seen: list[tuple[str, str]] = []
        self._closing = threading.Event()
        self._server = LocalServer(_with_prefix(self._app(), self.state), port)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> SandboxForge:
        self.webhooks.start()
        self._server.start()
        return self

    def stop(self) -> None:
        self._closing.set()
        self._server.stop()
        self.webhooks.stop()

    def __enter__(self) -> SandboxForge:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def add_user(self, login: str, token: str, kind: str = "User") -> User:
        """An account with a token; `kind` "Bot" for one that is no person."""
        return self.state.add_user(login, token, kind)

    def add_repository(self, full_name: str, *, is_private: bool = True) -> Repository:
        return self.state.add_repository(full_name, is_private=is_private)

    def set_role(self, full_name: str, login: str, role: Role) -> None:
        """Give somebody a role; "none" takes it away. Raises KeyError for an unknown repository or login."""
        with self.state.lock:
            user = self.state.users[login.lower()]
            self.state.repositories[full_name.lower()].roles[user.login] = role

    def open_pull_request(self, full_name: str, title: str, login: str) -> int:
        """Open one without a branch or a change, which the sandbox does not have; answers its number."""
        with self.state.lock:
            repository = self.state.repositories[full_name.lower()]
            issue = self.state.add_issue(repository, self.state.users[login.lower()], title)
            issue.is_pull_request = True
            return issue.number

    def delete_issue(self, full_name: str, number: int) -> None:
        """As its page does; the REST interface can not. Afterwards it answers 410."""
        with self.state.lock:
            repository = self.state.repositories[full_name.lower()]
            repository.issues.pop(number)
            repository.gone.add(number)

    def transfer_issue(self, full_name: str, number: int, to: str) -> int:
        """Move an issue as its page does, and answer its new number; the old one leads there."""
        with self.state.lock:
            source, target = self.state.repositories[full_name.lower()], self.state.repositories[to.lower()]
            return self.state.transfer(source, number, target).number

    def fail_next(self, fault: str, times: int = 1, method: str = "") -> None:
        """Make the next API requests (of this method; "" is any) go wrong.

        Faults: 500, rate_limited and unauthorized, before anything is done; 502_after, slow and reset, after
        it was done.
        """
        self._faults += [(fault, method)] * times

    def requests(self) -> list[tuple[str, str]]:
        """(method, path) of every request to the REST interface."""
        return list(self._seen)

    def wait_until_sent(self, timeout_s: float = 30) -> None:
        """Return once every webhook so far was sent. Raises TimeoutError."""
        self.webhooks.wait_until_sent(timeout_s)

    def _next_fault(self, method: str) -> str:
        for place, (fault, only) in enumerate(self._faults):
            if only in ("", method):
                del self._faults[place]
                return fault
        return ""

    def _app(self) -> Flask:
        app = Flask("sandbox-forge")
        app.url_map.strict_slashes = False
        desk = Desk(self.state, self.webhooks)

        @app.before_request
        def begin() -> Response | None:
            self.state.lock.acquire()
            if request.blueprint == "pages":
                return None
            self._seen.append((request.method, request.path))
            desk.used += 1
            fault = self._next_fault(request.method)
            if fault:
                request.environ["sandbox.fault"] = fault
            refused = _faulty(fault)
            if refused is None:
                desk.authenticate()
            return refused

        @app.after_request
        def limits(response: Response) -> Response:
            if "X-RateLimit-Remaining" not in response.headers:
                response.headers["X-RateLimit-Limit"] = str(LIMIT)
                response.headers["X-RateLimit-Remaining"] = str(desk.remaining)
                response.headers["X-RateLimit-Used"] = str(desk.used)
                response.headers["X-RateLimit-Reset"] = str(desk.reset)
                response.headers["X-RateLimit-Resource"] = "core"
            return response

        @app.teardown_request
        def end(_error: BaseException | None) -> None:
            self.state.lock.release()

        @app.errorhandler(Refused)
        def refuse(refused: Refused) -> Response:
            response = answer(refused.as_json(), refused.status)
            response.headers.update(refused.headers)
            return response

        @app.errorhandler(HTTPException)
        def unknown(error: HTTPException) -> Response:
            if error.code in (404, 405):  # GitHub knows no 405
                return answer(not_found().as_json(), 404)
            return answer(Refused(error.code or 500, error.name).as_json(), error.code or 500)

        for part in (repositories, labels, issues, comments, hooks):
            routes = Blueprint(part.__name__.rpartition(".")[2], part.__name__)
            part.add_routes(routes, desk)
            app.register_blueprint(routes)
        people = Blueprint("pages", __name__)
        pages.add_routes(people, self.state)
        app.register_blueprint(people)
        app.wsgi_app = _Misbehaving(app.wsgi_app, self._closing)  # type: ignore[method-assign]
        return app


def _faulty(fault: str) -> Response | None:
    if fault == "500":
        return answer({"message": "Server Error"}, 500)
    if fault == "unauthorized":
        return answer(Refused(401, "Bad credentials").as_json(), 401)
    if fault == "rate_limited":
        response = answer({"message": "API rate limit exceeded for user ID 1."}, 403)
        response.headers["X-RateLimit-Remaining"] = "0"
        response.headers["X-RateLimit-Reset"] = str(int(time.time()) + 1800)
        return response
    return None


class _Misbehaving:
    """The faults that are about the answer's way back, after everything was done."""

    def __init__(self, app: WSGIApplication, closing: threading.Event) -> None:
        self._app, self._closing = app, closing

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        told: list[Any] = []

        def remember(status: str, headers: list[tuple[str, str]], *_rest: Any) -> Any:
            told[:] = [status, headers]
            return lambda _data: None

        body = b"".join(self._app(environ, remember))
        fault = environ.get("sandbox.fault")
        if fault == "502_after":
            start_response("502 Bad Gateway", [("Content-Length", "0")])
            return [b""]
        if fault == "slow":
            self._closing.wait(30)
        if fault == "reset":
            raise ConnectionResetError("on purpose")
        start_response(*told)
        return [body]


def _with_prefix(app: Flask, state: State) -> WSGIApplication:
    """Take the Enterprise prefix off the path, and let a repository's id stand for its name.

    The prefix is remembered for the links in the answers.
    """

    def called(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(f"{ENTERPRISE}/"):
            environ["PATH_INFO"] = path.removeprefix(ENTERPRISE)
            environ["sandbox.prefix"] = ENTERPRISE
        by_id = re.fullmatch(r"/repositories/([0-9]{1,18})(/.*)?", environ["PATH_INFO"])
        if by_id:
            environ["PATH_INFO"] = f"/repos/{state.name_of(int(by_id[1]))}{by_id[2] or ''}"
        return app(environ, start_response)

    return called
