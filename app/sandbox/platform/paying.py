"""Whether a leg may be paid now: once, to whom and how much was agreed, and out of money that is there."""

from __future__ import annotations

from app.sandbox.platform.checks import Event
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.papers import Invoice

FUNDS_RETRY_S = 5


def check_agreed(invoice: Invoice, event: Event) -> None:
    """The leg is one of the trigger's, or a part of one where the trigger allows parts. Raises Refused."""
    account, amount_minor = event.payout or ("", 0)
    if invoice.status in ("void", "credited", "uncollectible"):
        raise Refused(f"invoice_{invoice.status}", f"{invoice.number} is {invoice.status}")
    if not (invoice.status == "paid" or invoice.event.is_prefunded or invoice.may_pay_parts):
        raise Refused("funds_not_available", f"{invoice.number} is not paid yet", retry_after_s=FUNDS_RETRY_S)
    before = [one for one in invoice.payouts.values() if one.account == account]
    same = [one for one in before if one.part == event.part or not invoice.event.in_parts]
    if same:
        raise Refused("already_paid_out", f"{account} has {same[0].id} of {invoice.number} already")
    left_minor = invoice.event.amount_minor - sum(one.amount_minor for one in invoice.payouts.values())
    if amount_minor > left_minor:
        raise Refused(
            "exceeds_invoice",
            f"only {left_minor} is left of {invoice.number}",
            field="context.payout.amount_cents",
        )
    if account not in invoice.legs:
        raise Refused(
            "unknown_account",
            f"{account} is no payee of {invoice.number}",
            field="context.payout.account_token",
        )
    open_minor = invoice.legs[account] - sum(one.amount_minor for one in before)
    if amount_minor > open_minor or (amount_minor < open_minor and not invoice.event.in_parts):
        raise Refused(
            "wrong_amount",
            f"{account} gets {open_minor} of {invoice.number}, not {amount_minor}",
            field="context.payout.amount_cents",
        )


def check_funds(invoice: Invoice, amount_minor: int, prefunded_minor: int) -> None:
    """Its money is there: what came in for it, or else what the seller has put in beforehand. Raises Refused.

    A part of an open invoice is paid out of what the client has paid, and of nothing else.
    """
    there_minor = max(0, invoice.balance_minor)
    if invoice.status == "paid" or invoice.event.is_prefunded:
        there_minor += prefunded_minor
    if amount_minor > there_minor:
        raise Refused(
            "funds_not_available",
            f"only {there_minor} is there for {invoice.number}",
            retry_after_s=FUNDS_RETRY_S,
        )
