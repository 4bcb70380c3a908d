"""Customers, and their credit with the platform. https://docs.stripe.com/api/customers"""

from __future__ import annotations

from typing import Any

from app.sandbox.stripe.books import Books, Params, kept_metadata
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.shelf import Paper

KNOWN = frozenset(
    {"email", "name", "description", "phone", "address", "metadata", "tax_exempt", "invoice_prefix"}
)
"""What a customer can be made with here."""
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


class Customers:
    def __init__(self, books: Books) -> None:
        self._books = books

    def create(self, _ids: Params, params: Params) -> Paper:
        books = self._books
        customer_id = books.shelf.new_id("cus")
        paper = {
            "id": customer_id,
            "object": "customer",
            "address": _address(params.get("address")),
            "balance": 0,
            "created": books.clock.now_s(),
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": params.get("description"),
            "discount": None,
            "email": params.get("email"),
            "invoice_prefix": params.get("invoice_prefix", f"SBX{customer_id[-5:]}"),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": kept_metadata(params.get("metadata")),
            "name": params.get("name"),
            "next_invoice_sequence": 1,
            "phone": params.get("phone"),
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": params.get("tax_exempt") or "none",
            "test_clock": None,
        }
        books.shelf.put(paper)
        books.tell("customer.created", paper)
        return paper

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("customer", ids["id"], "customer", status=404)

    def list_all(self, _ids: Params, params: Params) -> Paper:
        found = self._books.shelf.every("customer")
        if "email" in params:
            found = [one for one in found if one["email"] == params["email"]]  # case counts at Stripe
        return page(self._books.shelf, within(found, params.get("created")), params, "/v1/customers")


def _address(given: Any) -> Paper | None:
    return {name: given.get(name) for name in _ADDRESS} if given else None
