"""From the sketch of `rules:` to the values that decide. Only for a file without errors."""

from __future__ import annotations

from typing import TypeVar

from app import money
from app.milestones.peek import Given, Listed, value_of, values
from app.milestones.rule_fields import WITHIN, Login
from app.milestones.rule_sketch import AcceptanceSketch, PeopleSketch, RulesSketch
from app.milestones.rules import DEFAULT, WRITERS, Acceptance, NamedPerson, People, Rules

T = TypeVar("T")


def resolve(sketch: RulesSketch, currency: str, connection: str) -> Rules:
    """The rules with their defaults. Plain logins are people at `connection`, the contract's only one."""
    acceptance = value_of(sketch.acceptance)
    return Rules(
        when=_value(sketch.when, DEFAULT.when),
        close_reasons=values(sketch.close_reasons) or DEFAULT.close_reasons,
        closers=_people(value_of(sketch.closers), connection),
        payees_may_close=_value(sketch.payees_may_close, DEFAULT.payees_may_close),
        labelers=_people(value_of(sketch.labelers), connection),
        acceptance=_acceptance(acceptance, connection) if acceptance else None,
        approve_above_minor=_amount_minor(sketch.approve_above, currency),
        approvers=people(sketch.approvers, connection),
        max_per_day_minor=_amount_minor(sketch.max_per_day, currency),
        grace_s=_value(sketch.grace, DEFAULT.grace_s),
        hold_label=_value(sketch.hold_label, DEFAULT.hold_label),
        holidays=tuple(sorted(values(sketch.holidays))),
    )


def people(logins: Listed[Login] | None, connection: str) -> tuple[NamedPerson, ...]:
    """Names as they stand in the file; what can not be read is passed over."""
    return tuple(NamedPerson(one.connection or connection, one.login) for one in values(logins))


def _value(given: Given[T] | None, default: T) -> T:
    found = value_of(given)
    return default if found is None else found


def _people(sketch: PeopleSketch | None, connection: str) -> People:
    """Users without roles are the only ones."""
    if sketch is None:
        return DEFAULT.closers
    default = WRITERS if sketch.users is None else ()
    return People(
        roles=default if sketch.roles is None else values(sketch.roles),
        users=people(sketch.users, connection),
        bots=_value(sketch.bots, False),
    )


def _acceptance(sketch: AcceptanceSketch, connection: str) -> Acceptance:
    within = value_of(sketch.within) or WITHIN
    return Acceptance(
        by=people(sketch.by, connection),
        days=within.days,
        is_business=within.is_business,
        on_silence=_value(sketch.on_silence, "hold"),
    )


def _amount_minor(given: Given[str] | None, currency: str) -> int | None:
    return money.parse_amount(given.value, currency) if given and given.value else None
