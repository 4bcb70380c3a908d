"""What one configuration changes in another: in money, and in the rules that let it flow. Pure.

Whatever differs is told, at the least by its name: a change that nobody sees is how money is moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from app import money
from app.milestones.contract import Configuration, Connection, Contract, GatewayConfig, Milestone, Party
from app.milestones.rules import DEFAULT, Rules
from app.releases.told.rule_words import in_words, triggers

Endpoint = Connection | GatewayConfig


@dataclass(frozen=True, slots=True)
class Row:
    """One change: where (a contract's id, "" for the file), what, and its values; "" for none."""

    contract: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """Rules of milestones that change alike, as sentences; `milestones` are numbers of the new file."""

    contract: str
    milestones: tuple[int, ...]
    dropped: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """`totals`: per currency what all contracts are over, before and after, in minor units."""

    rows: tuple[Row, ...]
    totals: tuple[tuple[str, int, int], ...]
    rules: tuple[RuleChange, ...]

    def __bool__(self) -> bool:
        return bool(self.rows or self.rules)


def changes(before: Configuration, after: Configuration) -> Changes:
    """Everything that differs, in the order of the new file; what is gone comes last."""
    rows = [
        *_endpoints("connection", before.connections, after.connections),
        *_endpoints("gateway", before.gateways, after.gateways),
    ]
    rules: list[RuleChange] = []
    for name, contract in after.contracts.items():
        known = before.contracts.get(name)
        rows += _contract(known, contract) if known else _new(contract)
        rules += _rules(known, contract)
    for name, contract in before.contracts.items():
        if name not in after.contracts:
            rows.append(Row(name, "the contract is removed", _over(contract), ""))
    return Changes(tuple(rows), _totals(before, after), tuple(rules))


def _endpoints(noun: str, before: Mapping[str, Endpoint], after: Mapping[str, Endpoint]) -> Iterator[Row]:
    for name in dict.fromkeys([*after, *before]):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Row("", f"{noun} {name}", _endpoint(old), _endpoint(new))


def _endpoint(one: Endpoint | None) -> str:
    if one is None:
        return ""
    parts = (one.forge, one.api_url) if isinstance(one, Connection) else (one.kind, one.url)
    return " ".join(filter(None, parts))


def _new(contract: Contract) -> Iterator[Row]:
    yield Row(contract.id, f"the contract is added: {contract.title}", "", _over(contract))
    yield Row(contract.id, "client", "", contract.client.name)
    yield Row(contract.id, "repositories", "", _repositories(contract))
    yield Row(contract.id, "payees", "", _payees(contract))
    for milestone in contract.milestones:
        yield Row(contract.id, _named(milestone), "", _amount(contract, milestone))


def _contract(before: Contract, after: Contract) -> list[Row]:
    told = [
        ("title", before.title, after.title),
        ("currency", before.currency, after.currency),
        ("total", _over(before), _over(after)),
        ("terms", f"net-{before.net_days}", f"net-{after.net_days}"),
        ("gateway", before.gateway, after.gateway),
        ("repositories", _repositories(before), _repositories(after)),
        ("payees", _payees(before), _payees(after)),
        ("payouts", _clearing(before), _clearing(after)),
        *_party("seller", before.seller, after.seller),
        *_party("client", before.client, after.client),
    ]
    rows = [Row(after.id, what, old, new) for what, old, new in told if old != new]
    if [payee.users for payee in before.payees] != [payee.users for payee in after.payees]:
        rows.append(Row(after.id, "the payees' accounts at the forges", _users(before), _users(after)))
    rows += _milestones(before, after)
    if not rows and _without_rules(before) != _without_rules(after):
        rows.append(Row(after.id, "something that has no name here", "", ""))
    return rows


def _milestones(before: Contract, after: Contract) -> Iterator[Row]:
    pairs = paired(before, after)
    for milestone in after.milestones:
        old = pairs.get(milestone.index)
        if old is None:
            yield Row(after.id, f"{_named(milestone)} is added", "", _amount(after, milestone))
            continue
        told = [
            ("amount", _amount(before, old), _amount(after, milestone)),
            ("title", old.title, milestone.title),
            ("label", old.trigger, milestone.trigger),
            ("number", str(old.index), str(milestone.index)),
            ("criteria", "; ".join(old.criteria), "; ".join(milestone.criteria)),
        ]
        for what, was, will in told:
            if was != will:
                yield Row(after.id, f"{_named(milestone)}: {what}", was, will)
    kept = {old.index for old in pairs.values()}
    for old in before.milestones:
        if old.index not in kept:
            yield Row(after.id, f"{_named(old)} is removed", _amount(before, old), "")


def paired(before: Contract, after: Contract) -> dict[int, Milestone]:
    """For each number of the new file the milestone that it was: the same trigger, else the same number."""
    by_trigger = {milestone.trigger: milestone for milestone in before.milestones}
    present = {milestone.trigger for milestone in after.milestones}
    found = {}
    for milestone in after.milestones:
        if milestone.trigger in by_trigger:
            found[milestone.index] = by_trigger[milestone.trigger]
        elif milestone.index <= len(before.milestones):
            same = before.milestone(milestone.index)
            if same.trigger not in present:
                found[milestone.index] = same
    return found


def _rules(before: Contract | None, after: Contract) -> list[RuleChange]:
    """Milestones whose rules change in the same words stand together."""
    pairs = paired(before, after) if before else {}
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[int]] = {}
    for milestone in after.milestones:
        old = pairs.get(milestone.index)
        was = _sentences(before, old) if before and old else []
        will = _sentences(after, milestone)
        dropped, added = (
            tuple(one for one in these if one not in those) for these, those in ((was, will), (will, was))
        )
        if dropped or added:
            alike.setdefault((dropped, added), []).append(milestone.index)
    return [RuleChange(after.id, tuple(numbers), *words) for words, numbers in alike.items()]


