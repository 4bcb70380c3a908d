"""Every rule of a contract, at each of the three forges, through their real clients over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.releases.play import Play, play
from tests.releases.scene import CONTRACT, FORGE_KINDS, LABEL, OTHER

EVERYWHERE = FORGE_KINDS
Rules = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Under these rules this happens, and the milestone is in `state` then, for a reason with these words."""

    name: str
    happens: Callable[[Play], object]
    state: str
    words: str = ""
    rules: Rules = field(default_factory=dict)
    kinds: tuple[str, ...] = EVERYWHERE
    more: Rules = field(default_factory=dict)


def _closed_by(login: str, role: str) -> Callable[[Play], object]:
    def happens(stage: Play) -> None:
        number = stage.forge.open_issue("Mine", [], stage.person(login, role))  # type: ignore[arg-type]
        stage.forge.label(number, LABEL, stage.person("dana"))
        stage.forge.close(number, stage.person(login))

    return happens


def _labelled_by(login: str, role: str) -> Callable[[Play], object]:
    def happens(stage: Play) -> None:
        number = stage.issue("")
        stage.forge.label(number, LABEL, stage.person(login, role))  # type: ignore[arg-type]
        stage.forge.close(number, stage.person("dana"))

    return happens


def _two(stage: Play) -> tuple[int, int]:
    first, second = stage.issue(), stage.issue()
    stage.forge.close(first, stage.person("dana"))
    return first, second


def _late_label(stage: Play) -> None:
    number = stage.closed(label="")
    stage.tick()
    stage.forge.label(number, LABEL, stage.person("dana"))


def _moved_label(stage: Play) -> None:
    """The label is deleted and made again: another id under the same name."""
    first = stage.issue()
    stage.take()
    stage.forge.delete_label(LABEL)
    stage.forge.label(first, LABEL, stage.person("dana"))
    stage.forge.close(first, stage.person("dana"))


def _renamed_label(stage: Play) -> None:
    """The cheap milestone's label is renamed into the dear one's."""
    number = stage.issue(OTHER)
    stage.take()
    stage.forge.rename_label(OTHER, LABEL)
    stage.forge.close(number, stage.person("dana"))


def _held_by_label(stage: Play) -> None:
    number = stage.issue()
    stage.forge.label(number, "closeout:hold", stage.person("dana"))
    stage.forge.close(number, stage.person("dana"))


def _hold_label_taken_off(stage: Play) -> None:
    number = stage.issue()
    stage.forge.label(number, "closeout:hold", stage.person("dana"))
    stage.forge.close(number, stage.person("dana"))
    stage.take()
    stage.forge.unlabel(number, "closeout:hold", stage.person("dana"))


def _hold_label_taken_off_by_triage(stage: Play) -> None:
    number = stage.issue()
    stage.forge.label(number, "closeout:hold", stage.person("dana"))
    stage.forge.close(number, stage.person("dana"))
    stage.take()
    stage.forge.unlabel(number, "closeout:hold", stage.person("tess", "triage"))


def _merged(stage: Play, merger: str, role: str = "write") -> None:
    number = stage.issue()
    stage.forge.close_by_pull_request(number, stage.person("fiona", "read"), stage.person(merger, role))  # type: ignore[arg-type]


def _native(stage: Play, *, closes: bool, leaves_open: bool = False) -> None:
    number = stage.issue("")
    stage.forge.add_to_milestone(number, "v1.0", stage.person("dana"))
    if leaves_open:
        stage.forge.add_to_milestone(stage.issue(""), "v1.0", stage.person("dana"))
    stage.take()
    if closes:
        stage.forge.close(number, stage.person("dana"))
        stage.forge.close_milestone("v1.0", stage.person("dana"))
        stage.forge.comment(number, stage.person("dana"), "done")
        stage.take()
    stage.decider.look_at(CONTRACT, 1)  # what a sweep does where the forge tells nothing of milestones


NATIVE: Rules = {
    "milestones": [
        {"milestone": "v1.0", "title": "Version one", "share": "60%"},
        {"label": OTHER, "title": "Testing", "share": "40%"},
    ]
}
ADMINS: Rules = {"closers": {"roles": ["admin"]}}

