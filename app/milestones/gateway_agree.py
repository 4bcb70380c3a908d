"""What must agree between a gateway's kind and its keys, and between a contract and what its gateway can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from app import money
from app.capabilities import ABILITIES, OF_KIND, Capabilities
from app.errors import CloseoutError
from app.gateways.bank.account import is_sepa, read_iban
from app.milestones.problems import quoted
from app.milestones.sketch import ContractSketch, Finding, GatewaySketch


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys that a kind `needs`, and those that it `may` have.

    `account` and `payee` say what is wrong with the seller's account and with a payee's, "" for nothing.
    """

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    account: Callable[[str], str] = lambda _: ""
    payee: Callable[[str], str] = lambda _: ""
    wants_names: bool = False


def _like(pattern: str, what: str) -> Callable[[str], str]:
    def problem(account: str) -> str:
        return "" if re.fullmatch(pattern, account, re.ASCII) else f"{quoted(account)} is not {what}"

    return problem


def _iban(account: str) -> str:
    try:
        return "" if is_sepa(read_iban(account)) else f"{quoted(account)} is outside of SEPA"
    except CloseoutError as error:
        return error.what


_ACCT = _like(r"acct_[A-Za-z0-9]{1,64}", "an account of Stripe such as acct_1Northwind")
_KEYS: dict[str, _Keys] = {
    "http": _Keys(("url",), ("offers",)),
    "stripe": _Keys(("account",), account=_ACCT, payee=_ACCT),
    "paypal": _Keys(
        ("account",),
        account=_like(r"[A-Za-z0-9_-]{20,128}", "a client id of PayPal"),
        payee=_like(r"[^@\s]+@[^@\s]+|[A-Z0-9]{13}", "an e-mail address or a merchant id of PayPal"),
    ),
    "bank": _Keys(("account",), ("bic",), account=_iban, payee=_iban, wants_names=True),
}


def can(kind: str | None, offers: tuple[str, ...] | None) -> Capabilities:
    """What a gateway of that kind is able to; `offers` are the abilities that the file names, if it does."""
    known = OF_KIND.get(kind or "", Capabilities())
    named: dict[str, Any] = {name: name in (offers or ()) for name in ABILITIES}
    return known if offers is None else replace(known, **named)


def account_problem(kind: str, account: str) -> str:
    """What is wrong with the seller's own account at a gateway of that kind, "" for nothing."""
    keys = _KEYS[kind]
    if "account" not in keys.needs:
        return ""
    return keys.account(account) if account else f"a gateway of kind {kind} needs an account"


def of_gateway(gateway: GatewaySketch) -> Iterator[Finding]:
    """A kind's own keys, and no others."""
    keys = _KEYS.get(gateway.kind or "")
    if keys is None:
        return
    for key in keys.needs:
        if key not in gateway.given:
            what = f"a gateway of kind {gateway.kind} needs {key}"
            yield Finding(gateway.path, what, f"Add {key}: …")
    for key in ("url", "account", "bic", "offers"):
        if key in gateway.given and key not in (*keys.needs, *keys.may):
            what = f"{key} means nothing to a gateway of kind {gateway.kind}"
            yield Finding((*gateway.path, key), what, f"Remove {key}", of_key=True)
    problem = keys.account(gateway.account) if gateway.account else ""
    if "account" in keys.needs and problem:
        yield Finding((*gateway.path, "account"), problem, f"See docs/gateways/{gateway.kind}.md")


def of_contract(contract: ContractSketch, gateway: GatewaySketch) -> Iterator[Finding]:
    """What the contract asks of its gateway is what that is able to."""
    able, path, payout = can(gateway.kind, gateway.offers), contract.path, (*contract.path, "payout")
    lacks = f"the gateway {gateway.name} (kind {gateway.kind})"
    if contract.currency and able.currencies and contract.currency not in able.currencies:
        what = f"{lacks} does not move {contract.currency}"
        yield Finding((*path, "currency"), what, f"It moves {', '.join(able.currencies)}")
    if len(contract.payees) > 1 and not able.splits:
        what = f"{lacks} pays one payee only"
        yield Finding((*payout, "to"), what, "Name one payee, or another gateway", of_key=True)
    if contract.disburse == "on_close" and not able.holds_funds:
        what = f"{lacks} holds no funds to pay from before the client has paid"
        yield Finding((*payout, "disburse"), what, "Write on_paid, or name another gateway")
    if contract.disburse == "on_close" and contract.partial == "pro_rata":
        what = "what is paid out when it is closed can not be paid out in parts as well"
        yield Finding((*payout, "partial"), what, "Remove disburse or partial")
    step = able.step(contract.currency or "")
    if contract.partial == "pro_rata" and step > 1 and len(contract.payees) > 1:
        what = f"parts of a payment in {contract.currency} can not be shared: {lacks} moves no less than"
        shown = money.show(step, contract.currency or "")
        yield Finding((*payout, "partial"), f"{what} {shown}", "Remove partial, or name one payee")
    if contract.on_refund == "reverse" and not able.reversal:
        what = f"{lacks} can not bring a payout back"
        yield Finding((*payout, "on_refund"), what, "Write keep: you settle it with the payees yourself")
    if contract.pay_online and not able.hosted_invoice:
        what = f"{lacks} has no page on which a client could pay"
        yield Finding((*path, "pay_online"), what, "Remove pay_online, or name another gateway")
    yield from _payees(contract, gateway)
    yield from _amounts(contract, step, lacks)


def _amounts(contract: ContractSketch, step: int, lacks: str) -> Iterator[Finding]:
    """Every invoice, and every share of one, is an amount that the gateway can move."""
    shares = [payee.share or Fraction(0) for payee in contract.payees]
    for milestone, amount_minor in zip(contract.milestones, contract.amounts_minor, strict=False):
        parts = money.split(amount_minor, shares) if sum(shares) == 1 else []
        for minor in (amount_minor, *parts):
            if minor % step:
                shown, unit = (money.show(one, contract.currency or "") for one in (minor, step))
                what = f"{lacks} does not move {shown}, but multiples of {unit}"
                yield Finding((*milestone.path, "share"), what, "Change the total or the shares")
                break


def _payees(contract: ContractSketch, gateway: GatewaySketch) -> Iterator[Finding]:
    keys = _KEYS.get(gateway.kind or "", _Keys(()))
    for payee in contract.payees:
        if payee.account and (problem := keys.payee(payee.account)):
            yield Finding((*payee.path, "account"), problem, f"See docs/gateways/{gateway.kind}.md")
        if keys.wants_names and not payee.name:
            yield Finding(payee.path, "a bank asks for the account holder's name", "Add name: …")
