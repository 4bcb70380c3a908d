"""Warnings about rules that can be kept but are likely to be regretted, each with its mend."""

from __future__ import annotations

from collections.abc import Iterator

from app import money
from app.errors import MoneyError
from app.milestones.peek import Given, readable, value_of
from app.milestones.problems import quoted
from app.milestones.rule_agree import account, payee_accounts
from app.milestones.rule_sketch import NOTHING, PeopleSketch, RulesSketch
from app.milestones.sketch import ContractSketch, Finding

_WEAK = ("read", "triage")
"""Roles that a forge gives away easily: whoever may triage can close and label,
https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization"""


def warnings(contract: ContractSketch) -> Iterator[Finding]:
    """All warnings about a contract's rules and its milestones'; what could not be read is passed over."""
    amounts_minor = contract.amounts_minor
    inherited = [
        amount_minor
        for one, amount_minor in zip(contract.milestones, amounts_minor, strict=False)
        if one.rules.max_per_day is None
    ]
    yield from _daily(contract.rules.max_per_day, inherited, contract.currency)
    for milestone, amount_minor in zip(contract.milestones, amounts_minor, strict=False):
        yield from _daily(milestone.rules.max_per_day, [amount_minor], contract.currency)
    for rules in (contract.rules, *(milestone.rules for milestone in contract.milestones)):
        if rules is not NOTHING:
            yield from _silence(rules)
            yield from _approvers(rules, contract)
            for people in (value_of(rules.closers), value_of(rules.labelers)):
                if people is not None:
                    yield from _people(people)
            yield from _nameless(rules, contract)


def _daily(limit: Given[str] | None, amounts_minor: list[int], currency: str | None) -> Iterator[Finding]:
    if limit is None or limit.value is None or currency is None or not amounts_minor:
        return
    try:
        limit_minor = money.parse_amount(limit.value, currency)
    except MoneyError:
        return
    if limit_minor < min(amounts_minor):
        smallest = money.show(min(amounts_minor), currency)
        what = f"the smallest milestone is {smallest}, so every release would wait for an approval"
        yield Finding(limit.path, what, "Raise the limit, or write approve_above: 0 if that is meant")


def _silence(rules: RulesSketch) -> Iterator[Finding]:
    acceptance = value_of(rules.acceptance)
    silence = acceptance.on_silence if acceptance else None
    if silence is not None and silence.value == "accept":
        what = "silence pays: a client who says nothing in time is billed"
        yield Finding(silence.path, what, "Write it into the contract that the client signs, or use hold")


def _approvers(rules: RulesSketch, contract: ContractSketch) -> Iterator[Finding]:
    payees = payee_accounts(contract)
    for path, login in readable(rules.approvers):
        if account(login, contract) in payees:
            what = f"{quoted(str(login))} is a payee and would approve their own payment"
            yield Finding(path, what, "Name somebody who is not paid by this contract")


def _people(people: PeopleSketch) -> Iterator[Finding]:
    for path, role in readable(people.roles):
        if role in _WEAK:
            what = f"whoever has the role {role} could release money"
            yield Finding(path, what, "Name such people under users, and keep write, maintain, admin")
    if people.bots is not None and people.bots.value is True:
        what = "a bot could release money, and so could whoever can make it act"
        yield Finding(
            people.bots.path,
            what,
            "Use bots: false, or see to it that only trusted people can make the bot act",
        )
    elif people.bots is None or people.bots.value is False:
        for path, login in readable(people.users):
            if login.login.endswith("[bot]"):
                what = f"{quoted(login.login)} is a bot, and bots do not count here"
                yield Finding(path, what, "Add bots: true, or remove it")


def _nameless(rules: RulesSketch, contract: ContractSketch) -> Iterator[Finding]:
    """A payee without users is not recognised when they close; where none has any, it is an error."""
    rule = rules.payees_may_close
    if rule is None or rule.value is not False or not any(payee.users for payee in contract.payees):
        return
    for payee in contract.payees:
        if payee.users is None or payee.users.value == ():
            what = (
                "this payee names no users, so nobody would know that they closed (payees_may_close: false)"
            )
            yield Finding((*payee.path, "users"), what, "Add users: the payee's logins at the forge")
