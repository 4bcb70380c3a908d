"""Invoices while they are drafts, and their lines. https://docs.stripe.com/api/invoices"""

from __future__ import annotations

from typing import Any

from app.sandbox.stripe.books import Books, Params, kept_metadata
from app.sandbox.stripe.clock import DAY_S
from app.sandbox.stripe.currencies import fitting, known
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.papers import draft_invoice, invoice_item, invoice_line
from app.sandbox.stripe.shelf import Paper

KNOWN = frozenset(
    {
        "customer",
        "auto_advance",
        "collection_method",
        "currency",
        "custom_fields",
        "days_until_due",
        "description",
        "due_date",
        "footer",
        "metadata",
        "number",
        "pending_invoice_items_behavior",
    }
)
KNOWN_UPDATE = frozenset({"metadata", "description", "footer", "custom_fields", "number", "days_until_due"})
KNOWN_ITEM = frozenset(
    {"amount", "currency", "customer", "description", "discountable", "invoice", "metadata"}
)
AUTO_FINALIZE_S = 3601
NUMBER_LENGTH, MAX_DAYS, MAX_CUSTOM_FIELDS = 26, 365, 4


class Drafts:
    def __init__(self, books: Books) -> None:
        self._books = books

    def create(self, _ids: Params, params: Params) -> Paper:
        books = self._books
        customer = books.shelf.get("customer", params["customer"], "customer")
        _fitting(params)
        self._free_number(params.get("number"))
        now_s = books.clock.now_s()
        paper = draft_invoice(books.shelf.new_id("in"), customer, known(params.get("currency", "usd")), now_s)
        due_s = now_s + params["days_until_due"] * DAY_S if "days_until_due" in params else None
        paper |= {
            "collection_method": params.get("collection_method", "charge_automatically"),
            "auto_advance": params.get("auto_advance", False),
            "automatically_finalizes_at": now_s + AUTO_FINALIZE_S if params.get("auto_advance") else None,
            "due_date": params.get("due_date", due_s),
            "custom_fields": params.get("custom_fields") or None,
            "description": params.get("description"),
            "footer": params.get("footer"),
            "metadata": kept_metadata(params.get("metadata")),
            "number": params.get("number"),
        }
        books.shelf.put(paper)
        books.tell("invoice.created", paper)
        return paper

    def update(self, ids: Params, params: Params) -> Paper:
        invoice = self._books.shelf.get("invoice", ids["id"], "id", status=404)
        frozen = [name for name in params if name not in ("metadata", "expand")]
        if invoice["status"] != "draft" and frozen:
            raise Refused("Finalized invoices can't be updated in this way", param=frozen[0])
        if params.get("number") != invoice["number"]:
            self._free_number(params.get("number"))
        kept = KNOWN_UPDATE - {"metadata", "days_until_due"}
        changed = {name: params[name] or None for name in kept if name in params}
        if "days_until_due" in params:
            _fitting({"collection_method": invoice["collection_method"], **params})
            changed["due_date"] = invoice["created"] + params["days_until_due"] * DAY_S
        if "metadata" in params:
            changed["metadata"] = kept_metadata(params["metadata"], invoice["metadata"])
        before = {name: invoice[name] for name, value in changed.items() if invoice[name] != value}
        invoice |= changed
        if before:
            self._books.tell("invoice.updated", invoice, before)
        return invoice

    def delete(self, ids: Params, _params: Params) -> Paper:
        invoice = self._books.shelf.get("invoice", ids["id"], "invoice", status=404)
        if invoice["status"] != "draft":
            raise Refused("You can only delete draft invoices.")
        self._books.shelf.drop(invoice["id"])
        for item in self._books.shelf.every("invoiceitem", invoice=invoice["id"]):
            self._books.shelf.drop(item["id"])
        self._books.journal.add("draft_deleted", invoice_id=invoice["id"])
        self._books.tell("invoice.deleted", invoice)
        return {"id": invoice["id"], "object": "invoice", "deleted": True}

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("invoice", ids["id"], "invoice", status=404)

    def list_all(self, _ids: Params, params: Params) -> Paper:
        names = ("customer", "status", "collection_method")
        found = self._books.shelf.every("invoice", **{name: params[name] for name in names if name in params})
        found = within(within(found, params.get("created")), params.get("due_date"), "due_date")
        return page(self._books.shelf, found, params, "/v1/invoices")

    def lines(self, ids: Params, params: Params) -> Paper:
        invoice = self.retrieve(ids, params)
        return page(self._books.shelf, invoice["lines"]["data"], params, f"/v1/invoices/{ids['id']}/lines")

    def create_item(self, _ids: Params, params: Params) -> Paper:
        """One line. Stripe needs an amount with its currency, or a price; prices are not modelled here."""
        books = self._books
        books.shelf.get("customer", params["customer"], "customer")
        currency, invoice = known(params["currency"]), None
        fitting(params["amount"], currency)
        if "invoice" in params:
            invoice = books.shelf.get("invoice", params["invoice"], "invoice")
            if invoice["customer"] != params["customer"]:
                raise Refused(f"The invoice {invoice['id']} belongs to another customer.", param="invoice")
            if invoice["status"] != "draft":
                raise Refused(
                    "Invalid invoice: This invoice is no longer editable",
                    code="invoice_not_editable",
                    param="invoice",
                )
            if currency != invoice["currency"]:
                raise Refused(
                    f"You cannot combine currencies on a single invoice: it has {invoice['currency']}.",
                    param="currency",
                )
        item = invoice_item(books.shelf.new_id("ii"), params, currency, books.clock.now_s())
        item["metadata"] = kept_metadata(params.get("metadata"))
        books.shelf.put(item)
        if invoice:
            invoice["lines"]["data"].insert(0, invoice_line(books.shelf.new_id("il"), item))
            _add_up(invoice)
            books.tell("invoice.updated", invoice, {})
        return item

    def delete_item(self, ids: Params, _params: Params) -> Paper:
        item = self._books.shelf.get("invoiceitem", ids["id"], "id", status=404)
        invoice = self._books.shelf.find(item["invoice"] or "")
        if invoice and invoice["status"] != "draft":
            raise Refused(
                "You cannot delete an invoice item that is attached to an invoice that is not editable."
            )
        self._books.shelf.drop(item["id"])
        if invoice:
            lines = invoice["lines"]["data"]
            lines[:] = [
                one for one in lines if one["parent"]["invoice_item_details"]["invoice_item"] != item["id"]
            ]
            _add_up(invoice)
        return {"id": item["id"], "object": "invoiceitem", "deleted": True}

    def retrieve_item(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("invoiceitem", ids["id"], "id", status=404)

    def list_items(self, _ids: Params, params: Params) -> Paper:
        names = ("customer", "invoice")
        found = self._books.shelf.every(
            "invoiceitem", **{name: params[name] for name in names if name in params}
        )
        if "pending" in params:
            found = [one for one in found if (one["invoice"] is None) == params["pending"]]
        return page(
            self._books.shelf, within(found, params.get("created"), "date"), params, "/v1/invoiceitems"
        )

    def _free_number(self, number: Any) -> None:
        if number and len(number) > NUMBER_LENGTH:
            raise Refused(
                f"Invalid string: number must be at most {NUMBER_LENGTH} characters", param="number"
            )
        if number and self._books.shelf.every("invoice", number=number):
            raise Refused(f"Invoice number {number} is already in use.", param="number")


def _fitting(params: Params) -> None:
    """Whether what a draft is made with fits together. Raises Refused."""
    has_term = "days_until_due" in params or "due_date" in params
    if params.get("collection_method") == "send_invoice" and not has_term:
        raise Refused(
            "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'."
        )
    if params.get("collection_method") != "send_invoice" and has_term:
        raise Refused(
            "You can only specify 'due_date' or 'days_until_due' if invoice collection method is"
            " 'send_invoice'."
        )
    if "days_until_due" in params and "due_date" in params:
        raise Refused(
            "You may only specify one of these parameters: days_until_due, due_date.", param="due_date"
        )
    if not 0 <= params.get("days_until_due", 1) <= MAX_DAYS:
        raise Refused(f"days_until_due must be between 0 and {MAX_DAYS}", param="days_until_due")
    if params.get("pending_invoice_items_behavior") == "include":
        raise Refused("This sandbox does not model pending items.", param="pending_invoice_items_behavior")
    custom = params.get("custom_fields") or []
    if len(custom) > MAX_CUSTOM_FIELDS or any(
        len(one["name"]) > 40 or len(one["value"]) > 140 for one in custom
    ):
        raise Refused(
            "At most 4 custom fields, names of 40 and values of 140 characters", param="custom_fields"
        )


def _add_up(invoice: Paper) -> None:
    total_minor = sum(one["amount"] for one in invoice["lines"]["data"])
    for name in ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"):
        invoice[name] = total_minor
    invoice["amount_due"] = invoice["amount_remaining"] = max(0, total_minor)
