"""What must agree between the fields of a contract file: sums, references, and what may stand only once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from app import money
from app.milestones import gateway_agree, rule_agree, trigger_agree
from app.milestones.environment import Kind, fixed_variables, variables
from app.milestones.explain import nearest
from app.milestones.problems import FieldPath, quoted
from app.milestones.sketch import (
    MAX_MINOR,
    ContractSketch,
    EndpointSketch,
    FileSketch,
    Finding,
    GatewaySketch,
    Where,
    whole,
)
from app.milestones.trigger_agree import identity

_FLAT = ("github", "gitea", "forgejo")
"""Forges whose repositories have an owner and a name, and nothing between them."""


def disagreements(file: FileSketch, where: Where) -> Iterator[Finding]:
    """All findings, in no particular order. Fields that could not be read are passed over."""
    yield from _twice(((one.path, one.name) for one in file.connections), "name", "connection", where)
    yield from _twice(((one.path, one.name) for one in file.gateways), "name", "gateway", where)
    yield from _shared_variables(file, where)
    yield from _twice(((one.path, one.id) for one in file.contracts), "id", "contract", where)
    connections = {one.name: one for one in file.connections if one.name is not None}
    gateways = {one.name: one for one in file.gateways if one.name is not None}
    for gateway in file.gateways:
        yield from gateway_agree.of_gateway(gateway)
    for contract in file.contracts:
        yield from _references(contract, connections, gateways, where)
        yield from _sums(contract)
        yield from _amounts(contract)
        yield from _twice(((one.path, one.account) for one in contract.payees), "account", "payee", where)
        yield from rule_agree.disagreements(contract, connections.keys(), where)
    yield from trigger_agree.disagreements(file.contracts, connections, where)


def _twice(
    named: Iterable[tuple[FieldPath, str | None]], field: str, noun: str, where: Where
) -> Iterator[Finding]:
    first: dict[str, FieldPath] = {}
    for path, name in named:
        if name is None:
            continue
        if name in first:
            what = f"a second {noun} {quoted(name)}; the first is at {where(first[name])}"
            yield Finding((*path, field), what, "Rename or remove one of the two")
        first.setdefault(name, (*path, field))


def _shared_variables(file: FileSketch, where: Where) -> Iterator[Finding]:
    """Two readers of one environment variable would share a secret or an address."""
    readers: dict[str, tuple[str, str]] = dict.fromkeys(fixed_variables(), ("", "Closeout itself"))
    kinds: list[tuple[Kind, tuple[EndpointSketch, ...] | tuple[GatewaySketch, ...]]] = [
        ("connection", file.connections),
        ("gateway", file.gateways),
    ]
    for kind, endpoints in kinds:
        for endpoint in endpoints:
            me, path = f"{kind} {endpoint.name}", (*endpoint.path, "name")
            for variable in variables(kind, endpoint.name) if endpoint.name else []:
                key, reader = readers.setdefault(variable, (me, f"the {me} ({where(path)})"))
                if key != me:
                    what = f"{quoted(endpoint.name or '')} would read {variable}, which {reader} reads"
                    yield Finding(path, what, "Choose another name")
                    break


def _references(
    contract: ContractSketch,
    connections: dict[str, EndpointSketch],
    gateways: Mapping[str, GatewaySketch],
    where: Where,
) -> Iterator[Finding]:
    if contract.gateway is not None and contract.gateway not in gateways:
        what = f"unknown gateway {quoted(contract.gateway)}"
        yield Finding((*contract.path, "gateway"), what, nearest(contract.gateway, gateways))
    elif contract.gateway is not None:
        yield from gateway_agree.of_contract(contract, gateways[contract.gateway])
    first: dict[tuple[str, str], FieldPath] = {}
    for repository in contract.repositories:
        connection = connections.get(repository.connection)
        if connection is None:
            what = f"unknown connection {quoted(repository.connection)}"
            yield Finding(repository.path, what, nearest(repository.connection, connections))
        elif connection.kind in _FLAT and repository.full_name.count("/") > 1:
            what = f"{quoted(repository.full_name)} has more than owner and name"
            yield Finding(repository.path, what, "Write owner/name; only GitLab's groups nest")
        key = identity(repository, connections)
        if key in first:
            what = f"the repository stands here a second time; the first is at {where(first[key])}"
            yield Finding(repository.path, what, "Remove one of the two")
        first.setdefault(key, repository.path)


def _sums(contract: ContractSketch) -> Iterator[Finding]:
    milestones = [milestone.share for milestone in contract.milestones]
    payees = [payee.share for payee in contract.payees]
    for shares, noun, path in (
        (milestones, "milestones", (*contract.path, "milestones")),
        (payees, "payees", (*contract.path, "payout", "to")),
    ):
        total = whole(shares)
        if total is not None and total != 1:
            verb = "Add {} to one of them" if total < 1 else "Take {} off one of them"
            what = f"the shares of the {noun} add up to {money.show_share(total)}, not to 100%"
            yield Finding(path, what, verb.format(money.show_share(abs(1 - total))), of_key=True)


def _amounts(contract: ContractSketch) -> Iterator[Finding]:
    """The total must have a meaning in its currency, and nobody may be owed nothing."""
    path, refused, currency = (*contract.path, "total"), contract.refused_total, contract.currency or ""
    if refused is not None:
        yield Finding(path, refused.what, refused.mend)
    elif contract.total_minor == 0:
        yield Finding(path, "a contract over nothing bills nothing", "Write the price of the whole contract")
    elif contract.total_minor is not None and contract.total_minor > MAX_MINOR:
        yield Finding(path, "the total is too large to be sent exactly", "Split the contract")
    for milestone, amount_minor in zip(contract.milestones, contract.amounts_minor, strict=False):
        if amount_minor == 0:
            what = f"this share of {money.show(contract.total_minor or 0, currency)} rounds to nothing"
            yield Finding((*milestone.path, "share"), what, "Raise the share or the total")
    yield from _legs(contract, currency)


def _legs(contract: ContractSketch, currency: str) -> Iterator[Finding]:
    shares = [payee.share or Fraction(0) for payee in contract.payees]
    owed = [amount_minor for amount_minor in contract.amounts_minor if amount_minor]
    if not owed or whole([payee.share for payee in contract.payees]) != 1 or min(shares) * min(owed) >= 1:
        return
    told: set[FieldPath] = set()
    for index, amount_minor in enumerate(contract.amounts_minor, start=1):
        for payee, part in zip(contract.payees, money.split(amount_minor, shares), strict=True):
            if amount_minor and part == 0 and payee.path not in told:
                told.add(payee.path)
                shown = f"milestone {index} ({money.show(amount_minor, currency)})"
                what = f"this share of {shown} rounds to nothing"
                yield Finding((*payee.path, "share"), what, "Raise the share, or the milestone's")
