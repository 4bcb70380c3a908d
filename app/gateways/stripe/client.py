"""Stripe as a gateway. One order is several requests, each under a key of its own, each done at most once.

Which step has been done is asked of Stripe, by metadata, before anything is sent: after a time-out, a kept
500 or a day's pause an attempt goes on where the last one stopped. Setting it up: docs/gateways/stripe.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.errors import GatewayError, PayloadError, SettingsError
from app.events import GatewayEvent
from app.gateways.base import Booked, Done, Failed, Intent, Leg, Order, Outcome, Unknown
from app.gateways.fields import Object
from app.gateways.pace import Pace
from app.gateways.registry import Opening
from app.gateways.stripe import words
from app.gateways.stripe.api import Api
from app.gateways.stripe.credits import ask_credit, credit_note
from app.gateways.stripe.faults import WRONG, doubt_of, outcome_of
from app.gateways.stripe.http import Line
from app.gateways.stripe.invoices import ask_open, ask_void, open_invoice, void_invoice
from app.gateways.stripe.papers import number, tags
from app.gateways.stripe.plan import Plan, read_plan, write_plan
from app.gateways.stripe.reading import all_of, every_invoice, invoice_paid_by
from app.gateways.stripe.transfers import ask_pay_out, ask_reverse, pay_out, reverse_payout
from app.gateways.stripe.webhooks import payment_of, read_event, verify_event

PUBLIC_API = "https://api.stripe.com"
PER_S = {"test": (20, 4), "live": (80, 15)}
"""Requests a second, and how many at once, below https://docs.stripe.com/rate-limits: 25 and 100."""

_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9_]{8,247}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """Whose Stripe it is: the account's id, its API key, and the signing secrets of its webhooks."""

    id: str
    api_key: str
    webhook_secrets: tuple[bytes, ...]

    @property
    def mode(self) -> str:
        return "live" if "_live_" in self.api_key[:8] else "test"


class StripeGateway:
    """One Stripe account, asked at `line`."""

    asks = False

    def __init__(self, name: str, account: Account, line: Line) -> None:
        self.name, self.account, self.line = name, account, line
        self._is_proven = False

    @property
    def address(self) -> str:
        return f"{self.line.url}/{self.account.id}/{self.account.mode}"

    @property
    def is_live(self) -> bool:
        return self.account.mode == "live"

    @property
    def logins(self) -> frozenset[str]:
        login = f"{self.line.url} {self.account.id} {self.account.api_key}".encode()
        return frozenset({hashlib.sha256(login).hexdigest()})

    def draft(self, order: Order) -> bytes:
        return write_plan(order)

    def send(self, intent: Intent) -> Outcome:
        try:
            plan = read_plan(intent.body)
        except ValueError as error:
            return Failed(f"not sent: {error}")
        if plan.event_id != intent.event_id:
            return Failed(f"not sent: the stored bytes are those of {plan.event_id}, not {intent.event_id}")
        if plan.operation == "tell":
            return Done()
        api = self.api(intent.key)
        try:
            return self._foreign(api) or _sent(api, plan)
        except WRONG as error:
            return outcome_of(error, begun=api.begun)

    def ask(self, intent: Intent) -> Outcome:
        try:
            plan = read_plan(intent.body)
        except ValueError as error:
            return Unknown(f"can not ask about this: {error}", needs_person=True)
        if plan.operation == "tell":
            return Done()
        api = self.api(intent.key)
        try:
            foreign = self._foreign(api)
            return Unknown(foreign.reason, needs_person=True) if foreign else _asked(api, plan)
        except WRONG as error:
            return doubt_of(error)

    def booked(self, contract_id: str) -> tuple[Booked, ...] | Failed | Unknown:
        api = self.api()
        try:
            if foreign := self._foreign(api):
                return Unknown(foreign.reason, needs_person=True)
            of_it = [one for one in every_invoice(api) if tags(one).get(words.CONTRACT) == contract_id[:500]]
            return tuple(_booked(api, one) for one in reversed(of_it))
        except WRONG as error:
            return doubt_of(error)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        verify_event(headers, body, self.account.webhook_secrets)

    def parse(self, headers: Mapping[str, str], body: bytes, *, may_ask: bool = False) -> GatewayEvent:
        del headers  # an event says in its body all that there is to say
        event = read_event(body, self.account.id, is_live=self.is_live)
        payment = payment_of(body, self.account.id, is_live=self.is_live) if may_ask else ""
        if not payment:
            return event
        # A charge or a dispute names no invoice, and Stripe knows which one it paid.
        api = self.api()
        try:
            invoice = None if self._foreign(api) else invoice_paid_by(api, payment)
        except WRONG as error:
            raise GatewayError(doubt_of(error).reason, permanent=False) from error
        if invoice is None:
            return event
        return replace(event, invoice_id=invoice.text("id"), event_id=tags(invoice).get(words.EVENT, ""))

    def api(self, key: str = "") -> Api:
        """Stripe's API for one order with the idempotency key `key`; without one only to read."""
        return Api(self.account.api_key, self.line, key)

    def _foreign(self, api: Api) -> Failed | None:
        """Why nothing may be ordered: the key is another account's. Asked once in a process."""
        if not self._is_proven:
            found = api.read(api.v1.accounts.retrieve_current).text("id")
            if found != self.account.id:
                return Failed(
                    f"the API key belongs to {found}, and the contract file names {self.account.id}:"
                    " put the key of that account, or mend account: of the gateway"
                )
            self._is_proven = True
        return None


