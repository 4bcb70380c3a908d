"""Credit notes: less to pay on an open invoice, money back on a paid one.

A note first reduces what remains to be paid; the rest must be spread over refunds, the client's credit and
money outside of Stripe, to the last unit. https://docs.stripe.com/api/credit_notes/create
"""

from __future__ import annotations

from typing import Any

from app.sandbox.stripe.books import Books, Params, kept_metadata, tags
from app.sandbox.stripe.currencies import shown
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.payments import Payments
from app.sandbox.stripe.refunds import Refunds
from app.sandbox.stripe.shelf import Paper, listed

KNOWN = frozenset(
    {
        "amount",
        "credit_amount",
        "email_type",
        "invoice",
        "lines",
        "memo",
        "metadata",
        "out_of_band_amount",
        "reason",
        "refund_amount",
        "refunds",
    }
)
_WAYS = ("refund_amount", "credit_amount", "out_of_band_amount")


class CreditNotes:
    def __init__(self, books: Books, payments: Payments, refunds: Refunds) -> None:
        self._books, self._payments, self._refunds = books, payments, refunds

    def create(self, _ids: Params, params: Params) -> Paper:
        books = self._books
        invoice = books.shelf.get("invoice", params["invoice"], "invoice")
        if invoice["status"] not in ("open", "paid"):
            raise Refused(
                f"You can only create credit notes for open or paid invoices, not {invoice['status']} ones."
            )
        lines, total_minor = self._lines(invoice, params)
        pre_minor = min(total_minor, invoice["amount_remaining"])
        post_minor = total_minor - pre_minor
        linked = self._linked(invoice, params.get("refunds", []))
        self._spread(invoice, params, post_minor, sum(one["amount_refunded"] for one in linked))
        charge = self._refunded_charge(invoice, params.get("refund_amount", 0))
        if params.get("credit_amount"):
            self._payments.may_credit(invoice["customer"], invoice["currency"])
        note = self._paper(invoice, params, lines, pre_minor, post_minor)
        books.shelf.put(note)
        self._give_back(invoice, note, params, charge, linked)
        invoice["pre_payment_credit_notes_amount"] += pre_minor
        invoice["post_payment_credit_notes_amount"] += post_minor
        books.tell("credit_note.created", note)
        if pre_minor:
            invoice["amount_due"] -= pre_minor
            invoice["amount_remaining"] -= pre_minor
            books.journal.add(
                "invoice_reduced",
                invoice_id=invoice["id"],
                amount_cents=pre_minor,
                currency=invoice["currency"],
            )
            self._payments.shrink(invoice)
        books.tell("invoice.updated", invoice, {})
        return note

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("credit_note", ids["id"], "id", status=404)

    def list_all(self, _ids: Params, params: Params) -> Paper:
        names = ("invoice", "customer")
        found = self._books.shelf.every(
            "credit_note", **{name: params[name] for name in names if name in params}
        )
        return page(self._books.shelf, within(found, params.get("created")), params, "/v1/credit_notes")

    def _lines(self, invoice: Paper, params: Params) -> tuple[list[Paper], int]:
        """The note's lines and total. Raises Refused."""
        if ("amount" in params) == ("lines" in params):
            raise Refused("You must provide exactly one of amount or lines.", param="amount")
        if "amount" in params:
            lines = [self._line("Credit", params["amount"], None, 1)]
        else:
            lines = [self._asked_line(invoice, one, place) for place, one in enumerate(params["lines"])]
        total_minor = sum(one["amount"] for one in lines)
        if total_minor < 1 or any(one["amount"] < 1 for one in lines):
            raise Refused("A credit note's amounts must be greater than 0.", param="amount")
        return lines, total_minor

    def _asked_line(self, invoice: Paper, asked: dict[str, Any], place: int) -> Paper:
        param = f"lines[{place}]"
        quantity = asked.get("quantity", 1)
        if asked["type"] == "custom_line_item":
            if "description" not in asked or "unit_amount" not in asked:
                raise Refused(
                    f"Missing required param: {param}[unit_amount].", code="parameter_missing", param=param
                )
            return self._line(asked["description"], asked["unit_amount"] * quantity, None, quantity)
        same = [one for one in invoice["lines"]["data"] if one["id"] == asked.get("invoice_line_item")]
        if not same:
            raise Refused(
                f"No such line on {invoice['id']}",
                code="resource_missing",
                param=f"{param}[invoice_line_item]",
            )
        amount_minor = asked.get("amount", same[0]["amount"])
        if amount_minor > same[0]["amount"]:
            raise Refused("The credited amount is greater than the line's.", param=f"{param}[amount]")
        return self._line(same[0]["description"], amount_minor, same[0]["id"], 1)

    def _line(self, description: str | None, amount_minor: int, source: str | None, quantity: int) -> Paper:
        return {
            "id": self._books.shelf.new_id("cnli"),
            "object": "credit_note_line_item",
            "amount": amount_minor,
            "description": description,
            "discount_amount": 0,
            "discount_amounts": [],
            "invoice_line_item": source,
            "livemode": False,
            "metadata": {},
            "pretax_credit_amounts": [],
            "quantity": quantity,
            "tax_rates": [],
            "taxes": [],
            "type": "invoice_line_item" if source else "custom_line_item",
            "unit_amount": amount_minor // quantity,
            "unit_amount_decimal": str(amount_minor // quantity),
        }

    def _spread(self, invoice: Paper, params: Params, post_minor: int, linked_minor: int) -> None:
        """Whether what was paid is given back in full, and no more than was billed. Raises Refused.

        All notes together are at most the invoice's total, of which the client's credit may have paid a part:
        https://docs.stripe.com/invoicing/dashboard/credit-notes
        """
        parts = [params.get(name, 0) for name in _WAYS]
        given_minor = sum(parts) + linked_minor
        if min(parts) < 0 or given_minor != post_minor:
            raise Refused(
                "The sum of credit amount, refund amount and out of band amount"
                f" ({shown(given_minor, invoice['currency'])}) must equal the credit note amount"
                f" ({shown(post_minor, invoice['currency'])})."
            )
        left_minor = invoice["total"] - invoice["amount_remaining"] - _credited_minor(invoice)
        if post_minor > left_minor:
            raise Refused(
                f"The credit note is over {shown(post_minor, invoice['currency'])} of payments, but only"
                f" {shown(left_minor, invoice['currency'])} can still be credited.",
                param="amount",
            )

    def _refunded_charge(self, invoice: Paper, amount_minor: int) -> Paper | None:
        """The one charge that `refund_amount` is taken from. Raises Refused.

        What several charges must give back is refunded first and then linked by `refunds`.
        """
        if not amount_minor:
            return None
        for charge in self._payments.charges_of(invoice):
            if charge["amount"] - charge["amount_refunded"] >= amount_minor:
                self._refunds.refundable(charge, amount_minor)
                return charge
        raise Refused(
            "No charge of this invoice has that much left to refund; use refunds.", param="refund_amount"
        )

    def _linked(self, invoice: Paper, asked: list[dict[str, Any]]) -> list[Paper]:
        """Refunds that were made before and now belong to this note. Raises Refused."""
        charges = {one["id"] for one in self._payments.charges_of(invoice)}
        entries: list[Paper] = []
        for place, one in enumerate(asked):
            param = f"refunds[{place}]"
            refund = self._books.shelf.get("refund", one.get("refund", ""), f"{param}[refund]")
            earlier = [entry for note in self._books.shelf.every("credit_note") for entry in note["refunds"]]
            used_minor = sum(
                entry["amount_refunded"] for entry in (*earlier, *entries) if entry["refund"] == refund["id"]
            )
            amount_minor = one.get("amount_refunded", refund["amount"] - used_minor)
            if refund["charge"] not in charges or not 0 < amount_minor <= refund["amount"] - used_minor:
                raise Refused(f"{refund['id']} can not be linked with that amount.", param=param)
            entries.append(_entry(refund["id"], amount_minor))
        return entries

    def _give_back(
        self, invoice: Paper, note: Paper, params: Params, charge: Paper | None, linked: list[Paper]
    ) -> None:
        note["refunds"] = linked
        if charge:
            refund = self._refunds.refund(charge, params["refund_amount"], note_id=note["id"])
            note["refunds"] = [*linked, _entry(refund["id"], refund["amount"])]
        if params.get("credit_amount"):
            self._payments.credit(invoice["customer"], params["credit_amount"], invoice["currency"])
            note["customer_balance_transaction"] = self._books.shelf.new_id("cbtxn")
        if params.get("out_of_band_amount"):
            self._books.journal.add(
                "credit_note",
                credit_note_id=note["id"],
                refund_id="",
                invoice_id=invoice["id"],
                event_id=tags(note)["event_id"],
                amount_cents=params["out_of_band_amount"],
                currency=invoice["currency"],
                out_of_band=True,
            )

    def _paper(
        self, invoice: Paper, params: Params, lines: list[Paper], pre_minor: int, post_minor: int
    ) -> Paper:
        note_id, total_minor = self._books.shelf.new_id("cn"), pre_minor + post_minor
        earlier = len(self._books.shelf.every("credit_note", invoice=invoice["id"]))
        amounts = ("amount", "subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax")
        one_kind = "post_payment" if post_minor else "pre_payment"
        return {
            "id": note_id,
            "object": "credit_note",
            **dict.fromkeys(amounts, total_minor),
            "amount_shipping": 0,
            "created": self._books.clock.now_s(),
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "customer_account": None,
            "customer_balance_transaction": None,
            "discount_amount": 0,
            "discount_amounts": [],
            "effective_at": self._books.clock.now_s(),
            "invoice": invoice["id"],
            "lines": listed(lines, f"/v1/credit_notes/{note_id}/lines"),
            "livemode": False,
            "memo": params.get("memo"),
            "metadata": kept_metadata(params.get("metadata")),
            "number": f"{invoice['number']}-CN-{earlier + 1:02d}",
            "out_of_band_amount": params.get("out_of_band_amount"),
            "pdf": f"{self._books.base_url}/c/{note_id}",
            "post_payment_amount": post_minor,
            "pre_payment_amount": pre_minor,
            "pretax_credit_amounts": [],
            "reason": params.get("reason"),
            "refunds": [],
            "shipping_cost": None,
            "status": "issued",
            "total_taxes": [],
            "type": "mixed" if pre_minor and post_minor else one_kind,
            "voided_at": None,
        }


def _credited_minor(invoice: Paper) -> int:
    """What earlier notes took off an invoice."""
    names = ("pre_payment_credit_notes_amount", "post_payment_credit_notes_amount")
    return sum(invoice[name] for name in names)


def _entry(refund_id: str, amount_minor: int) -> Paper:
    return {
        "amount_refunded": amount_minor,
        "payment_record_refund": None,
        "refund": refund_id,
        "type": "refund",
    }
