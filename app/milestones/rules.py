"""The rules of a milestone: when it is done, who may say so, and what must happen before money moves. Values.

The defaults are those of a team with write access: close the issue, release the payment. In the contract file
`rules:` stands at a contract and, key by key, over it at a milestone; both are resolved into one `Rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from app.events import CloseReason, Role

When = Literal["all_closed", "any_closed", "manual"]
OnSilence = Literal["accept", "hold"]

WRITERS: tuple[Role, ...] = ("write", "maintain", "admin")
"""Whose closing counts by default. Triage may label and close, and anybody may close their own issue."""

HOLD_LABEL = "closeout:hold"


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A login at a connection, as the contract names it; its numeric id is stored when it is first seen."""

    connection: str
    login: str

    def __str__(self) -> str:
        return f"{self.connection}:{self.login}"


@dataclass(frozen=True, slots=True)
class People:
    """Who may do something: whoever has one of the `roles`, and the `users` whatever their role.

    A bot is a person here only where `bots` is true; it needs a role or a name like everybody.
    """

    roles: tuple[Role, ...] = WRITERS
    users: tuple[NamedPerson, ...] = ()
    bots: bool = False


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The client's word: one of `by` accepts or disputes within `days`, which may be business days."""

    by: tuple[NamedPerson, ...]
    days: int
    is_business: bool
    on_silence: OnSilence


@dataclass(frozen=True, slots=True)
class Rules:
    """What has to hold before a milestone is billed. Amounts are minor units of the contract's currency.

    `approve_above_minor`: above it one of the `approvers`, who did not close, approves (anybody who works the
    command line where none are named). `max_per_day_minor`: how much of the contract one UTC day releases
    without an approval. `grace_s`: how long a reopening still withdraws in silence. `holidays`: ISO dates.
    """

    when: When = "all_closed"
    close_reasons: tuple[CloseReason, ...] = ("completed",)
    closers: People = People()
    payees_may_close: bool = True
    labelers: People = People()
    acceptance: Acceptance | None = None
    approve_above_minor: int | None = None
    approvers: tuple[NamedPerson, ...] = ()
    max_per_day_minor: int | None = None
    grace_s: int = 0
    hold_label: str = HOLD_LABEL
    holidays: tuple[str, ...] = ()

    @staticmethod
    def from_snapshot(plain: dict[str, Any]) -> Rules:
        """The inverse of `dataclasses.asdict` after JSON."""
        acceptance = plain["acceptance"]
        return Rules(
            **{
                **plain,
                "close_reasons": tuple(plain["close_reasons"]),
                "closers": _people(plain["closers"]),
                "labelers": _people(plain["labelers"]),
                "acceptance": Acceptance(**{**acceptance, "by": named(acceptance["by"])})
                if acceptance
                else None,
                "approvers": named(plain["approvers"]),
                "holidays": tuple(plain["holidays"]),
            }
        )


DEFAULT = Rules()


def named(plain: list[dict[str, str]]) -> tuple[NamedPerson, ...]:
    """Names as they stand in a snapshot."""
    return tuple(NamedPerson(**one) for one in plain)


def _people(plain: dict[str, Any]) -> People:
    return People(tuple(plain["roles"]), named(plain["users"]), plain["bots"])