def open_gateway(opening: Opening) -> StripeGateway:
    """The gateway of the contract file's entry. Raises SettingsError."""
    api_key = opening.required("SECRET", "the API key")
    if _KEY.fullmatch(api_key) is None:
        mend = (
            "Make a restricted key in Stripe's dashboard under Developers, API keys: rk_live_… or rk_test_…"
        )
        raise SettingsError("this is no API key of Stripe's", where=opening.variable("SECRET"), mend=mend)
    secrets = opening.required("SIGNING_SECRET", "the webhooks' signing secret").split()
    if not secrets or not all(re.fullmatch(r"whsec_[!-~]{8,200}", one, re.ASCII) for one in secrets):
        mend = "Copy it from Stripe's dashboard, Developers, Webhooks; several with spaces between them"
        raise SettingsError(
            "this is no signing secret whsec_…", where=opening.variable("SIGNING_SECRET"), mend=mend
        )
    url = opening.api_url(PUBLIC_API)
    account = Account(opening.account, api_key, tuple(one.encode() for one in secrets))
    pace = Pace(opening.db, f"stripe {url} {account.id} {account.mode}", *PER_S[account.mode])
    return StripeGateway(opening.name, account, Line(url, pace, private=opening.private()))


def _sent(api: Api, plan: Plan) -> Outcome:
    if plan.operation == "open_invoice":
        return open_invoice(api, plan)
    if plan.operation == "void_invoice":
        return void_invoice(api, plan)
    if plan.operation == "credit_note":
        return credit_note(api, plan)
    return (pay_out if plan.operation == "pay_out" else reverse_payout)(api, plan, _leg(plan))


def _asked(api: Api, plan: Plan) -> Outcome:
    if plan.operation == "open_invoice":
        return ask_open(api, plan)
    if plan.operation == "void_invoice":
        return ask_void(api, plan)
    if plan.operation == "credit_note":
        return ask_credit(api, plan)
    return (ask_pay_out if plan.operation == "pay_out" else ask_reverse)(api, plan, _leg(plan))


def _leg(plan: Plan) -> Leg:
    """The payee that a payout's order is about, which no plan is written without."""
    if plan.leg is None:
        raise PayloadError("the order names no payee", where=plan.event_id)
    return plan.leg


def _booked(api: Api, invoice: Object) -> Booked:
    """One invoice of the list, with what asking about its order would answer."""
    known, done = tags(invoice), all_of(api, invoice)
    if done.invoice is None:
        raise PayloadError("Stripe does not describe this invoice", where=invoice.path)
    return Booked(
        event_id=known.get(words.EVENT, ""),
        milestone_index=number(known.get(words.MILESTONE, "")),
        milestone_title=known.get(words.TITLE, ""),
        revision=number(known.get(words.REVISION, "")),
        legs=words.legs_in(known),
        invoice=done.invoice,
        done=done,
    )
