"""What happens to an invoice after its draft: finalized, sent, voided, given up.

https://docs.stripe.com/invoicing/overview#invoice-statuses
"""

from __future__ import annotations

from collections.abc import Callable

from app.sandbox.stripe.books import Books, Params, tags
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.payments import Payments
from app.sandbox.stripe.shelf import Paper

NOT_OPEN = "You can only pass in open invoices. This invoice isn't open."


class Billing:
    """`mailed(invoice_id)` is called when an invoice reaches its client for the first time."""

    def __init__(self, books: Books, payments: Payments, mailed: Callable[[str], None]) -> None:
        self._books, self._payments, self._mailed = books, payments, mailed
        self._sent: set[str] = set()
        self._overdue: set[str] = set()

    def finalize(self, ids: Params, params: Params) -> Paper:
        """Give it its number and open it; one without anything due is paid at once."""
        invoice = self._get(ids)
        if invoice["status"] != "draft":
            raise Refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
        if invoice["total"] < 0:
            raise Refused("This sandbox does not model invoices below nothing.")
        if "auto_advance" in params:
            invoice["auto_advance"] = params["auto_advance"]
        books, now_s = self._books, self._books.clock.now_s()
        customer = books.shelf.get("customer", invoice["customer"], "customer")
        if invoice["number"] is None:
            invoice["number"] = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
            customer["next_invoice_sequence"] += 1
        self._use_credit(invoice, customer)
        invoice |= {
            "status": "open",
            "automatically_finalizes_at": None,
            "effective_at": now_s,
            "hosted_invoice_url": f"{books.base_url}/i/{invoice['id']}",
            "invoice_pdf": f"{books.base_url}/i/{invoice['id']}/pdf",
        }
        invoice["status_transitions"]["finalized_at"] = now_s
        books.journal.add("invoice_finalized", invoice_id=invoice["id"], **tags(invoice), **_amount(invoice))
        books.tell("invoice.finalized", invoice)
        if invoice["amount_due"] == 0:
            invoice["attempted"] = True
            self._payments.settle(invoice)
        else:
            self._payments.expect(invoice)
        return invoice

    def send(self, ids: Params, _params: Params) -> Paper:
        """Mail it. Stricter than Stripe, which finalizes a draft on the way: who sends has finalized."""
        invoice = self._get(ids, "invoice")
        if invoice["status"] != "open" or invoice["collection_method"] != "send_invoice":
            raise Refused(
                "This invoice cannot be sent right now. Please contact us via"
                " https://support.stripe.com/contact with details, so we can help."
            )
        if invoice["id"] not in self._sent:
            self._sent.add(invoice["id"])
            self._books.journal.add(
                "invoice_opened", invoice_id=invoice["id"], **tags(invoice), **_amount(invoice)
            )
            self._mailed(invoice["id"])
        self._books.tell("invoice.sent", invoice)
        return invoice

    def void(self, ids: Params, _params: Params) -> Paper:
        invoice = self._get(ids)
        if invoice["status"] == "paid" or invoice["amount_paid"]:
            raise Refused("Invoices with `paid` payments cannot be voided.")
        if invoice["status"] not in ("open", "uncollectible"):
            raise Refused(NOT_OPEN)
        invoice["status"] = "void"
        invoice["status_transitions"]["voided_at"] = self._books.clock.now_s()
        self._payments.give_up(invoice, "void_invoice")
        self._return_credit(invoice)
        self._books.journal.add(
            "invoice_voided",
            invoice_id=invoice["id"],
            event_id=tags(invoice)["event_id"],
            **_amount(invoice),
        )
        self._books.tell("invoice.voided", invoice)
        return invoice

    def mark_uncollectible(self, ids: Params, _params: Params) -> Paper:
        invoice = self._get(ids)
        if invoice["status"] == "uncollectible":
            raise Refused("This invoice has already been marked uncollectible.")
        if invoice["status"] != "open":
            raise Refused(NOT_OPEN)
        invoice["status"] = "uncollectible"
        invoice["status_transitions"]["marked_uncollectible_at"] = self._books.clock.now_s()
        self._books.journal.add("invoice_uncollectible", invoice_id=invoice["id"])
        self._books.tell("invoice.marked_uncollectible", invoice)
        return invoice

    def pay(self, ids: Params, params: Params) -> Paper:
        """The API can only say that the money came some other way: no client leaves a card with us."""
        invoice = self._get(ids)
        if invoice["status"] == "paid":
            raise Refused("Invoice is already paid")
        if invoice["status"] not in ("open", "uncollectible"):
            raise Refused(NOT_OPEN)
        if not params.get("paid_out_of_band"):
            raise Refused(
                "Cannot charge a customer that has no active card",
                code="missing",
                kind="card_error",
                status=402,
            )
        self._payments.receive(invoice, invoice["amount_remaining"], out_of_band=True)
        return invoice

    def time_passed(self) -> None:
        """What Stripe does by itself: finalize what is to advance, and say what is overdue."""
        now_s = self._books.clock.now_s()
        for invoice in self._books.shelf.every("invoice")[::-1]:
            due_s = invoice["automatically_finalizes_at"]
            if invoice["status"] == "draft" and due_s and due_s <= now_s:
                self.finalize({"id": invoice["id"]}, {})
                if invoice["status"] == "open" and invoice["collection_method"] == "send_invoice":
                    self.send({"id": invoice["id"]}, {})
            is_late = invoice["status"] == "open" and (invoice["due_date"] or now_s) < now_s
            if is_late and invoice["id"] not in self._overdue:
                self._overdue.add(invoice["id"])
                self._books.tell("invoice.overdue", invoice)

    def _get(self, ids: Params, param: str = "id") -> Paper:
        return self._books.shelf.get("invoice", ids["id"], param, status=404)

    def _use_credit(self, invoice: Paper, customer: Paper) -> None:
        """The client's credit pays first. https://docs.stripe.com/billing/customer/balance"""
        balance = customer["balance"]
        used_minor = (
            min(-balance, invoice["total"])
            if balance < 0 and invoice["currency"] == customer["currency"]
            else 0
        )
        invoice["starting_balance"] = balance
        customer["balance"] = balance + used_minor
        invoice["ending_balance"] = customer["balance"]
        invoice["amount_due"] = invoice["amount_remaining"] = invoice["total"] - used_minor
        if used_minor:
            self._books.journal.add(
                "credit_used", invoice_id=invoice["id"], amount_cents=used_minor, currency=invoice["currency"]
            )

    def _return_credit(self, invoice: Paper) -> None:
        """A voided invoice gives back the credit that it used."""
        used_minor = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
        if used_minor:
            customer = self._books.shelf.get("customer", invoice["customer"], "customer")
            customer["balance"] -= used_minor
            self._books.journal.add(
                "credit_returned",
                invoice_id=invoice["id"],
                amount_cents=used_minor,
                currency=invoice["currency"],
            )


def _amount(invoice: Paper) -> dict[str, object]:
    return {"amount_cents": invoice["total"], "currency": invoice["currency"]}
