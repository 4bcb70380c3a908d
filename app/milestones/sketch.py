"""A contract file as far as it can be read: every field for itself, None where it can not.

One slip must not hide the next: `agree.py` and `lint.py` judge what agrees between the readable fields, even
while `shape.py` refuses others. A file without errors has no None here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from pydantic_core import PydanticCustomError

from app import money
from app.errors import MoneyError
from app.milestones import fields
from app.milestones.problems import FieldPath

T = TypeVar("T")


class Finding(NamedTuple):
    """Something to tell about one place: what it is, and the mend. `of_key`: point at the key."""

    path: FieldPath
    message: str
    mend: str
    of_key: bool = False


@dataclass(frozen=True, slots=True)
class EndpointSketch:
    """A connection (`kind` is its forge, `url` its api_url) or a gateway."""

    path: FieldPath
    name: str | None
    kind: str | None
    url: str


@dataclass(frozen=True, slots=True)
class RepositorySketch:
    path: FieldPath
    connection: str
    full_name: str


@dataclass(frozen=True, slots=True)
class PayeeSketch:
    path: FieldPath
    account: str | None
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class MilestoneSketch:
    path: FieldPath
    label: str | None
    title: str | None
    share: Fraction | None
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContractSketch:
    """`total_minor` is in units of `currency`; `refused_total` says why it has no meaning there.

    `amounts_minor` has one entry per milestone, or none while total or shares are not right.
    """

    path: FieldPath
    id: str | None
    currency: str | None
    total_minor: int | None
    refused_total: MoneyError | None
    net_days: int | None
    gateway: str | None
    repositories: tuple[RepositorySketch, ...]
    payees: tuple[PayeeSketch, ...]
    milestones: tuple[MilestoneSketch, ...]
    amounts_minor: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FileSketch:
    connections: tuple[EndpointSketch, ...]
    gateways: tuple[EndpointSketch, ...]
    contracts: tuple[ContractSketch, ...]


def sketch(file: Any) -> FileSketch:
    """Read what can be read of a composed file; never raises."""
    return FileSketch(
        connections=tuple(_endpoint(*found, "forge", "api_url") for found in _each(file, (), "connections")),
        gateways=tuple(_endpoint(*found, "kind", "url") for found in _each(file, (), "gateways")),
        contracts=tuple(_contract(*found) for found in _each(file, (), "contracts")),
    )


def whole(shares: list[Fraction | None]) -> Fraction | None:
    """What shares add up to; None when one of them could not be read, or there is none."""
    known = [share for share in shares if share is not None]
    return sum(known, Fraction(0)) if shares and len(known) == len(shares) else None


def _contract(path: FieldPath, value: Any) -> ContractSketch:
    currency = _field(fields.currency, value, "currency")
    milestones = tuple(_milestone(*found) for found in _each(value, path, "milestones"))
    total_minor, refused_total = None, None
    total = _field(fields.scalar, value, "total")
    if total is not None and currency is not None:
        try:
            total_minor = money.parse_amount(total, currency)
        except MoneyError as error:
            refused_total = error
    shares = [milestone.share for milestone in milestones]
    fits = bool(total_minor) and whole(shares) == 1
    return ContractSketch(
        path=path,
        id=_field(fields.scalar, value, "id"),
        currency=currency,
        total_minor=total_minor,
        refused_total=refused_total,
        net_days=_field(fields.terms, value, "terms") if _has(value, "terms") else 15,
        gateway=_field(fields.scalar, value, "gateway"),
        repositories=tuple(_repositories(value, path)),
        payees=tuple(_payee(*found) for found in _payees(value, path)),
        milestones=milestones,
        amounts_minor=tuple(money.split(total_minor or 0, [share or 0 for share in shares])) if fits else (),
    )


def _milestone(path: FieldPath, value: Any) -> MilestoneSketch:
    criteria = [_read(fields.scalar, criterion) for _, criterion in _each(value, path, "criteria")]
    return MilestoneSketch(
        path=path,
        label=_field(fields.label, value, "label"),
        title=_field(fields.scalar, value, "title"),
        share=_field(fields.share, value, "share"),
        criteria=tuple(criterion or "" for criterion in criteria),
    )


def _payees(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    if _has(value, "payout"):
        yield from _each(value["payout"], (*path, "payout"), "to")


def _payee(path: FieldPath, value: Any) -> PayeeSketch:
    return PayeeSketch(path, _field(fields.scalar, value, "account"), _field(fields.share, value, "share"))


def _repositories(value: Any, path: FieldPath) -> Iterator[RepositorySketch]:
    for at, item in _each(value, path, "repositories"):
        found = _read(fields.repository, item)
        if found is not None:
            yield RepositorySketch(at, *found)


def _endpoint(path: FieldPath, value: Any, kind: str, url: str) -> EndpointSketch:
    return EndpointSketch(
        path=path,
        name=_field(fields.scalar, value, "name"),
        kind=_field(fields.scalar, value, kind),
        url=_field(fields.scalar, value, url) or "",
    )


def _has(value: Any, key: str) -> bool:
    return isinstance(value, dict) and key in value


def _each(value: Any, path: FieldPath, key: str) -> Iterator[tuple[FieldPath, Any]]:
    """The entries of the list under `key`, each with its path."""
    items = value[key] if _has(value, key) else []
    if isinstance(items, list):
        for index, item in enumerate(items):
            yield (*path, key, index), item


def _field(kind: Callable[[object], T], value: Any, key: str) -> T | None:
    return _read(kind, value[key]) if _has(value, key) else None


def _read(kind: Callable[[object], T], value: object) -> T | None:
    try:
        return kind(value)
    except PydanticCustomError:
        return None
