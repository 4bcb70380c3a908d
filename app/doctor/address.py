"""Where the forges and people reach this server, asked as they would ask; and how far the clocks differ."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import HTTPError

from app.connect import Connections
from app.connections.finding import Finding, Verdict

TIMEOUT_S = 5
LONGEST = 1000
FAST_S, WRONG_S = 15, 60
"""GitHub takes no token that was issued in its future, and signed calls end after 300 s."""
_ABOUT = "address"


def examine(connections: Connections) -> Iterator[Finding]:
    """The address, and each connection's door behind it."""
    public_url = connections.settings.public_url
    if not public_url:
        what = "nobody said how this server is reached: there are no links, and no webhook can be made"
        yield Finding(_ABOUT, "warning", what, "Set CLOSEOUT_PUBLIC_URL, for example https://bot.example")
        return
    if public_url.startswith("http:"):
        what = f"{public_url} is not encrypted"
        yield Finding(_ABOUT, "warning", what, "Put it behind HTTPS, see docs/operating.md")
    answer = ask("GET", f"{public_url}/healthz")
    if isinstance(answer, str) or not _is_ours(answer):
        said = answer if isinstance(answer, str) else f"something else answers there ({answer.status})"
        what = f"{public_url} can not be reached from here: {said}"
        mend = "See that closeout serve runs, and that the proxy and the firewall lead to it"
        yield Finding(_ABOUT, "broken", what, mend)
        return
    yield Finding(_ABOUT, "ok", f"{public_url} leads to a Closeout")
    for name in connections.forges:
        door = ask("POST", f"{public_url}/hooks/{name}")
        if isinstance(door, str) or door.status not in (400, 401):
            said = door if isinstance(door, str) else f"answered {door.status}"
            mend = "See that the proxy passes on POST requests to /hooks/, and that the server has its secret"
            yield Finding(f"connection {name}", "broken", f"the webhooks' door is not there: {said}", mend)


def clock(about: str, url: str) -> Iterator[Finding]:
    """How far this machine's clock is from the other side's."""
    answer = ask("GET", url)
    date = "" if isinstance(answer, str) else answer.date
    try:
        there = parsedate_to_datetime(date).astimezone(UTC)
    except (ValueError, OverflowError):  # a zone can carry a date beyond the year 9999
        return
    off_s = round((datetime.now(UTC) - there).total_seconds())
    if abs(off_s) >= FAST_S:
        what = f"this machine's clock is {abs(off_s)} s {'ahead of' if off_s > 0 else 'behind'} {about}'s"
        verdict: Verdict = "broken" if abs(off_s) >= WRONG_S else "warning"
        yield Finding("clock", verdict, what, "Switch on time synchronisation (NTP)")


@dataclass(frozen=True, slots=True)
class Answer:
    """Of whatever answers there: its status, the header Date ("" for none), and how its body begins."""

    status: int
    date: str
    body: bytes


def ask(method: str, url: str) -> Answer | str:
    """One plain request, without secrets; why there is no answer, where there is none.

    Anybody may answer: no more is read than one of ours would say, and no longer than `TIMEOUT_S`.
    """
    deadline = time.monotonic() + TIMEOUT_S
    try:
        with requests.request(
            method,
            url,
            headers={"Accept-Encoding": "identity"},  # proxies compress, and nothing is unpacked here
            timeout=TIMEOUT_S,
            allow_redirects=False,
            stream=True,
        ) as answer:
            body = b""
            while len(body) < LONGEST and time.monotonic() < deadline:
                if not (part := answer.raw.read1(LONGEST)):
                    break
                body += part
            return Answer(answer.status_code, answer.headers.get("date", ""), body)
    except (requests.RequestException, HTTPError, OSError) as error:
        return type(error).__name__


def _is_ours(answer: Answer) -> bool:
    try:
        return answer.status == 200 and json.loads(answer.body) == {"status": "ok"}
    except (ValueError, RecursionError):
        return False
