"""A contract file as far as it can be read: every field for itself, None where it can not.

One slip must not hide the next: `agree.py` and `lint.py` judge what agrees between the readable fields, even
while `shape.py` refuses others. A file without errors has no None here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from app import money
from app.errors import MoneyError
from app.milestones import fields, rule_fields
from app.milestones.peek import Listed, each, field, has, listed, read
from app.milestones.problems import FieldPath
from app.milestones.rule_fields import Login
from app.milestones.rule_shape import RulesEntry
from app.milestones.rule_sketch import RulesSketch, sketch_rules
from app.milestones.shape import MilestoneEntry


class Finding(NamedTuple):
    """Something to tell about one place: what it is, and the mend. `of_key`: point at the key."""

    path: FieldPath
    message: str
    mend: str
    of_key: bool = False


Where = Callable[[FieldPath], str]
"""file:line:column of a path, for findings that name two places."""

MAX_MINOR = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8259, section 6)."""


@dataclass(frozen=True, slots=True)
class EndpointSketch:
    """A connection (`kind` is its forge, `url` its api_url)."""

    path: FieldPath
    name: str | None
    kind: str | None
    url: str


@dataclass(frozen=True, slots=True)
class GatewaySketch:
    """A gateway; `given` are the keys that stand there. `offers` is None where it is not said."""

    path: FieldPath
    name: str | None
    kind: str | None
    account: str
    offers: tuple[str, ...] | None
    given: frozenset[str]


@dataclass(frozen=True, slots=True)
class RepositorySketch:
    path: FieldPath
    connection: str
    full_name: str


@dataclass(frozen=True, slots=True)
class PayeeSketch:
    path: FieldPath
    account: str | None
    name: str
    share: Fraction | None
    users: Listed[Login] | None


@dataclass(frozen=True, slots=True)
class MilestoneSketch:
    """`label` and `native` (the title of the forge's milestone) are "" where there is no such key.

    `is_misspelt`: a key of it or of its rules is unknown, so what releases it can not be told.
    """

    path: FieldPath
    label: str | None
    native: str | None
    title: str | None
    share: Fraction | None
    criteria: tuple[str, ...]
    rules: RulesSketch
    is_misspelt: bool


@dataclass(frozen=True, slots=True)
class ContractSketch:
    """`total_minor` is in units of `currency`; `refused_total` says why it has no meaning there.

    `amounts_minor` has one entry per milestone, or none while total or shares are not right. `connections`
    are those of its repositories, each once in file order; none while one of them could not be read.
    """

    path: FieldPath
    id: str | None
    currency: str | None
    total_minor: int | None
    refused_total: MoneyError | None
    net_days: int | None
    gateway: str | None
    repositories: tuple[RepositorySketch, ...]
    connections: tuple[str, ...]
    rules: RulesSketch
    payees: tuple[PayeeSketch, ...]
    milestones: tuple[MilestoneSketch, ...]
    amounts_minor: tuple[int, ...]
    disburse: str
    partial: str
    on_refund: str
    pay_online: bool


@dataclass(frozen=True, slots=True)
class FileSketch:
    connections: tuple[EndpointSketch, ...]
    gateways: tuple[GatewaySketch, ...]
    contracts: tuple[ContractSketch, ...]


def sketch(file: Any) -> FileSketch:
    """Read what can be read of a composed file; never raises."""
    return FileSketch(
        connections=tuple(_endpoint(*found, "forge", "api_url") for found in each(file, (), "connections")),
        gateways=tuple(_gateway(*found) for found in each(file, (), "gateways")),
        contracts=tuple(_contract(*found) for found in each(file, (), "contracts")),
    )


def whole(shares: list[Fraction | None]) -> Fraction | None:
    """What shares add up to; None when one of them could not be read, or there is none."""
    known = [share for share in shares if share is not None]
    return sum(known, Fraction(0)) if shares and len(known) == len(shares) else None


