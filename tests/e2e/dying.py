"""`closeout`, except that the process is killed (SIGKILL) at the moment named by DIE_AT.

A moment is `<place>:<before|inside|after>[:<nth>]`: before a piece of work, after its effect but before
anybody wrote that down, or after that. Run as `python -m tests.e2e.dying serve …`.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

from app.cli import main
from app.engine import Engine
from app.gateways import transport
from app.gateways.http.client import HttpGateway
from app.inbox import store
from app.inbox.relay import Relay
from app.notices.comments import CommentTeller
from app.notices.outbound import EventTeller

_seen: Counter[str] = Counter()
_wanted, _, _nth = os.environ["DIE_AT"].partition("#")


def moment(name: str) -> None:
    """Die here if this is the moment."""
    _seen[name] += 1
    if name == _wanted and _seen[name] == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)


def around(owner: Any, name: str, place: str) -> None:
    """Let the process die before or after each call of `owner.name`."""
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        moment(f"{place}:before")
        result = original(*arguments, **named)
        moment(f"{place}:after")
        return result

    setattr(owner, name, wrapped)


def step(self: Engine, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """A step of a workflow; `inside` is after its effect and before the engine knows of it."""

    def body(*given: Any) -> Any:
        result = function(*given)
        moment(f"{name}:inside")
        return result

    moment(f"{name}:before")
    result = _step(self, name, body, *arguments)
    moment(f"{name}:after")
    return result


def transaction(self: Engine, name: str, function: Callable[..., Any]) -> Any:
    """A transaction of a workflow; `inside` is after its writes and before its commit."""

    def body(connection: Any) -> Any:
        result = function(connection)
        moment(f"{name}:inside")
        return result

    moment(f"{name}:before")
    result = _transaction(self, name, body)
    moment(f"{name}:after")
    return result


def attempt(prepared: Any, *arguments: Any) -> Any:
    """A request to a gateway; `after` is once its answer is here."""
    answer = _attempt(prepared, *arguments)
    if prepared.method == "POST":
        moment("post:after")
    return answer


_attempt = transport._attempt
transport._attempt = attempt  # type: ignore[assignment]
_step, _transaction = Engine.step, Engine.transaction
Engine.step, Engine.transaction = step, transaction  # type: ignore[method-assign]
around(store, "insert", "store")
around(Relay, "_handle", "relay")
around(HttpGateway, "send", "send")
around(HttpGateway, "ask", "ask")
around(CommentTeller, "_tell", "comment")
around(EventTeller, "_send", "event")

if __name__ == "__main__":
    main()
