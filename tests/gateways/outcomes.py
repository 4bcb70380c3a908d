"""What a gateway's test expects an outcome to be, with the outcome shown where it is not."""

from app.events import InvoiceFacts, PayoutFacts
from app.gateways.base import Done, Failed, Outcome


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome


def refused_for_good(outcome: Outcome) -> str:
    """The reason of a certain refusal that will not pass by itself."""
    assert isinstance(outcome, Failed), outcome
    assert outcome.retry_after_s is None
    return outcome.reason


def invoice_of(outcome: Outcome) -> InvoiceFacts:
    invoice = done(outcome).invoice
    assert invoice is not None
    return invoice


def payout_of(outcome: Outcome) -> PayoutFacts:
    [payout] = done(outcome).payouts
    return payout
