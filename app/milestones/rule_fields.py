"""The kinds of fields that `rules:` has. Each reads one YAML scalar, as those in `fields.py` do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, NamedTuple, cast

from pydantic import PlainValidator, WithJsonSchema

from app.events import CloseReason, Role
from app.milestones.fields import INVISIBLE, NAME, line, one_of, refusal, scalar, string
from app.milestones.problems import quoted
from app.milestones.rules import OnSilence, When

MAX_TITLE = 255
"""GitLab refuses longer ones, https://gitlab.com/gitlab-org/gitlab-foss/-/merge_requests/12013"""

MAX_DAYS = 365
MAX_GRACE_S = 30 * 86_400

_LOGIN = r"[A-Za-z0-9_.-]{1,255}(?:\[bot\])?"
_PERSON = re.compile(rf"(?:({NAME}):)?({_LOGIN})", re.ASCII)
_WITHIN = re.compile(r"([1-9][0-9]{0,2}) (business )?days?", re.ASCII)
_GRACE = re.compile(r"0|([1-9][0-9]{0,5})([mhd])", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_UNIT_S = {"m": 60, "h": 3_600, "d": 86_400}

_NEVER_BILLS = {
    "duplicate": "a duplicate never bills, the issue that it repeats does",
    "moved": "an issue that moved away never bills, nobody here can see what became of it",
}


class Login(NamedTuple):
    """A person as the file names them; `connection` is "" for a plain login."""

    connection: str
    login: str

    def __str__(self) -> str:
        return f"{self.connection}:{self.login}" if self.connection else self.login


class Within(NamedTuple):
    """A deadline of 1 to 365 days, or business days."""

    days: int
    is_business: bool


WITHIN = Within(5, is_business=True)
"""How long a client has where the contract does not say."""


def person(value: object) -> Login:
    """A login, or connection:login. A bot's ends in [bot], as GitHub writes it."""
    text = scalar(value)
    found = _PERSON.fullmatch(text)
    if found is None:
        raise refusal(
            f"{quoted(text)} is not a login",
            "Write the login or connection:login, for example lena or github:lena (letters, digits, - _ .)",
        )
    return Login(found[1] or "", found[2])


def close_reason(value: object) -> CloseReason:
    """completed or not_planned; the reasons that never bill are refused with why."""
    text = scalar(value)
    if text in _NEVER_BILLS:
        raise refusal(_NEVER_BILLS[text], "Remove it; completed and not_planned may stand here")
    return cast(CloseReason, one_of("close reason", "completed", "not_planned")(text))


def within(value: object) -> Within:
    """ "5 business days" → Within(5, True)."""
    text = scalar(value)
    found = _WITHIN.fullmatch(text)
    if found is None or int(found[1]) > MAX_DAYS:
        raise refusal(
            f"{quoted(text)} is not a number of days",
            f"Write 1 to {MAX_DAYS} days, for example 5 business days, or 7 days",
        )
    return Within(int(found[1]), found[2] is not None)


def grace(value: object) -> int:
    """A short time as seconds: 15m, 2h, 3d, or 0."""
    text = scalar(value)
    found = _GRACE.fullmatch(text)
    seconds = int(found[1] or 0) * _UNIT_S.get(found[2], 0) if found else 0
    if found is None or seconds > MAX_GRACE_S:
        raise refusal(
            f"{quoted(text)} is not a time of grace",
            "Write minutes, hours or days, for example 15m, 2h, 3d, or 0; at most 30d",
        )
    return seconds


def day(value: object) -> str:
    """A date as ISO 8601 writes it, YYYY-MM-DD."""
    text = scalar(value)
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise refusal(f"{quoted(text)} is not a day", "Write year, month and day, for example 2026-12-25")


when = cast(Callable[[object], When], one_of("trigger", "all_closed", "any_closed", "manual"))
on_silence = cast(Callable[[object], OnSilence], one_of("answer to silence", "accept", "hold"))
role = cast(Callable[[object], Role], one_of("role", "read", "triage", "write", "maintain", "admin"))
title = line(MAX_TITLE, INVISIBLE)
"""The title of a forge's own milestone, compared letter by letter with the forge's."""

Title = Annotated[
    str,
    PlainValidator(title),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1, "maxLength": MAX_TITLE}),
]
Person = Annotated[
    Login,
    PlainValidator(person),
    WithJsonSchema({"type": ["string", "number"], "pattern": rf"^({NAME}:)?[A-Za-z0-9_.-]+(\[bot\])?$"}),
]
RoleName = Annotated[
    Role,
    PlainValidator(role),
    WithJsonSchema({"enum": ["read", "triage", "write", "maintain", "admin"]}),
]
Reason = Annotated[
    CloseReason, PlainValidator(close_reason), WithJsonSchema({"enum": ["completed", "not_planned"]})
]
WhenDone = Annotated[
    When, PlainValidator(when), WithJsonSchema({"enum": ["all_closed", "any_closed", "manual"]})
]
Silence = Annotated[OnSilence, PlainValidator(on_silence), WithJsonSchema({"enum": ["accept", "hold"]})]
Days = Annotated[Within, PlainValidator(within), string(pattern=r"^[1-9][0-9]{0,2} (business )?days?$")]
Grace = Annotated[
    int,
    PlainValidator(grace),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]{0,5}[mhd])$"}, {"const": 0}]}),
]
Day = Annotated[str, PlainValidator(day), string(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
