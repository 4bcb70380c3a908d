"""The decision: one case per condition, each with the words that a person reads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events import HistoryEntry, Person, Role
from app.milestones.contract import snapshot_hash
from app.milestones.rules import WRITERS
from app.releases.decision.decide import decide, doubted
from app.releases.decision.evidence import missed, vanished
from app.releases.decision.seen import Decision, Seen, Verdict
from tests.releases.examples import LABEL, contract, found, seen

CONTRACT = contract()
MILESTONE = CONTRACT.milestone(2)


def decided(*issues: Seen) -> Decision:
    return decide(CONTRACT, MILESTONE, found(*issues))


CASES: list[tuple[str, list[Seen], Verdict, str]] = [
    ("nothing carries the label", [], "wait", "no issue carries the label milestone:ui-prototype"),
    ("one completed issue", [seen()], "release", "completed: #12 closed by dana (write)"),
    ("all completed", [seen(12), seen(14)], "release", "completed: #12 closed by dana"),
    ("maintainers may", [seen(role="maintain")], "release", "dana (maintain)"),
    ("admins may", [seen(role="admin")], "release", "dana (admin)"),
    ("one is open", [seen(12), seen(14, is_open=True)], "wait", "1 of 2 closed, open: #14"),
    (
        "all are open",
        [seen(12, is_open=True), seen(14, is_open=True)],
        "wait",
        "0 of 2 closed, open: #12, #14",
    ),
    (
        "not planned",
        [seen(reason="not_planned")],
        "wait",
        "#12 was closed as not planned, which does not bill",
    ),
    ("a duplicate", [seen(reason="duplicate")], "wait", "#12 was closed as a duplicate, which does not bill"),
    ("moved", [seen(reason="moved")], "wait", "#12 was moved elsewhere, which does not bill"),
    (
        "done and not planned",
        [seen(12), seen(14, reason="not_planned")],
        "wait",
        "1 of 2 closed; #14 was closed as",
    ),
    (
        "an unknown reason",
        [seen(reason="unknown")],
        "hold",
        "#12 was closed for a reason that is not known here",
    ),
    ("nobody closed it", [seen(by=None)], "hold", "the forge does not say who closed #12"),
    (
        "a bot closed it",
        [seen(by=Person("5", "merge-bot", is_bot=True))],
        "hold",
        "#12 was closed by the bot merge-bot",
    ),
    ("a stranger closed it", [seen(role="none")], "hold", "#12 was closed by dana, whose role is none"),
    (
        "a reader closed it",
        [seen(role="read")],
        "hold",
        "whose role is read: somebody with the role write, maintain or admin",
    ),
    ("triage closed it", [seen(role="triage")], "hold", "whose role is triage"),
    ("nobody asked for the role", [seen(role=None)], "hold", "whose role is unknown"),
    (
        "the role was not asked for while others are open",
        [seen(12, role=None), seen(14, is_open=True)],
        "wait",
        "1 of 2 closed, open: #14",
    ),
    (
        "two milestones",
        [seen(others=("milestone:uat",))],
        "hold",
        "#12 carries several milestones (milestone:ui-prototype, milestone:uat)",
    ),
    (
        "two on an open one",
        [seen(is_open=True, others=("milestone:uat",))],
        "hold",
        "carries several milestones",
    ),
    (
        "doubt outweighs waiting",
        [seen(12, role="read"), seen(14, is_open=True)],
        "hold",
        "whose role is read",
    ),
    ("only a pull request", [seen(kind="pull_request")], "wait", "no issue carries"),
    ("an incident beside", [seen(12), seen(13, kind="incident", is_open=True)], "release", "completed: #12"),
    ("a task alone", [seen(kind="task")], "wait", "no issue carries"),
]


@pytest.mark.parametrize(
    ("issues", "verdict", "words"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_decision_gives_its_verdict_and_says_why(issues: list[Seen], verdict: Verdict, words: str) -> None:
    decision = decided(*issues)
    assert decision.verdict == verdict
    assert words in decision.reason


def test_the_evidence_names_who_closed_what_when_under_which_contract() -> None:
    evidence = decided(seen()).evidence
    assert evidence["snapshot_hash"] == snapshot_hash(CONTRACT.snapshot())
    assert evidence["issues"] == [
        {
            "connection": "github",
            "repository": "acme/storefront",
            "repository_id": "7732",
            "number": 12,
            "id": "9012",
            "url": "https://forge.example/acme/storefront/issues/12",
            "title": "Issue 12",
            "is_open": False,
            "close_reason": "completed",
            "closed_at": "2026-05-28T09:10:20Z",
            "closed_by": {"id": "101", "login": "dana", "role": "write"},
            "labelled_at": "2026-05-20T08:00:00Z",
            "closed_via": "",
            "labelled_by": {"id": "101", "login": "dana", "role": "write"},
            "labels": [{"id": "1", "name": "milestone:ui-prototype"}],
            "is_billed": True,
            "is_done": True,
        }
    ]


def labelled(at: str) -> Seen:
    return replace(seen(), labeling=HistoryEntry("labeled", Person("7", "tess"), at, LABEL, "1"))


def test_a_label_that_was_attached_after_the_close_holds() -> None:
    assert decided(labelled("2026-05-28T09:10:19Z")).verdict == "release"
    assert decided(labelled("2026-05-28T09:10:20Z")).verdict == "release"
    late = decided(labelled("2026-05-28T09:10:21Z"))
    assert (late.verdict, "#12 got the label" in late.reason) == ("hold", True)


@pytest.mark.parametrize("role", [None, "none", "read", "triage"])
def test_a_label_from_somebody_who_may_not_close_holds(role: Role | None) -> None:
    held = decided(seen(labeler_role=role))
    assert (held.verdict, "#12 got the label milestone:ui-prototype from dana" in held.reason) == (
        "hold",
        True,
    )


def test_a_label_that_nobody_is_known_to_have_attached_holds() -> None:
    held = decided(replace(seen(), labeling=None))
    assert (held.verdict, "does not say who put the label" in held.reason) == ("hold", True)


def test_unfinished_work_that_lost_its_label_is_remembered_until_it_is_back_or_settled() -> None:
    before = decided(seen(12), seen(14, is_open=True)).evidence
    release = decided(seen(12))
    gone = vanished(release, before)
    held = doubted(
        replace(release, evidence={**release.evidence, "missing": gone}),
        [missed(one, "", "") for one in gone],
    )
    assert (held.verdict, "#14 belonged to it before and was not done" in held.reason) == ("hold", True)
    again = decided(seen(12))
    assert [one["number"] for one in vanished(again, held.evidence)] == [14]  # not forgotten meanwhile
    back = decided(seen(12), seen(14))
    assert vanished(back, held.evidence) == []


def test_completed_work_may_lose_its_label() -> None:
    before = decided(seen(12), seen(14)).evidence
    assert vanished(decided(seen(12)), before) == []


issues_of_any_kind = st.builds(
    seen,
    number=st.integers(1, 40),
    is_open=st.booleans(),
    reason=st.sampled_from(["completed", "not_planned", "duplicate", "moved", "unknown"]),
    by=st.sampled_from([None, Person("1", "ana"), Person("2", "robot", is_bot=True)]),
    role=st.sampled_from([None, "none", "read", "triage", "write", "maintain", "admin"]),
    kind=st.sampled_from(["issue", "pull_request", "incident", "task"]),
    others=st.sampled_from([(), ("milestone:uat",)]),
)


@given(st.lists(issues_of_any_kind, max_size=6))
def test_a_release_means_that_every_issue_was_completed_by_a_person_who_may(issues: list[Seen]) -> None:
    decision = decided(*issues)
    billable = [one for one in issues if one.issue.kind == "issue"]
    every_one_is_fine = all(
        not one.issue.is_open
        and one.issue.close_reason == "completed"
        and one.issue.closed_by is not None
        and not one.issue.closed_by.is_bot
        and one.closer_role in WRITERS
        and not one.other_labels
        for one in billable
    )
    assert (decision.verdict == "release") == (bool(billable) and every_one_is_fine)
    assert decision.reason
