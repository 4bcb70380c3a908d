"""The pretend GitHub as one thing to start, drive and stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Self

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from app.events import Role
from app.sandbox.forge import (
    comments,
    commits,
    files,
    history,
    hooks,
    issues,
    labels,
    milestones,
    pages,
    pulls,
    repositories,
    side_door,
    upheavals,
)
from app.sandbox.forge.acts import Act
from app.sandbox.forge.addresses import is_local
from app.sandbox.forge.apps import registering, rest
from app.sandbox.forge.apps.doors import AppDoors
from app.sandbox.forge.apps.pages import AppPages
from app.sandbox.forge.apps.records import App
from app.sandbox.forge.desk import LIMIT, Desk, answer
from app.sandbox.forge.errors import Refused, not_found
from app.sandbox.forge.faults import Faults, Misbehaving
from app.sandbox.forge.git_doors import GitDoors, add_commit
from app.sandbox.forge.prefix import with_prefix
from app.sandbox.forge.recording import IS_REST, Recording
from app.sandbox.forge.records import DEFAULT_BRANCH, Hook, Pull, Repository, User
from app.sandbox.forge.render import Render
from app.sandbox.forge.state import State
from app.sandbox.forge.webhooks import Webhooks
from app.sandbox.http import LocalServer
from app.sandbox.running import Running

_REST = (repositories, labels, milestones, issues, history, comments, commits, files, pulls, hooks)


class SandboxForge(Running):
    """A forge on 127.0.0.1 that speaks GitHub's REST interface and sends its webhooks.

    What REST can not do is done with the methods here, or by POST to /sandbox/<method>; all else by REST.
    """

    def __init__(self, port: int = 0, *, takes_local_hooks: bool = False) -> None:
        """`takes_local_hooks`: Apps may have webhooks on this machine, which GitHub refuses to register.

        Without it such a manifest is refused as there; webhooks that lead elsewhere are never sent.
        """
        self.state = State()
        self.state.apps.is_local_allowed = takes_local_hooks
        self.webhooks = Webhooks(self.state)
        self._faults = Faults()
        self._seen: list[tuple[str, str]] = []
        self._closing = threading.Event()
        self.recording = Recording(with_prefix(self._app(), self.state))
        self._server = LocalServer(self.recording, port)
        self.apps = AppDoors(self.state, self.webhooks, self.url)
        self.git = GitDoors(self.state, self._in)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> Self:
        self.webhooks.start()
        self._server.start()
        return self

    def stop(self) -> None:
        self._closing.set()
        self._server.stop()
        self.webhooks.stop()

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

    def rename_user(self, login: str, new_login: str) -> None:
        """The account keeps its id, its roles and its token; anybody may take the old login now."""
        self.state.rename_user(login, new_login)

    def open_pull_request(
        self,
        full_name: str,
        title: str,
        login: str,
        body: str = "",
        message: str = "",
        files: Mapping[str, str | None] | None = None,
    ) -> int:
        """Open one from a fork, which the sandbox does not have, with one commit; answers its number.

        `files` are what it changes, None for one that it removes.
        """
        with self.state.lock:
            repository, act = self._in(full_name, login)
            tip = repository.branches[DEFAULT_BRANCH][-1]
            commit = add_commit(act, repository, message or title, tip, files or {})
            pull = Pull(f"{login}:patch", DEFAULT_BRANCH, [commit])
            return pulls.open_pull(act, repository, pull, title, body).number

    def delete_issue(self, full_name: str, number: int, login: str = "") -> None:
        """As its page does; the REST interface can not. Afterwards it answers 410."""
        with self.state.lock:
            repository, act = self._in(full_name, login)
            upheavals.delete(act, repository, number)

    def transfer_issue(self, full_name: str, number: int, to: str, login: str = "") -> int:
        """Move an issue as its page does, and answer its new number; the old one leads there."""
        with self.state.lock:
            source, act = self._in(full_name, login)
            return upheavals.transfer(act, source, number, self.state.repositories[to.lower()])

    def convert_to_discussion(self, full_name: str, number: int, login: str = "") -> None:
        """As its page does: what stays behind is closed and locked."""
        with self.state.lock:
            repository, act = self._in(full_name, login)
            upheavals.convert_to_discussion(act, repository, number)

    def add_app(
        self, slug: str, public_key: str, url: str, secret: str, events: Sequence[str] = ("*",)
    ) -> App:
        """Register a GitHub App without a manifest, with every right, on every account that there is.

        `public_key` is PEM, RSA. Raises ValueError for a webhook that leads off this machine.
        """
        if not is_local(url):
            raise ValueError(f"the sandbox sends to this machine only, not to {url}")
        with self.state.lock:
            hook = Hook(self.state.next_id(), url, secret, list(events), self.state.now())
            return registering.add_everywhere(self.state, slug, public_key, hook)

    def fail_deliveries(self, status: str = "timed out", status_code: int = 0) -> None:
        """From now on no webhook is sent; each fails so. GitHub does not try again by itself."""
        self.webhooks.trouble = (status, status_code)

    def mend_deliveries(self) -> None:
        """Webhooks arrive again; those that failed stay failed."""
        self.webhooks.trouble = None

    def pass_time(self, seconds: int) -> None:
        """Set the sandbox's clock forward."""
        with self.state.lock:
            self.state.passed += timedelta(seconds=seconds)

    def fail_next(self, fault: str, times: int = 1, method: str = "") -> None:
        """Make the next API requests (of this method; "" is any) go wrong.

        Faults: 500, rate_limited and unauthorized, before anything is done; 502_after, slow and reset, after
        it was done.
        """
        self._faults.add(fault, times, method)

    def requests(self) -> list[tuple[str, str]]:
        """(method, path) of every request to the REST interface."""
        return list(self._seen)

    def wait_until_sent(self, timeout_s: float = 30) -> None:
        """Return once every webhook so far was sent. Raises TimeoutError."""
        self.webhooks.wait_until_sent(timeout_s)

    def _in(self, full_name: str, login: str) -> tuple[Repository, Act]:
        """A repository and what somebody does in it; without a login, one of its administrators."""
        repository = self.state.repositories[full_name.lower()]
        admins = [name for name, role in repository.roles.items() if role == "admin"]
        name = login or (admins[0] if admins else "")
        user = self.state.users[name.lower()] if name else repository.owner
        return repository, Act(self.state, self.webhooks, Render(self.url, self.url), user)

    def _app(self) -> Flask:
        app = Flask("sandbox-forge")
        app.url_map.strict_slashes = False
        desk = Desk(self.state, self.webhooks)

        @app.before_request
        def begin() -> Response | None:
            self.state.lock.acquire()
            if request.blueprint in ("pages", "app_pages", "side_door"):
                return None
            request.environ[IS_REST] = True
            self._seen.append((request.method, request.path))
            desk.used += 1
            refused = self._faults.strike()
            if refused is None and request.blueprint == "apps":
                desk.authenticate_app()
            elif refused is None and request.blueprint != "app_manifests":
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

        self._mount(app, desk)
        app.wsgi_app = Misbehaving(app.wsgi_app, self._closing)  # type: ignore[method-assign]
        return app

    def _mount(self, app: Flask, desk: Desk) -> None:
        """All routes; by its part's name `begin` knows who may ask for one."""
        parts: dict[str, Callable[[Blueprint], None]] = {
            **{part.__name__.rpartition(".")[2]: partial(part.add_routes, desk=desk) for part in _REST},
            "installation": partial(rest.add_granted_routes, desk=desk),
            "apps": partial(rest.add_routes, desk=desk),
            "app_manifests": partial(rest.add_open_routes, desk=desk),
            "app_pages": AppPages(self.state, self.webhooks).add_routes,
            "pages": partial(pages.add_routes, state=self.state),
            "side_door": partial(side_door.add_routes, forge=self),
        }
        for name, add_to in parts.items():
            routes = Blueprint(name, __name__)
            add_to(routes)
            app.register_blueprint(routes)
