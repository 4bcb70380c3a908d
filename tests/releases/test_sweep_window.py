"""From when on a sweep reads: no change is stepped over, whatever clocks do; a quiet forge costs little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events import Issue
from app.releases.sweep.window import LAG, is_before, moved, window
from tests.releases.examples import seen

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LAG_S = int(LAG.total_seconds())


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def changed(*moments: datetime) -> list[Issue]:
    """Issues that were changed then."""
    return [replace(seen().issue, updated_at=text(moment)) for moment in moments]


def test_the_first_look_goes_back_by_a_quarter_and_trusts_the_last_day() -> None:
    first = window(None, NOON, is_milestone_new=True)
    assert first.since == "2026-08-25T12:00:00Z"
    assert first.closed_since == "2026-11-22T12:00:00Z"


def test_later_looks_begin_where_the_last_one_ended() -> None:
    before = "2026-11-19T08:00:00Z"
    later = window(before, NOON, is_milestone_new=False)
    assert (later.since, later.closed_since) == (before, before)


def test_a_new_label_is_looked_up_in_the_past_but_old_closings_are_not_trusted() -> None:
    before = "2026-11-19T08:00:00Z"
    again = window(before, NOON, is_milestone_new=True)
    assert (again.since, again.closed_since) == ("2026-08-25T12:00:00Z", before)


@pytest.mark.parametrize(
    ("at", "expected"),
    [(None, True), ("2026-11-23T11:59:59Z", True), ("2026-11-23T12:00:00Z", False)],
)
def test_what_happened_at_no_known_time_is_old(at: str | None, expected: bool) -> None:
    assert is_before(at, text(NOON)) is expected


def test_a_date_in_the_future_moves_nothing_beyond_our_own_clock() -> None:
    poisoned = changed(NOON + timedelta(days=30_000))
    assert moved("2026-11-20T00:00:00Z", poisoned, NOON) == text(NOON - LAG)


def test_an_issue_without_a_date_moves_nothing() -> None:
    found = [replace(seen().issue, updated_at="")]
    assert moved("2026-11-20T00:00:00Z", found, NOON) == "2026-11-20T00:00:00Z"


def test_ten_thousand_issues_that_changed_in_one_second_are_read_twice_and_never_again() -> None:
    burst = NOON - timedelta(minutes=10)
    first = moved("2026-11-20T00:00:00Z", changed(*[burst] * 10_000), NOON)
    assert first < text(burst)
    second = moved(first, changed(*[burst] * 10_000), NOON + timedelta(minutes=5))
    assert second > text(burst)


@dataclass(frozen=True)
class Change:
    """A change of an issue of its own: when it happens (s), and how much later the forge's list shows it."""

    at_s: int
    shows_after_s: int


changes = st.lists(
    st.builds(Change, st.integers(0, 40_000), st.integers(0, LAG_S - 1)), min_size=1, max_size=30
)


@given(
    changes,
    st.lists(st.integers(LAG_S, 3_000), min_size=1, max_size=30),
    st.integers(-86_400, 86_400),
    st.lists(st.integers(-30 * 86_400, 30 * 86_400), min_size=31, max_size=31),
)
def test_every_change_is_read_by_the_first_sweep_after_it_shows(
    happened: list[Change], pauses_s: list[int], skew_s: int, jumps_s: list[int]
) -> None:
    """The forge's clock is wrong by `skew_s`, ours by another of `jumps_s` at each sweep."""
    mark: str | None = None
    read: set[Change] = set()
    at_s = 0
    for pause_s, jump_s in zip([0, *pauses_s], jumps_s, strict=False):
        at_s += pause_s
        shown = [one for one in happened if one.at_s + one.shows_after_s <= at_s]
        started = NOON + timedelta(seconds=at_s + jump_s)
        since = window(mark, started, is_milestone_new=False).since
        dated = {one: NOON + timedelta(seconds=one.at_s + skew_s) for one in shown}
        found = {one: moment for one, moment in dated.items() if text(moment) >= since}
        read |= found.keys()
        assert read >= set(shown)
        mark = moved(since, changed(*found.values()), started)


@given(changes)
def test_once_all_is_quiet_a_sweep_finds_nothing(happened: list[Change]) -> None:
    moments = [NOON + timedelta(seconds=one.at_s) for one in happened]
    mark = "2026-11-20T00:00:00Z"
    for number in range(3):
        started = NOON + timedelta(seconds=40_000 + LAG_S * (1 + number))
        found = [moment for moment in moments if text(moment) >= mark]
        mark = moved(mark, changed(*found), started)
    assert found == []