CASES = (
    Case("closed by a developer", lambda stage: stage.closed(), "ready", "#1 closed by dana (write)"),
    Case("one of two is open", _two, "waiting", "1 of 2 closed, open: #2"),
    Case("any one of two is enough", _two, "ready", "#1 closed by dana", {"when": "any_closed"}),
    Case("none of any is closed", lambda s: s.issue(), "waiting", "0 of 1 closed", {"when": "any_closed"}),
    Case("closed by a reader", _closed_by("rita", "read"), "held", "rita, whose role is read"),
    Case(
        "closed by triage",
        _closed_by("tess", "triage"),
        "held",
        "tess, whose role is triage",
        kinds=("github", "gitlab"),
    ),
    Case(
        "triage may close where the contract says so",
        _closed_by("tess", "triage"),
        "ready",
        "",
        {"closers": {"roles": ["triage", "write"]}},
        kinds=("github", "gitlab"),
    ),
    Case("only admins may close", lambda s: s.closed(), "held", "the role admin has to reopen", ADMINS),
    Case(
        "somebody named may close whatever the role",
        _closed_by("rita", "triage"),
        "ready",
        "",
        {"closers": {"users": ["rita"]}},
        kinds=("github", "gitlab"),
    ),
    Case(
        "where people are named, a role alone is not enough",
        lambda s: s.closed(),
        "held",
        "rita has to reopen and close it",
        {"closers": {"users": ["rita"]}},
    ),
    Case(
        "a payee closes and may",
        _closed_by("penny", "write"),
        "ready",
        "penny",
    ),
    Case(
        "a payee closes and may not",
        _closed_by("penny", "write"),
        "held",
        "penny, who gets a share",
        {"payees_may_close": False},
        more={"payout": {"to": [{"account": "acc_one", "share": "100%", "users": ["penny"]}]}},
    ),
    Case(
        "labelled by triage",
        _labelled_by("tess", "triage"),
        "held",
        "from tess, whose role is triage",
        kinds=("github", "gitlab"),
    ),
    Case(
        "triage may label where the contract says so",
        _labelled_by("tess", "triage"),
        "ready",
        "",
        {"labelers": {"roles": ["triage", "write", "admin"]}},
        kinds=("github", "gitlab"),
    ),
    Case(
        "only somebody named may label",
        lambda s: s.closed(),
        "held",
        "lena has to take it off and put it on",
        {"labelers": {"users": ["lena"]}},
    ),
    Case("labelled after the close", _late_label, "held", "after it was closed"),
    Case("the label was made anew", _moved_label, "held", "another one than when the contract was accepted"),
    Case("another label was renamed into it", _renamed_label, "held", "was milestone:uat before"),
    Case(
        "closed as not planned",
        lambda s: s.forge.close(s.issue(), s.person("dana"), "not_planned"),
        "waiting",
        "closed as not planned, which does not bill",
        kinds=("github",),
    ),
    Case(
        "not planned bills where the contract says so",
        lambda s: s.forge.close(s.issue(), s.person("dana"), "not_planned"),
        "ready",
        "",
        {"close_reasons": ["completed", "not_planned"]},
        kinds=("github",),
    ),
    Case(
        "a duplicate never bills",
        lambda s: s.forge.close(s.issue(), s.person("dana"), "duplicate"),
        "waiting",
        "closed as a duplicate",
        {"close_reasons": ["completed", "not_planned"]},
        kinds=("github", "gitlab"),
    ),
    Case("the hold label holds", _held_by_label, "held", "carries the label closeout:hold"),
    Case("the hold label is taken off", _hold_label_taken_off, "ready"),
    Case(
        "triage takes the hold label off",
        _hold_label_taken_off_by_triage,
        "held",
        "closeout:hold was taken off #1 by tess, whose role is triage",
        kinds=("github", "gitlab"),
    ),
    Case(
        "a merged pull request counts as its merger's closing", lambda s: _merged(s, "dana"), "ready", "dana"
    ),
    Case("merged by somebody who may not", lambda s: _merged(s, "walt"), "held", "walt", ADMINS),
    Case(
        "a commit that anybody may have signed as the boss",
        lambda s: s.forge.close_by_commit(s.issue(), s.person("lena", "admin"), s.person("dana")),
        "held",
        "#1 was closed by",
        ADMINS,
    ),
    Case(
        "above the limit",
        lambda s: s.closed(),
        "held",
        "600.00 usd is above 500.00 usd",
        {"approve_above": "500.00"},
    ),
    Case("below the limit", lambda s: s.closed(), "ready", "", {"approve_above": "600.00"}),
    Case("above the day's sum", lambda s: s.closed(), "held", "released today", {"max_per_day": "599.99"}),
    Case("native: closed with nothing open", lambda s: _native(s, closes=True), "ready", "", more=NATIVE),
    Case(
        "native: closed with open issues",
        lambda s: _native(s, closes=True, leaves_open=True),
        "waiting",
        "1 of 2 closed, open: #2",
        more=NATIVE,
    ),
    Case("native: still open", lambda s: _native(s, closes=False), "waiting", "0 of 1 closed", more=NATIVE),
)


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    case, kind = request.param
    with play(tmp_path, kind, case.rules, **case.more) as one:
        yield one


PAIRS = [(case, kind) for case in CASES for kind in case.kinds]


@pytest.mark.parametrize(
    ("case", "stage"),
    [(case, (case, kind)) for case, kind in PAIRS],
    ids=[f"{kind}: {case.name}" for case, kind in PAIRS],
    indirect=["stage"],
)
def test_a_rule_decides_and_says_why(case: Case, stage: Play) -> None:
    case.happens(stage)
    stage.take()
    assert (stage.state(), case.words in stage.reason()) == (case.state, True), stage.reason()
