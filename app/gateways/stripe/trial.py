"""Whether the key is the account's and may do what it is for: questions alone, which cost nothing.

A restricted key's right to write can not be tried without writing; a right to read that is missing shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import stripe

from app.gateways.base import Trial
from app.gateways.fields import Object
from app.gateways.stripe.api import Api
from app.gateways.stripe.client import StripeGateway
from app.gateways.stripe.faults import WRONG, doubt_of
from app.gateways.stripe.papers import maybe

READS: dict[str, Callable[[Api], Any]] = {
    "customers": lambda api: api.v1.customers.list,
    "invoices": lambda api: api.v1.invoices.list,
    "invoice items": lambda api: api.v1.invoice_items.list,
    "invoice payments": lambda api: api.v1.invoice_payments.list,
    "charges": lambda api: api.v1.charges.list,
    "disputes": lambda api: api.v1.disputes.list,
    "refunds": lambda api: api.v1.refunds.list,
    "credit notes": lambda api: api.v1.credit_notes.list,
    "transfers": lambda api: api.v1.transfers.list,
    "connected accounts": lambda api: api.v1.accounts.list,
}
"""What the gateway reads; it writes customers, invoices, refunds, credit notes and transfers as well."""


def trial(gateway: StripeGateway) -> Iterator[Trial]:
    """Whose key it is, in which mode, what it may read, and whether the account has a balance."""
    api, account = gateway.api(), gateway.account
    try:
        found = api.read(api.v1.accounts.retrieve_current)
    except WRONG as error:
        yield Trial(f"asking {gateway.line.url}", doubt_of(error).reason, "See that the API key is right")
        return
    problem = "" if found.text("id") == account.id else f"it belongs to {found.text('id')}"
    mend = "Put the key of that account, or mend account: of the gateway in the contract file"
    yield Trial(f"the key is of {account.id}, in {account.mode} mode", problem, mend if problem else "")
    yield from _capability(found)
    for what, call in READS.items():
        yield _read(f"the key may read {what}", api, call(api), limit=1)
    yield _read("the balance can be read", api, api.v1.balance.retrieve)


def _capability(found: Object) -> Iterator[Trial]:
    """https://docs.stripe.com/connect/account-capabilities: paying payees needs Connect."""
    if found.members.get("charges_enabled") is False:
        country = maybe(found, "country") or "its country"
        mend = f"Finish the account's activation in Stripe's dashboard ({country})"
        yield Trial("the account may take payments", "it may not yet", mend)


def _read(what: str, api: Api, call: Any, **params: int) -> Trial:
    try:
        api.read(call, **params)
    except stripe.PermissionError as error:
        return Trial(what, doubt_of(error).reason, "Give the restricted key this right in Stripe's dashboard")
    except WRONG as error:
        return Trial(what, doubt_of(error).reason, "Try it again; see https://status.stripe.com")
    return Trial(what)
