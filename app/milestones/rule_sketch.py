"""`rules:` as far as they can be read: every key for itself, None where it does not stand there."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from app.events import CloseReason, Role
from app.milestones import rule_fields
from app.milestones.fields import label, scalar, true_or_false
from app.milestones.peek import Given, Listed, given, listed, mapped
from app.milestones.problems import FieldPath
from app.milestones.rule_fields import Login, Within
from app.milestones.rules import OnSilence, When


@dataclass(frozen=True, slots=True)
class PeopleSketch:
    """Closers or labelers."""

    path: FieldPath
    roles: Listed[Role] | None
    users: Listed[Login] | None
    bots: Given[bool] | None


@dataclass(frozen=True, slots=True)
class AcceptanceSketch:
    """The client's word."""

    by: Listed[Login] | None
    within: Given[Within] | None
    on_silence: Given[OnSilence] | None


@dataclass(frozen=True, slots=True)
class RulesSketch:
    """One `rules:` mapping. Amounts are still text: the contract knows their currency."""

    when: Given[When] | None = None
    close_reasons: Listed[CloseReason] | None = None
    closers: Given[PeopleSketch] | None = None
    labelers: Given[PeopleSketch] | None = None
    payees_may_close: Given[bool] | None = None
    acceptance: Given[AcceptanceSketch] | None = None
    approve_above: Given[str] | None = None
    approvers: Listed[Login] | None = None
    max_per_day: Given[str] | None = None
    grace: Given[int] | None = None
    hold_label: Given[str] | None = None
    holidays: Listed[str] | None = None


NOTHING = RulesSketch()


def sketch_rules(path: FieldPath, owner: Any) -> RulesSketch:
    """Read what can be read of `rules:` in a contract or milestone that stands at `path`; never raises."""
    rules = owner.get("rules") if isinstance(owner, dict) else None
    if not isinstance(rules, dict) or not rules:
        return NOTHING
    at = (*path, "rules")
    return RulesSketch(
        when=given(rule_fields.when, rules, at, "when"),
        close_reasons=listed(rule_fields.close_reason, rules, at, "close_reasons"),
        closers=mapped(_people, rules, at, "closers"),
        labelers=mapped(_people, rules, at, "labelers"),
        payees_may_close=given(true_or_false, rules, at, "payees_may_close"),
        acceptance=mapped(_acceptance, rules, at, "acceptance"),
        approve_above=given(scalar, rules, at, "approve_above"),
        approvers=listed(rule_fields.person, rules, at, "approvers"),
        max_per_day=given(scalar, rules, at, "max_per_day"),
        grace=given(rule_fields.grace, rules, at, "grace"),
        hold_label=given(label, rules, at, "hold_label"),
        holidays=listed(rule_fields.day, rules, at, "holidays"),
    )


def overlaid(contract: RulesSketch, milestone: RulesSketch) -> RulesSketch:
    """The rules that hold for a milestone: each of its own keys replaces the contract's key whole."""
    if milestone is NOTHING:
        return contract
    own = {key.name: getattr(milestone, key.name) for key in fields(RulesSketch)}
    return replace(contract, **{key: value for key, value in own.items() if value is not None})


def _people(path: FieldPath, value: Any) -> PeopleSketch:
    return PeopleSketch(
        path=path,
        roles=listed(rule_fields.role, value, path, "roles"),
        users=listed(rule_fields.person, value, path, "users"),
        bots=given(true_or_false, value, path, "bots"),
    )


def _acceptance(path: FieldPath, value: Any) -> AcceptanceSketch:
    return AcceptanceSketch(
        by=listed(rule_fields.person, value, path, "by"),
        within=given(rule_fields.within, value, path, "within"),
        on_silence=given(rule_fields.on_silence, value, path, "on_silence"),
    )
