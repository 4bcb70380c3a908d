"""Logs: one JSON object per line on standard error, without secrets, and never a forged line.

Our own events and those of the libraries (dbos, uvicorn, alembic, urllib3) go through the same processors.
`redact` names the secrets of this process once, at start; they are then replaced wherever they turn up: in
values, in exceptions, in a library's message. What JSON escapes can not end a line, so nobody outside can
write a line of ours (https://owasp.org/www-community/attacks/Log_Injection).
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[redacted]"
SHORTEST_SECRET = 6
"""Shorter values are left alone: replacing "usd" or "1234" everywhere would hide more than it protects."""

_SECRET_KEY = re.compile(r"authorization|cookie|password|secret|signature|token|api_?key", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FIRST = ("timestamp", "level", "event")
_LIBRARIES = {"dbos": "INFO", "uvicorn": "WARNING", "alembic": "WARNING", "urllib3": "WARNING"}
"""The least level of each: below it they tell about themselves, and urllib3 prints whole URLs."""


class _Secrets:
    """The registered values and one pattern that finds them in a rendered line."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, values: Iterable[str]) -> None:
        with self._lock:
            for value in values:
                if len(value) >= SHORTEST_SECRET:
                    self._forms |= _written_forms(value)
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def hide(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


_secrets = _Secrets()


def redact(values: Iterable[str]) -> None:
    """Never print these values again, nor a line of one (of a PEM file those between its first and last).

    What has fewer than 6 characters is not taken.
    """
    lines = (line for value in values for line in value.splitlines())
    _secrets.add(line for line in lines if not line.startswith(("-----BEGIN ", "-----END ")))


def hide(text: str) -> str:
    """The text without any registered value, for what is printed beside the logs."""
    return _secrets.hide(text)


def configure(level: str = "info", *, json: bool = True, stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (default: standard error) from `level` upwards.

    `json` False writes plain `time level event key=value` lines, for people at a terminal. A second call
    replaces the first.
    """
    out = stream or sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        _hide_by_key,
        _render_json if json else _render_plain,
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    _route_libraries(handler, number)


def _route_libraries(handler: logging.Handler, number: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name, least in _LIBRARIES.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(number, logging.getLevelNamesMapping()[least]))
        # dbos adds a console handler of its own when it finds none, so it is given ours.
        logger.handlers[:] = [handler]
        logger.propagate = False
    # uvicorn logs what it was sent only here, and the hooks log each request themselves.
    logging.getLogger("uvicorn.access").disabled = True


def _written_forms(secret: str) -> set[str]:
    """How the secret may stand inside a JSON line: as it is, JSON in JSON, or in a URL."""
    once = json.dumps(secret)[1:-1]
    return {once, json.dumps(once)[1:-1], quote(secret), quote(secret, safe="")}


def _hide_by_key(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: object, value: Any) -> Any:
    if _is_telling(key):
        return HIDDEN
    if isinstance(value, dict):
        return {inner: _hidden(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", item) for item in value]
    return value


@lru_cache(maxsize=1024)
def _is_telling(key: object) -> bool:
    return isinstance(key, str) and _SECRET_KEY.search(key) is not None


def _render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    first = {key: event.pop(key) for key in _FIRST if key in event}
    return _secrets.hide(json.dumps({**first, **event}, default=str, skipkeys=True))


def _render_plain(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    first = [str(event.pop(key)) for key in _FIRST if key in event]
    trace = str(event.pop("exception", ""))
    pairs = [f"{key}={value}" for key, value in event.items()]
    line = _CONTROLS.sub("?", " ".join([*first, *pairs]))
    indented = "".join(f"\n    {_CONTROLS.sub('?', part)}" for part in trace.splitlines())
    return _secrets.hide(line + indented)
