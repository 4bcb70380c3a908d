"""What must agree within the rules of a contract: people, amounts, and lists without repetitions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from app import money
from app.errors import MoneyError
from app.milestones.explain import nearest
from app.milestones.peek import Listed, readable, value_of
from app.milestones.problems import FieldPath, quoted
from app.milestones.rule_fields import Login
from app.milestones.rule_sketch import NOTHING, PeopleSketch, RulesSketch
from app.milestones.sketch import MAX_MINOR, ContractSketch, Finding, Where

Key = Callable[[Any], object]


def disagreements(contract: ContractSketch, known: Collection[str], where: Where) -> Iterator[Finding]:
    """All findings about a contract's rules and its milestones'. `known` are the file's connections."""
    payees = [payee.users for payee in contract.payees]
    for users in payees:
        yield from _names(users, contract, known, where)
    for rules in (contract.rules, *(milestone.rules for milestone in contract.milestones)):
        if rules is NOTHING:
            continue
        for logins in _logins(rules):
            yield from _names(logins, contract, known, where)
        for people in (value_of(rules.closers), value_of(rules.labelers)):
            if people is not None:
                yield from _people(people, where)
        yield from _once(rules.close_reasons, str, where)
        yield from _once(rules.holidays, str, where)
        yield from _payees_may_close(rules, payees)
        yield from _own_work(rules, contract, where)
        yield from _amounts(rules, contract.currency)


def _logins(rules: RulesSketch) -> Iterator[Listed[Login] | None]:
    acceptance = value_of(rules.acceptance)
    yield from (people.users for one in (rules.closers, rules.labelers) if (people := value_of(one)))
    yield acceptance.by if acceptance else None
    yield rules.approvers


def _names(
    logins: Listed[Login] | None, contract: ContractSketch, known: Collection[str], where: Where
) -> Iterator[Finding]:
    """A login means one account: a plain one needs the contract to have one connection."""
    used = contract.connections
    for path, login in readable(logins):
        if not used or not set(used) <= set(known):
            break
        if not login.connection and len(used) > 1:
            what = f"{quoted(login.login)} may be somebody else at each of {', '.join(used)}"
            yield Finding(path, what, f"Write {' or '.join(f'{one}:{login.login}' for one in used)}")
        elif login.connection and login.connection not in used:
            what = f"no repository of this contract is at {quoted(login.connection)}"
            yield Finding(path, what, nearest(login.connection, used))
    yield from _once(logins, lambda login: account(login, contract), where)


def account(login: Login, contract: ContractSketch) -> tuple[str, str]:
    """What makes two names one account: forges compare logins without case."""
    only = contract.connections[0] if len(contract.connections) == 1 else ""
    return login.connection or only, login.login.casefold()


def _people(people: PeopleSketch, where: Where) -> Iterator[Finding]:
    yield from _once(people.roles, str, where)
    roles, users = people.roles, people.users
    is_empty = all(one is None or one.value == () for one in (roles, users))
    if is_empty and (roles or users):
        path = roles.path if roles else (*people.path, "users")
        mend = "Name roles or users, or leave both out for the default: write, maintain, admin"
        yield Finding(path, "with no role and no user nobody could ever release it", mend, of_key=True)


def _once(entries: Listed[Any] | None, key: Key, where: Where) -> Iterator[Finding]:
    first: dict[object, FieldPath] = {}
    for path, value in readable(entries):
        if key(value) in first:
            what = (
                f"{quoted(str(value))} stands here a second time; the first is at {where(first[key(value)])}"
            )
            yield Finding(path, what, "Remove one of the two")
        first.setdefault(key(value), path)


def _payees_may_close(rules: RulesSketch, payees: list[Listed[Login] | None]) -> Iterator[Finding]:
    rule = rules.payees_may_close
    if rule is not None and rule.value is False and not any(one and one.value != () for one in payees):
        what = "no payee names its users, so nobody would know that a payee closed"
        mend = "Add them, for example: to: [{account: acc_dev_team_44, share: 100%, users: [dana]}]"
        yield Finding(rule.path, what, mend)


def _own_work(rules: RulesSketch, contract: ContractSketch, where: Where) -> Iterator[Finding]:
    acceptance = value_of(rules.acceptance)
    payees = payee_accounts(contract)
    for path, login in readable(acceptance.by if acceptance else None):
        if found := payees.get(account(login, contract)):
            what = f"{quoted(str(login))} is a payee ({where(found)}) and would accept their own work"
            yield Finding(path, what, "Name people of the client")


def payee_accounts(contract: ContractSketch) -> dict[tuple[str, str], FieldPath]:
    """The accounts that payees name, each with its place."""
    return {
        account(login, contract): path for payee in contract.payees for path, login in readable(payee.users)
    }


def _amounts(rules: RulesSketch, currency: str | None) -> Iterator[Finding]:
    """Limits mean something in the contract's currency; a day of nothing would release nothing."""
    for limit, least_minor in ((rules.approve_above, 0), (rules.max_per_day, 1)):
        if limit is None or limit.value is None or currency is None:
            continue
        try:
            amount_minor = money.parse_amount(limit.value, currency)
        except MoneyError as error:
            yield Finding(limit.path, error.what, error.mend)
            continue
        if amount_minor < least_minor:
            mend = "Write approve_above: 0 if every release needs an approval"
            yield Finding(limit.path, "a limit of nothing would hold every release", mend)
        elif amount_minor > MAX_MINOR:
            yield Finding(limit.path, "the limit is too large to be kept exactly", "Leave it out for none")