def _sentences(contract: Contract, milestone: Milestone) -> list[str]:
    """The rules in words. What releases it is told with the label left out: that is a row of its own."""
    by_any = replace(milestone, label=milestone.label and "its label", native=milestone.native and "of its")
    told = [] if milestone.rules.when == "manual" else in_words(contract, milestone)
    first = triggers(replace(contract, repositories=()), by_any).replace(" in , ", ", ")
    return [f"released by: {first}", *told, *_unspoken(milestone.rules, contract)]


def _unspoken(rules: Rules, contract: Contract) -> Iterator[str]:
    """What the sentences for people who wait leave out, and whoever judges a change must see."""
    for verb, people in (("close", rules.closers), ("label", rules.labelers)):
        if people.bots:
            yield f"bots may {verb} as well"
    accepting = rules.acceptance.by if rules.acceptance else ()
    names = [*rules.closers.users, *rules.labelers.users, *rules.approvers, *accepting]
    usual = contract.repositories[0].connection
    for name in dict.fromkeys(one for one in names if one.connection != usual):
        yield f"{name.login} is {name}"
    if rules.holidays:
        yield f"holidays: {', '.join(rules.holidays)}"


def _totals(before: Configuration, after: Configuration) -> tuple[tuple[str, int, int], ...]:
    sums = [Counter[str](), Counter[str]()]
    for counted, configuration in zip(sums, (before, after), strict=True):
        for contract in configuration.contracts.values():
            counted[contract.currency] += contract.total_minor
    was, will = sums
    return tuple((one, was[one], will[one]) for one in sorted({*was, *will}) if was[one] != will[one])


def _without_rules(contract: Contract) -> Contract:
    plain = tuple(replace(milestone, rules=DEFAULT) for milestone in contract.milestones)
    return replace(contract, milestones=plain)


def _party(noun: str, before: Party, after: Party) -> Iterator[tuple[str, str, str]]:
    """The name is told; of an address, a tax number and above all an e-mail address only that it changes."""
    yield noun, before.name, after.name
    for one in fields(Party):
        if one.name != "name" and getattr(before, one.name) != getattr(after, one.name):
            what = "e-mail address" if one.name == "email" else one.name.replace("_", " ")
            yield f"the {noun}'s {what}", "as it was", "another"


def _over(contract: Contract) -> str:
    return money.show(contract.total_minor, contract.currency)


def _amount(contract: Contract, milestone: Milestone) -> str:
    shown = money.show(milestone.amount_minor, contract.currency)
    return f"{shown} ({money.show_share(milestone.share)})"


def _named(milestone: Milestone) -> str:
    return f"milestone {milestone.index}, {milestone.title}"


def _payees(contract: Contract) -> str:
    return ", ".join(f"{one.account} {money.show_share(one.share)}" for one in contract.payees)


def _users(contract: Contract) -> str:
    told = (f"{one.account}: {', '.join(map(str, one.users)) or 'none'}" for one in contract.payees)
    return "; ".join(told)


def _repositories(contract: Contract) -> str:
    return ", ".join(map(str, contract.repositories))


def _clearing(contract: Contract) -> str:
    return "as soon as the invoice is paid" if contract.auto_clear else "after an approval"
