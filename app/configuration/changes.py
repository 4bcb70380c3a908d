"""What one configuration changes in another: in money, and in the rules that let it flow. Pure.

Whatever differs is told, at the least by its name: a change that nobody sees is how money is moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from app import money
from app.milestones.contract import Configuration, Connection, Contract, GatewayConfig, Milestone, Party
from app.milestones.rules import Rules
from app.releases.told.rule_words import in_words, triggers

Endpoint = Connection | GatewayConfig


WHOSE, HOW_MUCH, ELSE = range(3)
"""What a row is about: where money goes; how much, and what lets it flow; or something else."""


@dataclass(frozen=True, slots=True)
class Row:
    """One change: where (a contract's id, "" for the file), what, and its values; "" for none."""

    contract: str
    what: str
    before: str
    after: str
    about: int = ELSE


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
        rows += _contract(known, contract)
        rules += _rules(known, contract)
    for name, contract in before.contracts.items():
        if name not in after.contracts:
            rows.append(Row(name, "the contract is removed", _over(contract), "", HOW_MUCH))
    return Changes(tuple(rows), _totals(before, after), tuple(rules))


def _endpoints(noun: str, before: Mapping[str, Endpoint], after: Mapping[str, Endpoint]) -> Iterator[Row]:
    for name in dict.fromkeys([*after, *before]):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Row("", f"{noun} {name}", _endpoint(old), _endpoint(new), WHOSE)


def _endpoint(one: Endpoint | None) -> str:
    if one is None:
        return ""
    if isinstance(one, Connection):
        return " ".join(filter(None, (one.forge, one.api_url)))
    return " ".join(filter(None, (one.kind, one.url, one.account, one.bic)))


def _contract(before: Contract | None, after: Contract) -> Iterator[Row]:
    """Also of one that is new: whoever merges it must see where its money would go."""
    if before is None:
        yield Row(after.id, f"the contract is added: {after.title}", "", _over(after), HOW_MUCH)
    was, will = _facts(before) if before else {}, _facts(after)
    for what, about in dict.fromkeys([*will, *was]):
        old, new = was.get((what, about), ""), will.get((what, about), "")
        if old != new:
            yield Row(after.id, what, old, new, about)
    if before is not None:
        for what in _silent(before, after):
            yield Row(after.id, what, "as it was", "another")
    yield from _milestones(before, after)


def _facts(contract: Contract) -> dict[tuple[str, int], str]:
    """What a contract says besides its milestones, as (what, what about) → value, an entry each of its lists.

    A list in one cell could be too long to be shown, and hide which of its entries differs.
    """
    facts = {
        ("gateway", WHOSE): contract.gateway,
        ("payouts", WHOSE): "as soon as the invoice is paid" if contract.auto_clear else "after an approval",
    }
    for payee in contract.payees:
        named = f" ({payee.name})" if payee.name else ""
        facts[f"payee {payee.account}{named}", WHOSE] = money.show_share(payee.share)
    facts |= {
        ("total", HOW_MUCH): _over(contract),
        ("currency", HOW_MUCH): contract.currency,
        ("terms", HOW_MUCH): f"net-{contract.net_days}",
    }
    facts |= _payment_ways(contract)
    for key in contract.repositories:
        facts[f"repository {key}", HOW_MUCH] = "under contract"
    facts |= {
        ("title", ELSE): contract.title,
        ("seller", ELSE): contract.seller.name,
        ("client", ELSE): contract.client.name,
    }
    for payee in contract.payees:
        for user in payee.users:
            facts[f"payee {payee.account}, known as {user}", ELSE] = "yes"
    return facts


def _payment_ways(contract: Contract) -> dict[tuple[str, int], str]:
    """What may be said about payments, where it is not the usual."""
    told = {
        "shares": "paid out when it is closed, before the client has paid"
        * (contract.disburse == "on_close"),
        "partial payments": "paid out as they come" * (contract.partial == "pro_rata"),
        "the invoice's page": "the client must be able to pay on it" * contract.pay_online,
        "shares of a refund": "left with the payees" * (contract.on_refund == "keep"),
    }
    return {(what, HOW_MUCH): how for what, how in told.items() if how}


def _silent(before: Contract, after: Contract) -> Iterator[str]:
    """What is told without its values: an address, a tax number, above all an e-mail address; and order.

    What a split leaves over goes to the first payees.
    """
    for noun, was, will in (("seller", before.seller, after.seller), ("client", before.client, after.client)):
        for one in fields(Party):
            if one.name != "name" and getattr(was, one.name) != getattr(will, one.name):
                what = "e-mail address" if one.name == "email" else one.name.replace("_", " ")
                yield f"the {noun}'s {what}"
    both = {one.account for one in before.payees} & {one.account for one in after.payees}
    orders = [[one.account for one in each.payees if one.account in both] for each in (before, after)]
    if orders[0] != orders[1]:
        yield "the order of the payees"
    if before.repositories != after.repositories and {*before.repositories} == {*after.repositories}:
        yield "the order of the repositories"


def _milestones(before: Contract | None, after: Contract) -> Iterator[Row]:
    pairs = paired(before, after) if before else {}
    for milestone in after.milestones:
        old = pairs.get(milestone.index)
        if before is None or old is None:
            what = f"{_named(milestone)}{' is added' if before else ''}"
            yield Row(after.id, what, "", _amount(after, milestone), HOW_MUCH)
            continue
        told = [
            ("amount", _amount(before, old), _amount(after, milestone), HOW_MUCH),
            ("title", old.title, milestone.title, ELSE),
            ("label", old.trigger, milestone.trigger, HOW_MUCH),
            ("number", str(old.index), str(milestone.index), ELSE),
            ("terms", _terms(old), _terms(milestone), HOW_MUCH),
            ("criteria", "; ".join(old.criteria), "; ".join(milestone.criteria), ELSE),
        ]
        for what, was, will, about in told:
            if was != will:
                yield Row(after.id, f"{_named(milestone)}: {what}", was, will, about)
    if before is not None:
        kept = {old.index for old in pairs.values()}
        for old in before.milestones:
            if old.index not in kept:
                yield Row(after.id, f"{_named(old)} is removed", _amount(before, old), "", HOW_MUCH)


def _terms(milestone: Milestone) -> str:
    """The term of a milestone that has one of its own."""
    return "" if milestone.net_days is None else f"net-{milestone.net_days}"


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
    first = triggers(replace(contract, repositories=()), by_any).replace(" in , ", ", ")
    told = [f"released by: {first}", *in_words(contract, milestone), *_unspoken(milestone.rules)]
    return list(dict.fromkeys(told))


def _unspoken(rules: Rules) -> Iterator[str]:
    """What the sentences for people who wait leave out, and whoever judges a change must see.

    Each person by themselves: in a long list nobody sees which of them is new.
    """
    for verb, people in (("close", rules.closers), ("label", rules.labelers)):
        if people.bots:
            yield f"bots may {verb} as well"
    accepting = rules.acceptance.by if rules.acceptance else ()
    for verb, names in (
        ("close", rules.closers.users),
        ("label", rules.labelers.users),
        ("approve", rules.approvers),
        ("accept", accepting),
    ):
        yield from (f"{name} may {verb}" for name in names)
    yield from (f"{day} is a holiday" for day in rules.holidays)


def _totals(before: Configuration, after: Configuration) -> tuple[tuple[str, int, int], ...]:
    sums = [Counter[str](), Counter[str]()]
    for counted, configuration in zip(sums, (before, after), strict=True):
        for contract in configuration.contracts.values():
            counted[contract.currency] += contract.total_minor
    was, will = sums
    return tuple((one, was[one], will[one]) for one in sorted({*was, *will}) if was[one] != will[one])


def _over(contract: Contract) -> str:
    return money.show(contract.total_minor, contract.currency)


def _amount(contract: Contract, milestone: Milestone) -> str:
    shown = money.show(milestone.amount_minor, contract.currency)
    return f"{shown} ({money.show_share(milestone.share)})"


def _named(milestone: Milestone) -> str:
    return f"milestone {milestone.index}, {milestone.title}"
