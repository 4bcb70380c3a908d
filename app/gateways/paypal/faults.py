"""What went wrong with a request, and what that means for its order."""

from __future__ import annotations

import re
from typing import Any

from app import strictjson
from app.errors import CloseoutError, PayloadError
from app.gateways.base import Failed, Unknown
from app.gateways.fields import clean
from app.gateways.transport import Answer

UNREACHABLE_S = 5
BUSY_S = 60
LATER_S = 3600
# https://developer.paypal.com/docs/api/payments/v2/#errors and
# https://developer.paypal.com/docs/api/payments.payouts-batch/v1/#errors: these pass by themselves.
_PASSING = (
    "INSUFFICIENT_FUNDS",
    "REFUND_FAILED_INSUFFICIENT_FUNDS",
    "PENDING_CAPTURE",
    "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED",
)
_MENDS = {
    401: "See that the client id (account) and CLOSEOUT_<NAME>_SECRET belong together",
    403: "Switch Invoicing, Payouts and Customer disputes on for this app in PayPal's developer dashboard;"
    " Payouts needs PayPal's approval",
}


class Trouble(CloseoutError):
    """A request that was not answered as it should be.

    `is_certain`: this request did nothing. `retry_after_s` None: it would be refused again. `issue` is
    PayPal's own word, "" where it gave none, and `details` the first of its details.
    """

    def __init__(
        self,
        reason: str,
        *,
        is_certain: bool,
        status: int = 0,
        retry_after_s: int | None = UNREACHABLE_S,
        needs_person: bool = False,
        issue: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(reason, permanent=retry_after_s is None)
        self.status, self.issue, self.details = status, issue, details or {}
        self.is_certain, self.retry_after_s, self.needs_person = is_certain, retry_after_s, needs_person

    def outcome(self, *, has_begun: bool) -> Failed | Unknown:
        """What it means for an order; `has_begun`: another request of the order did, or may have done, its
        part, so that a refusal for good leaves something half done.
        """
        if self.is_certain and not has_begun and not self.needs_person:
            return Failed(self.what, self.retry_after_s)
        is_stuck = self.is_certain and self.retry_after_s is None
        return Unknown(self.what, needs_person=self.needs_person or is_stuck)


def refusal_of(answer: Answer, *, only_reads: bool) -> Trouble:
    """What an answer other than 2xx means.

    Shapes: https://developer.paypal.com/api/rest/responses/, where a token is not taken {"error": …}.
    """
    try:
        body = strictjson.loads(answer.body)
    except PayloadError:
        body = {}
    body = body if isinstance(body, dict) else {}
    details = next((one for one in body.get("details") or () if isinstance(one, dict)), {})
    # Payouts puts its word into the name, and a sentence where the others have a word.
    name, issue = clean(body.get("name") or body.get("error")), clean(details.get("issue"))
    word = issue if re.fullmatch(r"[A-Z0-9_]+", issue) else name
    texts = [name, issue, clean(details.get("field")), clean(details.get("description"))]
    if not details:
        texts.append(clean(body.get("message") or body.get("error_description")))
    said = ": ".join(dict.fromkeys(text for text in texts if text))
    status = answer.status
    reason = f"PayPal answered {status}{': ' if said else ''}{said}"
    mend = _MENDS.get(status, "")
    is_refused = 300 <= status < 500 and status not in (408, 409)
    return Trouble(
        f"{reason}. {mend}" if mend else reason,
        is_certain=only_reads or is_refused,
        status=status,
        retry_after_s=_retry_after_s(answer, word, is_refused=is_refused),
        issue=word,
        details=details,
    )


def unreadable(error: PayloadError, *, is_whole: bool, only_reads: bool) -> Trouble:
    """A 2xx answer that is not what it should be: a person looks, unless it may have been cut short."""
    reason = f"PayPal's answer is wrong: {error}" if is_whole else "PayPal's answer may have been cut short"
    return Trouble(reason, is_certain=only_reads, needs_person=is_whole)


def _retry_after_s(answer: Answer, word: str, *, is_refused: bool) -> int | None:
    if answer.retry_after_s is not None:
        return answer.retry_after_s
    if answer.status == 429:
        return BUSY_S
    if word in _PASSING:
        return LATER_S
    return None if is_refused else UNREACHABLE_S
