"""What people did, as far as it matters to who may be paid; it knows nothing of how Closeout decides."""

from __future__ import annotations

from typing import Any

from tests.releases.play import Play
from tests.releases.scene import LABEL, OTHER

RULES: dict[str, dict[str, Any]] = {
    "plain": {},
    "accepted": {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}},
    "silent": {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "accept"}},
    "graceful": {"grace": "15m"},
    "limited": {"approve_above": "500.00", "approvers": ["lena"]},
    "any": {"when": "any_closed"},
}
PAYOUTS: dict[str, dict[str, Any]] = {
    "usual": {},
    "in parts": {"partial": "pro_rata"},
    "in advance": {"disburse": "on_close"},
}
"""How payments are handled."""
ROLES = {
    "dana": "write",
    "lena": "admin",
    "tess": "triage",
    "anna": "read",
    "penny": "write",
    "mallory": "read",
}
MAY = {"dana", "lena", "penny"}
INDEXES = {LABEL: 1, OTHER: 2}
COMMANDS = ("accept", "dispute no", "hold wait", "resume", "approve")
ORDERS: tuple[tuple[str, tuple[Any, ...], dict[str, Any]], ...] = (
    ("hold", ("wait",), {}),
    ("resume", (), {}),
    ("refund", (), {"keep_payouts": False}),
    ("refund", (), {"keep_payouts": True}),
    ("approve", (), {}),
    ("accept", (), {}),
    ("dispute", ("no",), {}),
)
WELL = ("invoiced", "disbursing", "disbursed", "partially_disbursed", "refunded", "paid")
"""Where a milestone may stand when everybody has done what was asked of them."""


class Issue:
    """What people did to one issue, as far as it matters to who may be paid."""

    def __init__(self, label: str, labelled_by: str) -> None:
        self.labels = {label: labelled_by}
        self.is_open, self.closed_by = True, ""

    def is_good(self, label: str) -> bool:
        """Closed by somebody who may, with the label from somebody who may."""
        return not self.is_open and self.closed_by in MAY and self.labels.get(label) in MAY


class Work:
    """All issues, by number, and how often each milestone, by index, became complete.

    Where any issue completes it, one that no longer does leaves it to the others to complete it anew.
    """

    def __init__(self, *, is_any: bool) -> None:
        self._is_any = is_any
        self.issues: dict[int, Issue] = {}
        self.was_complete = dict.fromkeys(INDEXES.values(), 0)
        self._good: dict[int, set[int]] = {index: set() for index in INDEXES.values()}
        self.lacks: set[str] = set()
        self._left_behind: list[tuple[str, int]] = []

    def add(self, number: int, label: str, labelled_by: str) -> None:
        self.issues[number] = Issue(label, labelled_by)

    def pick(self, which: int) -> tuple[int, Issue]:
        number = sorted(self.issues)[which % len(self.issues)]
        return number, self.issues[number]

    def under(self, label: str) -> list[tuple[int, Issue]]:
        return [(number, issue) for number, issue in self.issues.items() if label in issue.labels]

    def move_away(self, number: int) -> None:
        """The issue goes to another repository; without it nobody completes its milestones."""
        labels = self.issues.pop(number).labels
        self.lacks |= labels.keys()
        self._left_behind += [(label, number) for label in labels]
        self.look()

    def tidy(self, label: str) -> list[int]:
        """The issues that were moved away under this label, which somebody who may takes off them now."""
        found = [number for one, number in self._left_behind if one == label]
        self._left_behind = [one for one in self._left_behind if one[0] != label]
        self.lacks.discard(label)
        return found

    def look(self) -> None:
        """Note which milestones are complete now."""
        for label, index in INDEXES.items():
            mine = self.under(label)
            good, before = {number for number, issue in mine if issue.is_good(label)}, self._good[index]
            if not self._is_any and (len(good) < len(mine) or label in self.lacks):
                good = set()
            if good and (not before or (self._is_any and before - good)):
                self.was_complete[index] += 1
            self._good[index] = good


def mend(stage: Play, work: Work, number: int, label: str, *, is_again: bool) -> None:
    """Dana opens what is not as it should be, labels it anew, and closes it."""
    dana, issue = stage.person("dana"), work.issues[number]
    is_odd = len(issue.labels) > 1 or not issue.is_good(label)
    if not issue.is_open and (is_odd or is_again):
        stage.forge.reopen(number, dana)
        issue.is_open = True
        stage.settle()
    for other in [one for one in issue.labels if one != label]:
        stage.forge.unlabel(number, other, dana)
        del issue.labels[other]
    if issue.labels[label] not in MAY:
        stage.forge.unlabel(number, label, dana)
        stage.forge.label(number, label, dana)
        issue.labels[label] = "dana"
    work.look()
    stage.tick()
    if issue.is_open:
        stage.forge.close(number, dana)
        issue.is_open, issue.closed_by = False, "dana"
    work.look()
