"""The addresses of PayPal's other APIs: tokens, captures and refunds, payouts, disputes, webhooks."""

from __future__ import annotations

from typing import Any

from app.sandbox.paypal import views
from app.sandbox.paypal.account import Account, event_named
from app.sandbox.paypal.counter import Answer, Call, Door
from app.sandbox.paypal.disputes import Disputes
from app.sandbox.paypal.paging import flag, number, page_of
from app.sandbox.paypal.payout_orders import read_payouts
from app.sandbox.paypal.payouts import Payouts
from app.sandbox.paypal.takings import Takings
from app.sandbox.paypal.tokens import CAPTURES, DISPUTES, PAYOUTS, REFUNDS, WEBHOOKS, Tokens
from app.sandbox.paypal.values import Value
from app.sandbox.paypal.webhooks import Webhooks


class PaymentDoors:
    """https://developer.paypal.com/docs/api/payments/v2/; a refund honours PayPal-Request-Id."""

    def __init__(self, account: Account, takings: Takings) -> None:
        self._account, self._takings = account, takings

    def doors(self) -> list[Door]:
        one = "/v2/payments/captures/<capture_id>"
        return [
            Door("GET", one, "read", CAPTURES, self.capture),
            Door("POST", f"{one}/refund", "refund", REFUNDS, self.refund, remembers=True),
            Door("GET", "/v2/payments/refunds/<refund_id>", "read", REFUNDS, self.refunded),
        ]

    def capture(self, _: Call, capture_id: str) -> Answer:
        return 200, views.capture(self._account, *self._takings.capture(capture_id))

    def refund(self, call: Call, capture_id: str) -> Answer:
        """An empty body gives all that is left back."""
        members = Value(call.json()).members([], ("amount", "invoice_id", "custom_id", "note_to_payer"))
        texts = {
            name: members[name].text(longest)
            for name, longest in (("invoice_id", 127), ("custom_id", 127), ("note_to_payer", 255))
            if name in members
        }
        _, invoice = self._takings.capture(capture_id)
        amount_minor = members["amount"].money(invoice.draft.currency)[0] if "amount" in members else None
        if amount_minor == 0:
            raise members["amount"].no("INVALID_PARAMETER_VALUE", "Refund amount cannot be zero.")
        event_id = event_named(texts.get("custom_id", ""), texts.get("invoice_id", ""), call.request_id)
        refund, payment, _ = self._takings.refund(
            capture_id, amount_minor, texts.get("note_to_payer", ""), event_id, texts.get("custom_id", "")
        )
        return 201, views.refund(self._account, refund, payment, invoice.draft.currency)

    def refunded(self, _: Call, refund_id: str) -> Answer:
        refund, payment, invoice = self._takings.refunded(refund_id)
        return 200, views.refund(self._account, refund, payment, invoice.draft.currency)


class PayoutDoors:
    """PayPal answers no question by sender_batch_id, only by its own ids."""

    def __init__(self, account: Account, payouts: Payouts) -> None:
        self._account, self._payouts = account, payouts

    def doors(self) -> list[Door]:
        item = "/v1/payments/payouts-item/<item_id>"
        return [
            Door("POST", "/v1/payments/payouts", "payout", PAYOUTS, self.order),
            Door("GET", "/v1/payments/payouts/<batch_id>", "read", PAYOUTS, self.batch),
            Door("GET", item, "read", PAYOUTS, self.item),
            Door("POST", f"{item}/cancel", "cancel", PAYOUTS, self.cancel),
        ]

    def order(self, call: Call) -> Answer:
        batch = self._payouts.order(*read_payouts(call.json()))
        header = {
            "payout_batch_id": batch.id,
            "batch_status": batch.status,
            "sender_batch_header": batch.header,
        }
        return 201, {"batch_header": header, "links": [views.batch_link(self._account, batch.id)]}

    def batch(self, call: Call, batch_id: str) -> Answer:
        batch = self._payouts.batch(batch_id)
        page, size = number(call, "page", 1, 1000), number(call, "page_size", 1000, 1000)
        shown, pages = page_of(batch.items, page, size)
        body: dict[str, Any] = {
            "batch_header": views.batch_header(batch),
            "items": [views.payout_item(self._account, item, batch) for item in shown],
            "links": [views.batch_link(self._account, batch.id)],
        }
        if flag(call, "total_required"):
            body |= {"total_items": len(batch.items), "total_pages": pages}
        return 200, body

    def item(self, _: Call, item_id: str) -> Answer:
        return 200, views.payout_item(self._account, *self._payouts.item(item_id))

    def cancel(self, _: Call, item_id: str) -> Answer:
        self._payouts.cancel(item_id)
        return 200, views.payout_item(self._account, *self._payouts.item(item_id))


class OtherDoors:
    """Tokens, disputes, and the webhook with its check."""

    def __init__(self, account: Account, tokens: Tokens, disputes: Disputes, webhooks: Webhooks) -> None:
        self._account, self._tokens, self._disputes = account, tokens, disputes
        self._webhooks = webhooks

    def doors(self) -> list[Door]:
        hooks, cases = "/v1/notifications", "/v1/customer/disputes"
        return [
            Door("POST", "/v1/oauth2/token", "token", "", self.token),
            Door("GET", cases, "list", DISPUTES, self.cases),
            Door("GET", f"{cases}/<dispute_id>", "read", DISPUTES, self.case),
            Door("GET", f"{hooks}/webhooks", "list", WEBHOOKS, self.hooks),
            Door("POST", f"{hooks}/verify-webhook-signature", "verify", WEBHOOKS, self.verify),
        ]

    def token(self, call: Call) -> Answer:
        return 200, self._tokens.issue(call.headers, call.body)

    def cases(self, call: Call) -> Answer:
        """By disputed_transaction_id and dispute_state, 10 on a page unless told otherwise."""
        states = tuple(filter(None, call.query.get("dispute_state", "").split(",")))
        found = self._disputes.of(call.query.get("disputed_transaction_id", ""), states)
        page, size = number(call, "page", 1, 50), number(call, "page_size", 10, 50)
        shown, pages = page_of(found, page, size)
        url = f"{self._account.base_url}{call.path}?page_size={size}&page="
        links = [views.link(f"{url}{page}", "self")]
        if page < pages:
            links.append(views.link(f"{url}{page + 1}", "next"))
        return 200, {"items": [views.dispute_summary(self._account, one) for one in shown], "links": links}

    def case(self, _: Call, dispute_id: str) -> Answer:
        return 200, views.dispute(self._account, self._disputes.dispute(dispute_id))

    def hooks(self, _: Call) -> Answer:
        hook = {
            "id": self._webhooks.webhook_id,
            "url": self._webhooks.callbacks.url,
            "event_types": [{"name": "*", "description": "ALL", "status": "ENABLED"}],
        }
        return 200, {"webhooks": [hook] if hook["url"] else []}

    def verify(self, call: Call) -> Answer:
        is_ours = self._webhooks.verify(call.body, call.json())
        return 200, {"verification_status": "SUCCESS" if is_ours else "FAILURE"}
