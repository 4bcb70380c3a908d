"""What goes wrong at Stripe, as an outcome: certain that nothing happened, or to be asked about.

https://docs.stripe.com/error-low-level and https://docs.stripe.com/api/idempotent_requests: a refusal by
Stripe's books and a 500 are kept under the key for a day and answered again; a rate limit is not.
"""

from __future__ import annotations

import stripe

from app.errors import CloseoutError, PayloadError
from app.gateways.base import Failed, Unknown
from app.gateways.fields import clean
from app.gateways.pace import TooSoon
from app.gateways.transport import Lost, NotSent

KEY_DAY_S = 25 * 3600
"""Until Stripe has forgotten what it answered under a key, with an hour to spare."""
UNREACHABLE_S = 5
BUSY_S = 5
_PASSING = (
    "balance_insufficient",
    "insufficient_capabilities_for_transfer",
    "charge_disputed",
    "lock_timeout",
)
"""Refusals by Stripe's books that may end by themselves, or once somebody did something at Stripe."""

WRONG = (stripe.StripeError, CloseoutError)
"""All that a call of `Api` may raise."""


def outcome_of(error: stripe.StripeError | CloseoutError, *, begun: bool) -> Failed | Unknown:
    """What became of an order that `error` ended. `begun`: something of it is at Stripe already."""
    outcome = _ours(error) if isinstance(error, CloseoutError) else _stripes(error)
    if begun and isinstance(outcome, Failed):
        reason = f"it was begun at Stripe and is not finished: {outcome.reason}"
        return Unknown(reason, needs_person=outcome.retry_after_s is None)
    return outcome


def doubt_of(error: stripe.StripeError | CloseoutError) -> Unknown:
    """What the answer to a question is worth that `error` ended."""
    outcome = outcome_of(error, begun=False)
    is_wrong = isinstance(outcome, Unknown) and outcome.needs_person
    return Unknown(f"could not ask Stripe: {outcome.reason}", needs_person=is_wrong)


def _ours(error: CloseoutError) -> Failed | Unknown:
    if isinstance(error, TooSoon):
        return Failed(error.what, retry_after_s=error.retry_after_s)
    if isinstance(error, NotSent):
        return Failed(str(error), retry_after_s=UNREACHABLE_S)
    if isinstance(error, Lost):
        return Unknown(str(error))
    if isinstance(error, PayloadError):
        return Unknown(f"what Stripe says is wrong: {error}", needs_person=True)
    return Failed(str(error))


def _stripes(error: stripe.StripeError) -> Failed | Unknown:
    status, said = error.http_status or 0, _said(error)
    if isinstance(error, stripe.RateLimitError):
        return Failed(f"Stripe is busy: {said}", retry_after_s=_retry_after_s(error))
    if isinstance(error, stripe.AuthenticationError):
        return Failed(f"Stripe does not take the API key: {said}. Put the present one, then retry")
    if isinstance(error, stripe.PermissionError):
        return Failed(f"the API key may not do this: {said}. Give it that right, then retry")
    if status == 409:
        return Unknown(f"another attempt at this is still at work: {said}")
    if isinstance(error, stripe.IdempotencyError):
        return Unknown(f"Stripe holds another request under this order's key: {said}", needs_person=True)
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        wait_s = KEY_DAY_S if code_of(error) in _PASSING else None
        return Failed(f"Stripe refused: {said}", retry_after_s=wait_s)
    if 200 <= status < 300:
        return Unknown("what Stripe says is wrong: the answer is not JSON", needs_person=True)
    return Unknown(f"Stripe answered {status}: {said}")


def code_of(error: stripe.StripeError) -> str:
    """Stripe's code for what went wrong, "" for none. https://docs.stripe.com/error-codes"""
    told = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    return clean(told.get("code")) if isinstance(told, dict) else ""


def _said(error: stripe.StripeError) -> str:
    return clean(error.user_message) or f"HTTP {error.http_status}"


def _retry_after_s(error: stripe.StripeError) -> int:
    """As `StripeHttp` put it into the answer's header, read already."""
    return int((error.headers or {}).get("Retry-After") or BUSY_S)
