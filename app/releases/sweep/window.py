"""From when on a sweep reads a repository's changes. Pure.

What was read before is remembered as a moment of the *forge's* clock: the latest change that was seen. Our
own clock only bounds it, so that neither a clock that differs from the forge's nor one that jumps makes a
sweep step over a change. Moments are RFC 3339 in UTC, in whole seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.events import Issue

LAG = timedelta(minutes=2)
"""A change may show in a forge's list a little after one with a later date, since lists are replicated."""
LOOKBACK = timedelta(days=90)
"""How far the first look at a repository, or at a milestone that is new to us, goes back."""
FRESH = timedelta(days=1)
"""What was closed longer than this before the first look may well have been billed by hand."""


@dataclass(frozen=True, slots=True)
class Window:
    """`since`: read what changed at or after it. `closed_since`: an issue of which we knew nothing and that
    was closed before it was closed while nobody had asked us to bill it; a person looks at it first."""

    since: str
    closed_since: str


def window(before: str | None, started: datetime, *, is_milestone_new: bool) -> Window:
    """Where to begin; `before` is what the last sweep remembered, None for a repository's first one."""
    since = before if before is not None and not is_milestone_new else _text(started - LOOKBACK)
    return Window(since, before if before is not None else _text(started - FRESH))


def moved(before: str, found: Sequence[Issue], started: datetime) -> str:
    """What to remember after `found` was read since `before`, in a sweep that started at `started`.

    After news it is the latest change less the lag, so that what shows late is read by the next sweep. When
    that finds nothing newer, what lay within the lag was read twice and is left behind: a quiet repository
    costs one request, however much had changed at once before.
    """
    moments = [moment(issue.updated_at) for issue in found if issue.updated_at]
    if not moments:
        return before
    latest = max(moments)
    if latest > moment(before) + LAG:
        return _text(min(latest, started) - LAG)
    return _text(latest + timedelta(seconds=1)) if started - latest >= LAG else before


def is_before(at: str | None, since: str) -> bool:
    """Whether something that happened `at` (None: nobody knows) is older than `since`."""
    return at is None or moment(at) < moment(since)


def moment(text: str) -> datetime:
    """The moment that an RFC 3339 text names."""
    return datetime.fromisoformat(text)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
