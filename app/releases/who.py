"""Who ordered something, as it is stored beside what was done."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Literal

from app.events import Person

_OPERATOR = re.compile(r"(^|; |: |\bby )(?:(?!\bby )[^;:])*? \(command line\)")
"""Whoever ordered something by the command line, as `Who` tells it."""

Via = Literal["command line", "comment", "link", "forge", "rule"]


@dataclass(frozen=True, slots=True)
class Who:
    """A person (or a rule of the contract) and the way by which the order came.

    `connection` and `id` say which account at which forge it was, "" for people whom no forge vouches for.
    `said` is the place in time of the comment that it was, as that forge dates it, "" for all other ways.
    """

    name: str
    via: Via
    connection: str = ""
    id: str = ""
    said: str = ""

    def __str__(self) -> str:
        return self.name if self.via in ("comment", "forge", "rule") else f"{self.name} ({self.via})"

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Who:
        return Who(**json.loads(text))


def unnamed(text: str) -> str:
    """The same for everybody who reads an issue: what the operator's account is called is not for them."""
    return _OPERATOR.sub(r"\1the operator", text)


def at_forge(person: Person | None, connection: str, via: Via = "forge", said: str = "") -> Who:
    """Somebody who acted at a forge."""
    if person is None:
        return Who("somebody unknown", via, connection, said=said)
    return Who(person.login, via, connection, person.id, said)
