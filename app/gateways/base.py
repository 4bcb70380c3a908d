"""The port to whoever moves the money. An adapter is a folder; `open_gateway` of its `client.py` makes it.

One outside call is one *order*. Its exact bytes are drafted once and stored, with its idempotency key, before
the first attempt; every attempt sends those bytes under that key. An outcome is one of

* Done: the gateway says what it did;
* Failed: certain that nothing happened (`retry_after_s` is set where the same order may be sent again);
* Unknown: it may have happened. It is asked about before anything is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from app.events import CreditFacts, GatewayEvent, InvoiceFacts, PayoutFacts

Operation = Literal["tell", "open_invoice", "pay_out", "void_invoice", "reverse_payout", "credit_note"]
"""What an order asks for. "tell" asks for nothing; the last two undo what "pay_out" and a payment did."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One payee's part of a milestone; `name` is the account holder's, where the contract says it.

    `part` counts from 1 where the payee is paid in parts, as the client's partial payments come in.
    """

    account: str
    amount_minor: int
    name: str = ""
    part: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What we want of a gateway, in the words of the contract's snapshot.

    `status` is the word that goes out: "triggered_for_disbursement" for open_invoice, "disbursing" for
    pay_out, "voiding" for void_invoice, "refunding" for the other two, any word for tell. `leg` is the payee
    of pay_out and reverse_payout; void_invoice and credit_note are about the invoice `invoice_id`, whole, and
    pay_out is paid out of it; reverse_payout is about the payout `payout_id`, whole. `context["reason"]` of a
    credit_note is printed on it. Amounts are minor units of `currency`; `created_at` is RFC 3339 in UTC;
    `event_id` is derived from `key`, so both name this order for ever.
    """

    key: str
    event_id: str
    created_at: str
    status: str
    contract_id: str
    milestone_index: int
    milestone_title: str
    amount_minor: int
    currency: str
    account: str
    auto_clear: bool
    revision: int = 1
    operation: Operation = "tell"
    leg: Leg | None = None
    invoice_id: str = ""
    payout_id: str = ""
    context: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> str:
        """The order as it is stored until its bytes are drafted: the same text for equal orders."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str | bytes) -> Order:
        """The inverse of `to_json`. Raises ValueError for what is no order of ours."""
        try:
            plain: dict[str, Any] = json.loads(text)
            return Order(**{**plain, "leg": Leg(**plain["leg"]) if plain["leg"] else None})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"these bytes are not an order of ours ({error!r})") from error


@dataclass(frozen=True, slots=True)
class Intent:
    """An order as it is stored before the call: its key, the event's id and the exact bytes to send.

    `known_id` is what the gateway calls what came of it, where that was heard before.
    """

    key: str
    event_id: str
    body: bytes
    known_id: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The gateway took the order. `invoice`, `payouts` and `credit` are what it says of them now."""

    invoice: InvoiceFacts | None = None
    payouts: tuple[PayoutFacts, ...] = ()
    credit: CreditFacts | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Certain that nothing happened. `retry_after_s` None: sending it again would fail again.

    `is_switched_off`: the address said that it wants nothing any more (HTTP 410).
    """

    reason: str
    retry_after_s: int | None = None
    is_switched_off: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have happened. `needs_person`: the answer contradicts the order, asking again will not help.

    `may_resend`: the gateway can only be asked by sending the same again, which it refuses where it has it.
    """

    reason: str
    needs_person: bool = False
    may_resend: bool = False


Outcome = Done | Failed | Unknown


@dataclass(frozen=True, slots=True)
class Booked:
    """One invoice that a gateway holds for a contract, whoever knows of it, with all that hangs on it now.

    `event_id` is that of the order that opened it, `milestone_title` what that order called the milestone (""
    if that is not known), `legs` are what its payees may get (None if that is not known), `done` is what
    asking about it would answer.
    """

    event_id: str
    milestone_index: int
    milestone_title: str
    revision: int
    legs: tuple[Leg, ...] | None
    invoice: InvoiceFacts
    done: Done


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing that was tried of a gateway without moving anything; `problem` is "" where all is well."""

    what: str
    problem: str = ""
    mend: str = ""


class Gateway(Protocol):
    """What every gateway offers: six methods. None raises for what the other side does.

    What a kind of gateway is able to is in `app/capabilities.py`.
    """

    asks: bool
    """Whether `verify` asks the vendor over the network."""

    @property
    def address(self) -> str:
        """Where it sends, or whose account it uses: an order belongs to one address for ever."""

    @property
    def logins(self) -> frozenset[str]:
        """A fingerprint of each of its secrets at its address; gateways that share one have one account.

        Never stored: an account stays what it is when its secret is rotated.
        """

    def draft(self, order: Order) -> bytes:
        """Pure: the exact bytes that will be sent for `order`, the same for the same order."""

    def send(self, intent: Intent) -> Outcome:
        """One attempt, with a total deadline. Redirects are not followed."""

    def ask(self, intent: Intent) -> Outcome:
        """What became of an order: Done with its present facts; Failed with retry_after_s=0 if never seen.

        An invoice that is there but not with the client is Done with the status "draft": sending the order
        again completes it.
        """

    def booked(self, contract_id: str) -> tuple[Booked, ...] | Failed | Unknown:
        """Every invoice that it holds for a contract, also what nobody here remembers.

        Failed where it does not offer that question, Unknown where it could not be asked now.
        """

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Prove who sent a callback. Raises SignatureError; GatewayError where that can not be asked now."""

    def parse(self, headers: Mapping[str, str], body: bytes, *, may_ask: bool = False) -> GatewayEvent:
        """Say what a verified callback means. Raises PayloadError, also where it has no id.

        With `may_ask` the vendor is asked whose it is where the callback does not say so; raises GatewayError
        where that can not be asked now.
        """