def _contract(path: FieldPath, value: Any) -> ContractSketch:
    currency = field(fields.currency, value, "currency")
    is_misspelt = _is_misspelt(value)
    milestones = tuple(
        _milestone(*found, is_misspelt=is_misspelt) for found in each(value, path, "milestones")
    )
    total_minor, refused_total = None, None
    total = field(fields.scalar, value, "total")
    if total is not None and currency is not None:
        try:
            total_minor = money.parse_amount(total, currency)
        except MoneyError as error:
            refused_total = error
    shares = [milestone.share for milestone in milestones]
    fits = bool(total_minor) and whole(shares) == 1
    repositories = list(_repositories(value, path))
    readable = tuple(one for one in repositories if one is not None)
    payout = value["payout"] if has(value, "payout") else {}
    return ContractSketch(
        path=path,
        id=field(fields.scalar, value, "id"),
        currency=currency,
        total_minor=total_minor,
        refused_total=refused_total,
        net_days=field(fields.terms, value, "terms") if has(value, "terms") else 15,
        gateway=field(fields.scalar, value, "gateway"),
        repositories=readable,
        connections=tuple(dict.fromkeys(one.connection for one in readable))
        if len(readable) == len(repositories)
        else (),
        rules=sketch_rules(path, value),
        payees=tuple(_payee(*found) for found in _payees(value, path)),
        milestones=milestones,
        amounts_minor=tuple(money.split(total_minor or 0, [share or 0 for share in shares])) if fits else (),
        disburse=field(fields.scalar, payout, "disburse") or "on_paid",
        partial=field(fields.scalar, payout, "partial") or "wait",
        on_refund=field(fields.scalar, payout, "on_refund") or "",
        pay_online=bool(field(fields.true_or_false, value, "pay_online")),
    )


def _milestone(path: FieldPath, value: Any, *, is_misspelt: bool) -> MilestoneSketch:
    criteria = [read(fields.scalar, criterion) for _, criterion in each(value, path, "criteria")]
    is_known = isinstance(value, dict) and value.keys() <= MilestoneEntry.model_fields.keys()
    return MilestoneSketch(
        path=path,
        label=field(fields.label, value, "label") if has(value, "label") else "",
        native=field(rule_fields.title, value, "milestone") if has(value, "milestone") else "",
        title=field(fields.scalar, value, "title"),
        share=field(fields.share, value, "share"),
        criteria=tuple(criterion or "" for criterion in criteria),
        rules=sketch_rules(path, value),
        is_misspelt=is_misspelt or not is_known or _is_misspelt(value),
    )


def _is_misspelt(value: Any) -> bool:
    """Whether the rules that stand there have an unknown key, or are no mapping at all."""
    rules = value["rules"] if has(value, "rules") else {}
    return not (isinstance(rules, dict) and rules.keys() <= RulesEntry.model_fields.keys())


def _payees(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    if has(value, "payout"):
        yield from each(value["payout"], (*path, "payout"), "to")


def _payee(path: FieldPath, value: Any) -> PayeeSketch:
    return PayeeSketch(
        path,
        account=field(fields.scalar, value, "account"),
        name=field(fields.scalar, value, "name") or "",
        share=field(fields.share, value, "share"),
        users=listed(rule_fields.person, value, path, "users"),
    )


def _repositories(value: Any, path: FieldPath) -> Iterator[RepositorySketch | None]:
    for at, item in each(value, path, "repositories"):
        found = read(fields.repository, item)
        yield RepositorySketch(at, *found) if found else None


def _gateway(path: FieldPath, value: Any) -> GatewaySketch:
    offers = [read(fields.scalar, one) or "" for _, one in each(value, path, "offers")]
    return GatewaySketch(
        path=path,
        name=field(fields.scalar, value, "name"),
        kind=field(fields.scalar, value, "kind"),
        account=field(fields.scalar, value, "account") or "",
        offers=tuple(offers) if has(value, "offers") else None,
        given=frozenset(value) if isinstance(value, dict) else frozenset(),
    )


def _endpoint(path: FieldPath, value: Any, kind: str, url: str) -> EndpointSketch:
    return EndpointSketch(
        path=path,
        name=field(fields.scalar, value, "name"),
        kind=field(fields.scalar, value, kind),
        url=field(fields.scalar, value, url) or "",
    )
