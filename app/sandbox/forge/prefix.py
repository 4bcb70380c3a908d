"""The two ways to write an address: under an Enterprise server's path, and by a repository's id."""

from __future__ import annotations

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from app.sandbox.forge.state import State

ENTERPRISE = "/api/v3"
"""An Enterprise server has its REST interface there; both places answer."""


def with_prefix(app: WSGIApplication, state: State) -> WSGIApplication:
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
            found = state.by_id(int(by_id[1]))
            name = found.full_name if found else "none/none"  # which leads nowhere
            environ["PATH_INFO"] = f"/repos/{name}{by_id[2] or ''}"
        return app(environ, start_response)

    return called
