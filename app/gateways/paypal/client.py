"""PayPal: invoices, payouts, refunds and webhooks over its REST API, with plain requests.

Nothing is repeated here but a request whose token had expired: an order's next attempt belongs to whoever
stored it. An order is several requests; each finds out by PayPal's own names what an earlier one has done.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from app.errors import PayloadError, SettingsError
from app.events import GatewayEvent
from app.gateways import guard
from app.gateways.base import Booked, Done, Failed, Intent, Order, Outcome, Unknown
from app.gateways.paypal import invoices, payouts, refunds, webhooks
from app.gateways.paypal.bill import is_whole_title
from app.gateways.paypal.callbacks import read_callback
from app.gateways.paypal.faults import Trouble
from app.gateways.paypal.known import Known
from app.gateways.paypal.parse import Bill
from app.gateways.paypal.plan import read_tag, write_plan
from app.gateways.paypal.session import Session, Talk
from app.gateways.registry import Opening
from app.gateways.transport import Limits

LIVE = "https://api-m.paypal.com"
_LOGIN = re.compile(r"[\x21-\x39\x3b-\x7e]{8,255}", re.ASCII)
_FINAL = Failed("PayPal brings no payout back: settle it with the payee")


class PayPalGateway:
    """The application `client_id` at `url`. `webhook_id` is that of the webhook that posts to us."""

    asks = True

    def __init__(
        self,
        name: str,
        client_id: str,
        secret: str,
        webhook_id: str,
        url: str,
        *,
        timeout_s: float = 10,
        total_s: float = 30,
        private: Sequence[guard.Network] = (),
    ) -> None:
        self.name, self.webhook_id = name, webhook_id
        self.session = Session(url, client_id, secret, Limits(timeout_s, total_s), private)
        self._address = f"{url} {client_id}"
        self._login = hashlib.sha256(f"{self._address} {secret}".encode()).hexdigest()
        self._known = Known()

    @property
    def address(self) -> str:
        return self._address

    @property
    def logins(self) -> frozenset[str]:
        return frozenset({self._login})

    def draft(self, order: Order) -> bytes:
        return write_plan(order)

    def send(self, intent: Intent) -> Outcome:
        try:
            order = Order.from_json(intent.body)
        except ValueError as error:
            return Failed(f"not sent: {error}")
        if order.event_id != intent.event_id:
            return Failed(f"not sent: the stored bytes are those of {order.event_id}, not {intent.event_id}")
        talk = Talk(self.session)
        self._known.keep(intent.event_id, intent.known_id)
        try:
            return self._carry_out(talk, order)
        except Trouble as trouble:
            return trouble.outcome(has_begun=talk.has_begun)
        except PayloadError as error:
            return Unknown(f"PayPal's answer is wrong: {error}", needs_person=True)

    def _carry_out(self, talk: Talk, order: Order) -> Outcome:
        if order.operation == "open_invoice":
            return invoices.open_invoice(talk, order, self._known)
        if order.operation == "pay_out":
            return payouts.pay_out(talk, order, self._known)
        if order.operation == "void_invoice":
            return invoices.void(talk, order)
        if order.operation == "credit_note":
            return refunds.credit(talk, order)
        return _FINAL if order.operation == "reverse_payout" else Done()

    def ask(self, intent: Intent) -> Outcome:
        try:
            order = Order.from_json(intent.body)
        except ValueError as error:
            return Unknown(f"can not ask about this: {error}", needs_person=True)
        self._known.keep(intent.event_id, intent.known_id)
        try:
            return self._find_out(Talk(self.session), order)
        except Trouble as trouble:
            return Unknown(f"could not ask: {trouble.what}", needs_person=trouble.needs_person)
        except PayloadError as error:
            return Unknown(f"PayPal's answer is wrong: {error}", needs_person=True)

    def _find_out(self, talk: Talk, order: Order) -> Outcome:
        if order.operation == "open_invoice":
            return invoices.ask_invoice(talk, order, self._known)
        if order.operation == "pay_out":
            return payouts.ask_payout(talk, order, self._known)
        if order.operation == "void_invoice":
            return invoices.ask_void(talk, order)
        if order.operation == "credit_note":
            return refunds.ask_credit(talk, order)
        return _FINAL if order.operation == "reverse_payout" else Done()

    def booked(self, contract_id: str) -> tuple[Booked, ...] | Failed | Unknown:
        talk = Talk(self.session)
        try:
            everything = reversed(invoices.listed(talk))
            found = [_booked(talk, bill, contract_id) for bill in everything]
        except Trouble as trouble:
            return Unknown(f"could not ask what it booked: {trouble.what}", trouble.needs_person)
        except PayloadError as error:
            return Unknown(f"what PayPal says that it booked is wrong: {error}", needs_person=True)
        return tuple(one for one in found if one is not None)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        webhooks.verify(self.session, self.webhook_id, headers, body)

    def parse(self, headers: Mapping[str, str], body: bytes, *, may_ask: bool = False) -> GatewayEvent:
        del headers, may_ask  # their transmission id is another one at each attempt; the event's id stays
        event = read_callback(body)
        self._known.keep(event.event_id, event.payout_id or event.invoice_id)
        return event


def _booked(talk: Talk, bill: Bill, contract_id: str) -> Booked | None:
    """An invoice that its memo says to be of a contract. PayPal does not say what was paid out of it."""
    tag = read_tag(bill.memo)
    if tag is None or tag[0] != contract_id:
        return None
    whole = invoices.read(talk, bill.id)
    done = invoices.facts(talk, whole)
    if done.invoice is None:
        return None
    return Booked(
        event_id=bill.reference,
        milestone_index=tag[1],
        milestone_title=whole.title if is_whole_title(whole.title) else "",
        revision=tag[2],
        legs=None,
        invoice=done.invoice,
        done=done,
    )


def open_gateway(opening: Opening) -> PayPalGateway:
    """The gateway of the contract file's entry. Raises SettingsError for what would not survive its way into
    a header, or a question.
    """
    secret = opening.required("SECRET", "the secret")
    webhook_id = opening.required("WEBHOOK_ID", "the webhook's id")
    mend = "Copy it from the app's page, https://developer.paypal.com/dashboard/applications"
    if _LOGIN.fullmatch(opening.account) is None:
        where = f"gateways: {opening.name}: account"
        raise SettingsError("not a client id of PayPal", where=where, mend=mend)
    if _LOGIN.fullmatch(secret) is None:
        raise SettingsError("not a secret of PayPal", where=opening.variable("SECRET"), mend=mend)
    if re.fullmatch(r"[A-Za-z0-9]{5,50}", webhook_id, re.ASCII) is None:
        raise SettingsError("not a webhook's id", where=opening.variable("WEBHOOK_ID"), mend=mend)
    url, private = opening.api_url(LIVE), opening.private()
    return PayPalGateway(opening.name, opening.account, secret, webhook_id, url, private=private)
