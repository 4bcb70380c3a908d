"""The addresses of PayPal's Invoicing API. Source: https://developer.paypal.com/docs/api/invoicing/v2/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.sandbox.paypal import views
from app.sandbox.paypal.account import Account, event_named
from app.sandbox.paypal.counter import Answer, Call, Door
from app.sandbox.paypal.drafts import read_draft
from app.sandbox.paypal.invoices import Invoices
from app.sandbox.paypal.paging import flag, number, page_of
from app.sandbox.paypal.papers import Invoice
from app.sandbox.paypal.takings import METHODS, Takings
from app.sandbox.paypal.tokens import INVOICES_READ, INVOICES_WRITE
from app.sandbox.paypal.values import Value

STATUSES = (
    "DRAFT",
    "SENT",
    "SCHEDULED",
    "PAID",
    "MARKED_AS_PAID",
    "CANCELLED",
    "REFUNDED",
    "PARTIALLY_PAID",
    "PARTIALLY_REFUNDED",
    "MARKED_AS_REFUNDED",
    "UNPAID",
    "PAYMENT_PENDING",
)
_SOUGHT = {"invoice_number": 25, "reference": 120, "memo": 500, "currency_code": 3, "recipient_email": 254}
_NOTICE = ("subject", "note", "send_to_invoicer", "send_to_recipient", "additional_recipients")


class InvoiceDoors:
    def __init__(self, account: Account, invoices: Invoices, takings: Takings) -> None:
        self._account, self._invoices, self._takings = account, invoices, takings

    def doors(self) -> list[Door]:
        base = "/v2/invoicing"
        one = f"{base}/invoices/<invoice_id>"
        return [
            Door("POST", f"{base}/generate-next-invoice-number", "read", INVOICES_WRITE, self.next_number),
            Door("POST", f"{base}/invoices", "invoice", INVOICES_WRITE, self.create),
            Door("GET", f"{base}/invoices", "list", INVOICES_READ, self.listed),
            Door("POST", f"{base}/search-invoices", "list", INVOICES_READ, self.search),
            Door("GET", one, "read", INVOICES_READ, self.read),
            Door("DELETE", one, "delete", INVOICES_WRITE, self.delete),
            Door("POST", f"{one}/send", "send", INVOICES_WRITE, self.send),
            Door("POST", f"{one}/cancel", "cancel", INVOICES_WRITE, self.cancel),
            Door("POST", f"{one}/payments", "invoice", INVOICES_WRITE, self.record_payment),
            Door("POST", f"{one}/refunds", "refund", INVOICES_WRITE, self.record_refund),
        ]

    def next_number(self, call: Call) -> Answer:
        Value(call.json()).members([])
        return 200, {"invoice_number": self._invoices.next_number()}

    def create(self, call: Call) -> Answer:
        """201 with a link alone, unless the caller prefers the representation."""
        today = self._account.clock.now().date()
        invoice = self._invoices.create(read_draft(call.json(), today, self._account.email))
        if call.headers.get("prefer") == "return=representation":
            return 201, views.invoice(self._account, invoice)
        return 201, views.link(views.invoice_url(self._account, invoice), "self")

    def read(self, _: Call, invoice_id: str) -> Answer:
        return 200, views.invoice(self._account, self._invoices.invoice(invoice_id))

    def send(self, call: Call, invoice_id: str) -> Answer:
        """200 with the payer's link, or 202 for an invoice that is dated in the future."""
        notice = _notice(call)
        to_recipient = notice["send_to_recipient"].flag() if "send_to_recipient" in notice else True
        invoice = self._invoices.send(invoice_id, to_recipient=to_recipient)
        if invoice.status == "SCHEDULED":
            return 202, views.link(views.invoice_url(self._account, invoice), "self")
        return 200, views.link(views.payer_url(self._account, invoice), "payer-view")

    def cancel(self, call: Call, invoice_id: str) -> Answer:
        notice = _notice(call)
        texts = [str(value.plain) for value in notice.values()]
        self._invoices.cancel(invoice_id, event_named(call.request_id, *texts))
        return 204, None

    def delete(self, _: Call, invoice_id: str) -> Answer:
        self._invoices.delete(invoice_id)
        return 204, None

    def record_payment(self, call: Call, invoice_id: str) -> Answer:
        method, amount_minor, note = self._recorded(call, invoice_id, "payment")
        return 200, {"payment_id": self._takings.record_payment(invoice_id, amount_minor, method, note).id}

    def record_refund(self, call: Call, invoice_id: str) -> Answer:
        method, amount_minor, _ = self._recorded(call, invoice_id, "refund")
        return 200, {"refund_id": self._takings.record_refund(invoice_id, amount_minor, method).id}

    def _recorded(self, call: Call, invoice_id: str, what: str) -> tuple[str, int | None, str]:
        currency = self._invoices.invoice(invoice_id).draft.currency
        members = Value(call.json()).members(["method"], (f"{what}_date", "amount", "note"))
        method = members["method"].choice(METHODS, f"INVALID_{what.upper()}_METHOD")
        if f"{what}_date" in members:
            members[f"{what}_date"].day()
        amount_minor = members["amount"].money(currency)[0] if "amount" in members else None
        if amount_minor == 0:
            raise members["amount"].no("VALUE_CANNOT_BE_ZERO", f"{what.title()} amount cannot be zero.")
        return method, amount_minor, members["note"].text(2000) if "note" in members else ""

    def listed(self, call: Call) -> Answer:
        return self._page(call, self._invoices.known())

    def search(self, call: Call) -> Answer:
        members = Value(call.json()).members([], (*_SOUGHT, "status", "fields"))
        wanted = {name: members[name].text(_SOUGHT[name]) for name in _SOUGHT if name in members}
        status = [one.choice(STATUSES) for one in members["status"].array(5)] if "status" in members else []
        fields = [one.text(100) for one in members["fields"].array(5)] if "fields" in members else []
        return self._page(call, self._invoices.known(wanted, tuple(status)), fields)

    def _page(self, call: Call, found: Sequence[Invoice], fields: list[str] | None = None) -> Answer:
        """Without "items", "payments" and "refunds", unless they are asked for by `fields`."""
        page, size = number(call, "page", 1, 1000), number(call, "page_size", 20, 100)
        asked = call.query.get("fields", "").split(",") if fields is None else fields
        shown, pages = page_of(found, page, size)
        body: dict[str, Any] = {"items": [views.listed(self._account, one, asked) for one in shown]}
        url = f"{self._account.base_url}{call.path}"
        body["links"] = [views.link(f"{url}?page={page}&page_size={size}", "self", call.method)]
        if page < pages:
            body["links"].append(views.link(f"{url}?page={page + 1}&page_size={size}", "next", call.method))
        if flag(call, "total_required"):
            body |= {"total_items": len(found), "total_pages": pages}
        return 200, body


def _notice(call: Call) -> dict[str, Value]:
    members = Value(call.json()).members([], _NOTICE)
    for name, value in members.items():
        if name in ("subject", "note"):
            value.text(4000)
        elif name == "additional_recipients":
            for email in value.array(100):
                email.email()
        else:
            value.flag()
    return members
