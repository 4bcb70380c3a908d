"""What whoever holds an order does until it is settled: ask first, send where the answer allows it."""

from __future__ import annotations

from app.gateways.base import Done, Failed, Intent, Outcome, Unknown
from tests.gateways.stripe_driver import StripeDriver


def may_be_sent(asked: Outcome) -> bool:
    if isinstance(asked, Unknown):
        return asked.may_resend
    if isinstance(asked, Failed):
        return asked.retry_after_s == 0
    return asked.invoice is not None and asked.invoice.status == "draft"


def settle(driver: StripeDriver, intent: Intent) -> Done:
    """Each attempt is made by a process of its own, that knows nothing of the ones before."""
    outcome: Outcome = Unknown("not begun")
    for _ in range(4):
        outcome = driver.another().ask(intent)
        if may_be_sent(outcome):
            outcome = driver.another().send(intent)
        if isinstance(outcome, Done):
            return outcome
    raise AssertionError(outcome)
