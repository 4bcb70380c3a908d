"""How long a client has: business days and holidays. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from app.milestones.rules import Acceptance

SATURDAY = 5


def deadline(start: datetime, acceptance: Acceptance, holidays: Collection[str]) -> datetime:
    """The end (24:00 UTC) of the last day to answer; the day of the start does not count.

    `holidays` are ISO dates; they and the weekends are passed over where the term is in business days.
    """
    day, left = start.astimezone(UTC).date(), acceptance.days
    while left:
        day += timedelta(days=1)
        if not (acceptance.is_business and is_off(day, holidays)):
            left -= 1
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def is_off(day: date, holidays: Collection[str]) -> bool:
    """Whether nobody works on that day: a weekend or one of the holidays."""
    return day.weekday() >= SATURDAY or day.isoformat() in holidays
