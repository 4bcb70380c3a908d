"""What is news about an issue that changed: one case per difference, and silence where nothing differs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app.events import ForgeEventKind, Issue, Label
from app.releases.decision.evidence import evidence_of
from app.releases.decision.seen import Seen
from app.releases.sweep.findings import Known, News, deliveries_of, news
from tests.releases.examples import LABEL, REPOSITORY, contract, seen

CONTRACT = contract()
MILESTONE = CONTRACT.milestone(2)
NATIVE = replace(MILESTONE, label="", native="v1.0")
PRICED = {milestone.label for milestone in CONTRACT.milestones}
SINCE, LATER = "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"
HOLD = Label("9", "closeout:hold")


def known(*before: Seen, **facts: bool) -> Known:
    """What is written down after a decision that saw these issues."""
    evidence = json.loads(json.dumps(evidence_of(CONTRACT, before, before, before)))
    return Known(MILESTONE, {one["id"]: one for one in evidence["issues"]}, **facts)


CLOSED, OPEN = seen(), seen(is_open=True)
AGAIN = replace(CLOSED.issue, closed_at="2026-06-02T00:00:00Z")
BARE = replace(CLOSED.issue, labels=())
OPEN_BARE = replace(OPEN.issue, labels=())
NOTHING = Known(MILESTONE)
WITH_BUG = replace(CLOSED.issue, labels=(*CLOSED.issue.labels, Label("8", "bug")))
WITH_HOLD = replace(CLOSED.issue, labels=(*CLOSED.issue.labels, HOLD))
OTHER_LABEL = replace(CLOSED.issue, labels=(Label("77", LABEL),))
NOT_PLANNED = seen(reason="not_planned").issue
SECOND = replace(CLOSED.issue, labels=(*CLOSED.issue.labels, Label("4", "milestone:uat")))
TASK = seen(kind="task").issue

CASES: list[tuple[str, Issue, Known, ForgeEventKind | None]] = [
    # Milestones that no decision has looked at, or not with this issue
    ("an unknown closing", CLOSED.issue, NOTHING, "issue.closed"),
    ("an unknown open issue", OPEN.issue, NOTHING, "issue.labels_changed"),
    ("an unknown issue without the label", BARE, NOTHING, None),
    ("an unknown task", TASK, NOTHING, None),
    ("an issue that a released milestone never billed", CLOSED.issue, known(is_released=True), None),
    # Before a release
    ("closed as known", CLOSED.issue, known(CLOSED), None),
    ("open as known", OPEN.issue, known(OPEN), None),
    ("closed, was open", CLOSED.issue, known(OPEN), "issue.closed"),
    ("open, was closed", OPEN.issue, known(CLOSED), "issue.reopened"),
    ("closed again in between", AGAIN, known(CLOSED), "issue.closed"),
    ("closed for another reason", NOT_PLANNED, known(CLOSED), "issue.closed"),
    ("a label that means nothing", WITH_BUG, known(CLOSED), None),
    ("the label was taken off", OPEN_BARE, known(OPEN), "issue.labels_changed"),
    ("the hold label", WITH_HOLD, known(CLOSED), "issue.labels_changed"),
    ("the hold label is known", WITH_HOLD, known(replace(CLOSED, issue=WITH_HOLD)), None),
    ("a second milestone", SECOND, known(CLOSED), "issue.labels_changed"),
    ("another label under the old name", OTHER_LABEL, known(CLOSED), "issue.labels_changed"),
    ("it became a task", TASK, known(CLOSED), "issue.labels_changed"),
    # Withdrawn: that an issue of it is open is known
    ("open, as the reopening said", OPEN.issue, known(CLOSED, is_reopened=True), None),
    ("closed after the reopening", AGAIN, known(CLOSED, is_reopened=True), "issue.closed"),
    ("the other one was reopened", CLOSED.issue, known(CLOSED, is_reopened=True), None),
    # Released
    ("billed and closed", CLOSED.issue, known(CLOSED, is_released=True), None),
    ("billed and reopened", OPEN.issue, known(CLOSED, is_released=True), "issue.reopened"),
    ("billed, closed again in between", AGAIN, known(CLOSED, is_released=True), "issue.closed"),
    ("billed, now not planned", NOT_PLANNED, known(CLOSED, is_released=True), "issue.closed"),
    ("billed, lost its label", BARE, known(CLOSED, is_released=True), "issue.labels_changed"),
    ("billed, got the hold label", WITH_HOLD, known(CLOSED, is_released=True), "issue.labels_changed"),
    ("disputed, still open", OPEN.issue, known(CLOSED, is_released=True, is_reopened=True), None),
    ("disputed, closed again", AGAIN, known(CLOSED, is_released=True, is_reopened=True), "issue.closed"),
]


def kind_of(issue: Issue, *concerned: Known, since: str = SINCE) -> ForgeEventKind | None:
    found = news(issue, concerned, PRICED, since)
    return found.kind if found else None


@pytest.mark.parametrize(("issue", "concerned", "kind"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_differs_is_told_as_a_webhook_would_have(
    issue: Issue, concerned: Known, kind: ForgeEventKind | None
) -> None:
    assert kind_of(issue, concerned) == kind


def test_an_issue_that_concerns_no_milestone_is_no_news() -> None:
    assert kind_of(CLOSED.issue) is None


def test_a_closing_from_before_we_watched_is_put_before_a_person() -> None:
    assert kind_of(CLOSED.issue, NOTHING, since=LATER) == "issue.labels_changed"
    assert kind_of(replace(CLOSED.issue, closed_at=None), NOTHING) == "issue.labels_changed"


def test_a_closing_of_work_that_we_saw_open_counts_however_late_it_is_found() -> None:
    assert kind_of(CLOSED.issue, known(OPEN), since=LATER) == "issue.closed"


def test_of_several_milestones_the_one_that_loses_most_gives_the_name() -> None:
    reopened, new = known(CLOSED, is_released=True), NOTHING
    assert kind_of(OPEN.issue, new, reopened) == "issue.reopened"


@pytest.mark.parametrize(
    ("issue", "before", "kind"),
    [
        (replace(BARE, milestone="v1.0"), None, "issue.closed"),
        (replace(BARE, milestone="v2.0"), None, None),
        (replace(BARE, milestone=""), CLOSED, "issue.labels_changed"),
        (replace(BARE, milestone="v1.0"), replace(CLOSED, issue=BARE), None),
    ],
)
def test_the_forges_own_milestone_counts_like_a_label(
    issue: Issue, before: Seen | None, kind: ForgeEventKind | None
) -> None:
    issues = known(before).issues if before else {}
    assert kind_of(issue, Known(NATIVE, issues)) == kind


def test_a_decision_that_wrote_no_labels_down_is_not_taken_for_one_without_any() -> None:
    one = known(CLOSED)
    issues = {id_: {k: v for k, v in entry.items() if k != "labels"} for id_, entry in one.issues.items()}
    assert kind_of(CLOSED.issue, replace(one, issues=issues)) is None


def test_what_an_issue_lost_is_told_with_it_so_that_the_milestone_is_looked_at() -> None:
    found = news(OPEN_BARE, [known(OPEN)], PRICED, SINCE)
    assert found == News("issue.labels_changed", (LABEL,))
    ((_, body),) = deliveries_of(OPEN_BARE, found, "github", REPOSITORY)
    assert body["issue"]["labels"] == [{"id": "", "name": LABEL}]


def test_an_issue_that_went_from_one_milestone_of_the_forge_to_another_is_told_of_both() -> None:
    moved = replace(OPEN_BARE, milestone="v2.0")
    found = news(
        moved, [Known(NATIVE, known(OPEN).issues), Known(replace(NATIVE, native="v2.0"))], PRICED, SINCE
    )
    assert found == News("issue.labels_changed", (), ("v1.0",))
    told = deliveries_of(moved, found, "github", REPOSITORY)
    assert [body["issue"]["milestone"] for _, body in told] == ["v2.0", "v1.0"]
    assert len({id_ for id_, _ in told}) == 2


def name(issue: Issue, connection: str = "github") -> str:
    ((id_, _),) = deliveries_of(issue, News("issue.closed"), connection, REPOSITORY)
    return id_


def test_one_state_of_an_issue_is_one_delivery_and_another_state_another() -> None:
    issue = replace(CLOSED.issue, updated_at="2026-05-28T09:10:20Z")
    assert name(issue) == name(replace(issue, title="Other words"))
    others = [
        replace(issue, updated_at="2026-05-28T09:10:21Z"),
        replace(issue, id="1"),
        replace(issue, is_open=True, closed_at=None, close_reason=None),  # within the same second
        replace(issue, labels=()),
        replace(issue, milestone="v1.0"),
    ]
    assert len({name(one) for one in (issue, *others)}) == 6
    assert name(issue) != name(issue, "gitlab")


def test_the_delivery_says_what_a_webhook_would_have_said() -> None:
    issue = replace(CLOSED.issue, milestone="v1.0", repository=replace(REPOSITORY, full_name="acme/renamed"))
    ((_, body),) = deliveries_of(issue, News("issue.closed"), "github", REPOSITORY)
    assert body == {
        "connection": "github",
        "kind": "issue.closed",
        "issue": {
            "repository_id": "7732",
            "repository": "acme/storefront",
            "number": 12,
            "id": "9012",
            "labels": [{"id": "1", "name": LABEL}],
            "milestone": "v1.0",
        },
    }
