"""The server: one process, one event loop; webhooks straight from it, pages through Flask in threads.

Why so: docs/decisions/0001-one-process-asgi-front.md.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType

import flask
import structlog
import uvicorn
from a2wsgi import WSGIMiddleware

from app.errors import SettingsError
from app.web.asgi import AsgiApp, Receive, Scope, Send, answer_json
from app.web.limits import LimitedProtocol
from app.web.webhooks import SOURCES

log = structlog.get_logger()

FINISH_WITHIN_S = 15
KEEP_ALIVE_S = 15
MOST_CONNECTIONS = 800
"""Below the usual limit of 1,024 open files, which the databases need a part of."""

_HOOKS = tuple(f"/{first}/" for first in SOURCES)


def front(hooks: AsgiApp | None, pages: flask.Flask) -> AsgiApp:
    """One application of the two, or of the pages alone.

    `/healthz` is answered here: it must not wait for a page's thread.
    """
    in_threads = WSGIMiddleware(pages, workers=8)  # type: ignore[arg-type]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if hooks is not None and path.startswith(_HOOKS):
            await hooks(scope, receive, send)
        elif path == "/healthz":
            await answer_json(send, 200, {"status": "ok"})
        elif not scope["query_string"].isascii():
            await answer_json(send, 400, {"error": "the query is not ASCII", "mend": "Percent-encode it"})
        else:
            await in_threads(scope, receive, send)  # type: ignore[arg-type]

    return app


def serve(
    app: AsgiApp,
    *,
    host: str,
    port: int,
    on_started: Callable[[str], None] = lambda _url: None,
    on_stop: Callable[[], None] = lambda: None,
    proxies: str = "",
    is_told_to_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Serve until SIGTERM or SIGINT, finish the requests in hand, call `on_stop`, return.

    Port 0 takes a free one; `on_started` is told the URL. `proxies` names the addresses (comma-separated)
    whose X-Forwarded headers are believed; nobody's by default. Raises SettingsError when the address can
    not be listened on, after `on_stop`: what the caller started is stopped in any case. `is_told_to_stop`
    says whether a signal came before this was called.
    """
    try:
        with closing(_listen(host, port)) as listener:
            server = _Server(_config(app, proxies), listener, on_started, is_told_to_stop)
            server.run(sockets=[listener])
    finally:
        on_stop()


@contextmanager
def running(app: AsgiApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The same server in a thread, up and answering inside the block; gives its URL."""
    listener = _listen(host, port)
    up = threading.Event()
    server = _Server(_config(app, ""), listener, lambda _url: up.set())

    def run() -> None:
        try:
            server.run(sockets=[listener])
        finally:
            up.set()

    thread = threading.Thread(target=run, name="server", daemon=True)
    thread.start()
    up.wait()
    try:
        if not server.started:
            raise RuntimeError("the server did not start, see the log")
        yield _url(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """uvicorn, which tells when it is up, and stops on a signal without passing the signal on after it."""

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        on_started: Callable[[str], None],
        is_told_to_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(config)
        self._url, self._tell = _url(listener), on_started
        self._is_told_to_stop = is_told_to_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        log.info("listening", url=self._url)
        self._tell(self._url)
        if self._is_told_to_stop():  # asked when our own handlers are in place: no signal falls in between
            self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A second signal ends the server at once. uvicorn's own would end the process before `on_stop`."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def _config(app: AsgiApp, proxies: str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=LimitedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=FINISH_WITHIN_S,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = str(error.strerror or error).partition(" (while")[0]  # the address is named already
        raise SettingsError(
            f"can not listen on {host} port {port}: {reason}",
            mend="Choose another --port, or stop what uses it",
        ) from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
