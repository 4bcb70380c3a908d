"""Contracts and milestones as values. `document.py` reads them from YAML; everything after works on these.

A snapshot is the contract as plain JSON, as it stood when a release was decided; its SHA-256 is kept beside
it. Amounts of a release come from its snapshot alone, so a later edit of the file can not change them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from app import money
from app.capabilities import Capabilities
from app.milestones.rules import DEFAULT, NamedPerson, Rules, named


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or client as it stands on an invoice; `address` is a line per entry, country last."""

    name: str
    email: str
    address: tuple[str, ...] = ()
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class RepositoryKey:
    """Where a contract's issues live: "github:acme/storefront" is connection and full name."""

    connection: str
    full_name: str

    def __str__(self) -> str:
        return f"{self.connection}:{self.full_name}"


@dataclass(frozen=True, slots=True)
class Payee:
    """A gateway account and its exact share of each milestone; the shares of a contract add up to one.

    `users` are the payee's accounts at the forges, for rules that concern payees; `name` is the account
    holder's, for gateways that ask for it.
    """

    account: str
    share: Fraction
    users: tuple[NamedPerson, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """One phase. `index` counts from 1 in file order; `amount_minor` is its part of the contract's total.

    It is found by its `label`, or by `native`, the title of a milestone of the forge; one that is released by
    hand (`rules.when` is "manual") has neither. `net_days` is None where the contract's terms hold.
    """

    index: int
    label: str
    title: str
    share: Fraction
    amount_minor: int
    criteria: tuple[str, ...] = ()
    native: str = ""
    rules: Rules = DEFAULT
    net_days: int | None = None

    @property
    def trigger(self) -> str:
        """What it is recognised by, whatever its number: unique in its contract."""
        if self.label:
            return self.label
        return f"milestone {self.native}" if self.native else f"manual: {self.title}"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract: `total_minor` is the sum of its milestones, `net_days` the term of payment (net-15 → 15).

    `auto_clear`: pay the shares as soon as the invoice is paid; otherwise after an approval. `disburse`
    "on_close": as soon as it is issued. `partial` "pro_rata": also of a part that is paid. `on_refund`
    "keep": payees keep their shares when the client gets its money back. `pay_online`: the client must be
    able to pay on the invoice's page. `commit` is the one that it was read at, "" for a plain file; it is no
    part of what was agreed, nor of the snapshot.
    """

    id: str
    title: str
    seller: Party
    client: Party
    currency: str
    total_minor: int
    net_days: int
    gateway: str
    repositories: tuple[RepositoryKey, ...]
    auto_clear: bool
    payees: tuple[Payee, ...]
    milestones: tuple[Milestone, ...]
    disburse: str = "on_paid"
    partial: str = "wait"
    on_refund: str = "reverse"
    pay_online: bool = False
    commit: str = field(default="", compare=False)

    def milestone(self, index: int) -> Milestone:
        """The milestone with that index (from 1). Raises IndexError when there is none."""
        if not 1 <= index <= len(self.milestones):
            raise IndexError(f"contract {self.id} has no milestone {index}")
        return self.milestones[index - 1]

    def snapshot(self) -> dict[str, Any]:
        """The contract as plain JSON; shares are exact fractions as text ("1/4").

        What was added to the format since the first version is left out where it is as it was then, so that
        a contract that did not change keeps its hash.
        """
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        del plain["commit"]
        entries = [(plain, _ADDED), *((one, {"name": ""}) for one in plain["payees"])]
        entries += [(one, {"net_days": None}) for one in plain["milestones"]]
        for entry, added in entries:
            for name, usual in added.items():
                if entry[name] == usual:
                    del entry[name]
        return plain

    @staticmethod
    def from_snapshot(plain: dict[str, Any]) -> Contract:
        """The inverse of `snapshot`."""
        return Contract(
            **{
                **plain,
                "seller": _party(plain["seller"]),
                "client": _party(plain["client"]),
                "repositories": tuple(RepositoryKey(**key) for key in plain["repositories"]),
                "payees": tuple(_payee(payee) for payee in plain["payees"]),
                "milestones": tuple(_milestone(item) for item in plain["milestones"]),
            }
        )

    def net_days_of(self, index: int) -> int:
        """The term of payment of milestone `index`."""
        own = self.milestone(index).net_days
        return self.net_days if own is None else own

    def name_of(self, account: str) -> str:
        """The account holder's name of a payee, "" where the contract does not say it."""
        return next((payee.name for payee in self.payees if payee.account == account), "")

    def legs_minor(self, index: int) -> dict[str, int]:
        """What each payee gets of milestone `index`, by account; adds up to the milestone's amount."""
        parts = money.split(self.milestone(index).amount_minor, [payee.share for payee in self.payees])
        return {payee.account: part for payee, part in zip(self.payees, parts, strict=True)}


_ADDED: dict[str, Any] = {
    "disburse": "on_paid",
    "partial": "wait",
    "on_refund": "reverse",
    "pay_online": False,
}


def snapshot_hash(plain: dict[str, Any]) -> str:
    """SHA-256 (hex) over the snapshot's canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _payee(plain: dict[str, Any]) -> Payee:
    users, name = named(plain.get("users", [])), plain.get("name", "")
    return Payee(plain["account"], Fraction(plain["share"]), users, name)


def _milestone(plain: dict[str, Any]) -> Milestone:
    """Snapshots from before there were rules have none: the defaults decided then."""
    rules = Rules.from_snapshot(plain["rules"]) if "rules" in plain else DEFAULT
    rest = {"share": Fraction(plain["share"]), "criteria": tuple(plain["criteria"]), "rules": rules}
    return Milestone(**{**plain, **rest})


def _party(plain: dict[str, Any]) -> Party:
    return Party(**{**plain, "address": tuple(plain["address"])})


@dataclass(frozen=True, slots=True)
class Connection:
    """One forge endpoint; `api_url` is "" for the vendor's own service."""

    name: str
    forge: str
    api_url: str = ""


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """One gateway as configured; `url` is where events are posted, `account` whose account it is.

    `can` is what it is able to.
    """

    name: str
    kind: str
    url: str = ""
    account: str = ""
    bic: str = ""
    can: Capabilities = field(default=Capabilities(), compare=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole valid file, with its indexes: matching costs the same for 10 and for 100,000 contracts."""

    path: str
    connections: dict[str, Connection]
    gateways: dict[str, GatewayConfig]
    contracts: dict[str, Contract]
    by_label: dict[tuple[str, str, str], tuple[str, int]]
    """(connection, full_name in lower case, label) → (contract id, milestone index)."""
    by_milestone: dict[tuple[str, str, str], tuple[str, int]]
    """The same for titles of the forges' own milestones."""
    by_look: dict[tuple[str, str, str], str]
    """(connection, full_name in lower case, the label's skeleton) → the label, to explain look-alikes."""
    repositories: frozenset[tuple[str, str]]
    """(connection, full_name in lower case) of every contract."""
    commit: str = ""
    """The commit that it was read at, "" for a plain file."""
