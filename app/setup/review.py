"""Looking at a contract file's text before it is saved: is it right, and what does it change in money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from app.db import Database
from app.milestones import document
from app.milestones.contract import Configuration
from app.milestones.plans import EXAMPLES, Wish
from app.milestones.problems import Problem
from app.releases.told.decided import read_decided
from app.releases.told.differences import differences, placed

_OWN = ("seller", "seller_email", "client", "client_email", "payee_name")
DRAFT = (
    *(str(one.default) for one in fields(Wish) if one.name in _OWN),
    *(account for accounts in EXAMPLES.values() for account in accounts if account),
)
"""Invoices that go out under these, or pay them, would go nowhere."""


@dataclass(frozen=True, slots=True)
class Review:
    """`problems` are the file's own, in its order; `differences` those against what was released before.

    `leftovers` are what nobody has put in the place of the draft's own words.
    """

    configuration: Configuration | None
    problems: list[Problem]
    differences: list[Problem]
    leftovers: list[Problem]

    @property
    def doubts(self) -> list[Problem]:
        """What is saved only when somebody says so after having read it."""
        return [*self.differences, *self.leftovers]


def review(db: Database, text: str, file: str) -> Review:
    """What `closeout check --against-database` says of the text. `file` is the name that problems carry."""
    source = text.encode("utf-8", "surrogatepass")
    configuration, problems = document.read(source, file)
    if configuration is None:
        return Review(None, problems, [], [])
    with db.reading() as connection:
        decided = read_decided(connection)
    found = placed(source, file, differences(configuration, decided))
    return Review(configuration, problems, found, list(_leftovers(text, file)))


def _leftovers(text: str, file: str) -> Iterator[Problem]:
    for number, line in enumerate(text.split("\n"), start=1):
        for words in DRAFT:
            place = line.find(words)
            if place >= 0 and not line.lstrip().startswith("#"):
                what, mend = f"this is still the draft's {words!r}", "Write your own, or save it as it is"
                yield Problem("warning", file, number, place + 1, "", what, mend)
