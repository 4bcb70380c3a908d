"""The shape of `rules:`, at a contract and, key by key over it, at a milestone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.milestones import fields, rule_fields
from app.milestones.entry import Entry, about

_MANY = 100


class PeopleEntry(Entry):
    """Who may do something: whoever has one of the roles, and the users whatever their role.

    Users without roles are the only ones; with neither, the roles are write, maintain and admin.
    """

    roles: Annotated[
        tuple[rule_fields.RoleName, ...],
        about("Roles at the forge: read, triage, write, maintain, admin.", ["write", "maintain", "admin"]),
    ] = Field(default=(), max_length=_MANY)
    users: Annotated[
        tuple[rule_fields.Person, ...],
        about("Logins, or connection:login where the repositories lie at several forges.", ["lena"]),
    ] = Field(default=(), max_length=_MANY)
    bots: Annotated[fields.Flag, about("Whether a bot with such a role or name counts as well.", False)] = (
        False
    )


class AcceptanceEntry(Entry):
    """The client's word: it is waited for before anything is billed."""

    by: Annotated[
        tuple[rule_fields.Person, ...], about("Who may accept or dispute: the client's logins.", ["anna"])
    ] = Field(min_length=1, max_length=_MANY)
    within: Annotated[
        rule_fields.Days,
        about(
            "How long they have; it ends at 24:00 UTC of the last day. Left out: 5 business days.",
            "5 business days",
            "7 days",
            json_schema_extra={"default": "5 business days"},
        ),
    ] = rule_fields.WITHIN
    on_silence: Annotated[
        rule_fields.Silence,
        about(
            "What silence means when the time is over. Left out: hold.",
            "hold",
            json_schema_extra={"default": "hold"},
        ),
    ] = "hold"


class RulesEntry(Entry):
    """What has to hold before a milestone is billed. A milestone's key replaces the contract's whole key."""

    when: Annotated[
        rule_fields.WhenDone,
        about(
            "When it is done: all its issues are closed, any of them is, or somebody releases it by hand.",
            "all_closed",
            json_schema_extra={"default": "all_closed"},
        ),
    ] = "all_closed"
    close_reasons: Annotated[
        tuple[rule_fields.Reason, ...],
        about(
            "Closed as what an issue counts. Left out: completed.",
            ["completed"],
            json_schema_extra={"default": ["completed"]},
        ),
    ] = Field(default=("completed",), min_length=1, max_length=_MANY)
    closers: Annotated[
        PeopleEntry | None,
        about("Whose closing counts.", {"roles": ["maintain", "admin"], "users": ["lena"]}),
    ] = None
    labelers: Annotated[
        PeopleEntry | None,
        about("Who may attach the label, or put an issue into the forge's milestone.", {"users": ["lena"]}),
    ] = None
    payees_may_close: Annotated[
        fields.Flag,
        about(
            "Whether the closing by a payee (payout.to[].users) counts. Left out: true.",
            False,
            json_schema_extra={"default": True},
        ),
    ] = True
    acceptance: Annotated[
        AcceptanceEntry | None,
        about(
            "The client's acceptance.", {"by": ["anna"], "within": "5 business days", "on_silence": "hold"}
        ),
    ] = None
    approve_above: Annotated[
        fields.Amount, about("A larger milestone needs an approval; 0: every one does.", "10000.00")
    ] = ""
    approvers: Annotated[
        tuple[rule_fields.Person, ...],
        about("Who may approve, other than those who closed. Left out: the command line.", ["lena"]),
    ] = Field(default=(), max_length=_MANY)
    max_per_day: Annotated[
        fields.Amount,
        about("How much of the contract one UTC day releases without an approval.", "20000.00"),
    ] = ""
    grace: Annotated[
        rule_fields.Grace,
        about(
            "How long a reopening withdraws in silence: 15m, 2h, 3d, at most 30d. Left out: 0.",
            "15m",
            0,
            json_schema_extra={"default": 0},
        ),
    ] = 0
    hold_label: Annotated[
        fields.Label,
        about(
            "The issue label that freezes the milestone. Left out: closeout:hold.",
            "closeout:hold",
            json_schema_extra={"default": "closeout:hold"},
        ),
    ] = "closeout:hold"
    holidays: Annotated[
        tuple[rule_fields.Day, ...],
        about("Days that are no business days.", ["2026-12-25", "2027-01-01"]),
    ] = Field(default=(), max_length=1000)
