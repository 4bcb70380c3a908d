"""Charges given back to the client. https://docs.stripe.com/refunds

A refund does not bring back what payees got. It is paid from the available balance and is pending until that
is enough.
"""

from __future__ import annotations

from app.sandbox.stripe.balance import Balances
from app.sandbox.stripe.books import Books, Params, kept_metadata, tags
from app.sandbox.stripe.currencies import shown
from app.sandbox.stripe.errors import Refused, missing
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.payments import Payments
from app.sandbox.stripe.shelf import Paper, listed

KNOWN = frozenset({"amount", "charge", "payment_intent", "reason", "metadata"})


class Refunds:
    def __init__(self, books: Books, balances: Balances, payments: Payments) -> None:
        self._books, self._balances, self._payments = books, balances, payments
        self._for_note: dict[str, str] = {}
        books.shelf.extras[("charge", "refunds")] = self._refunds_of

    def create(self, _ids: Params, params: Params) -> Paper:
        charge = self._charge(params)
        return self.refund(charge, params.get("amount"), params.get("reason"), params.get("metadata"))

    def refund(
        self,
        charge: Paper,
        amount_minor: int | None,
        reason: str | None = None,
        metadata: object = None,
        note_id: str = "",
    ) -> Paper:
        """Give back a part of a charge, or (None) all that is left. Raises Refused.

        `note_id`: the credit note that it belongs to.
        """
        books = self._books
        wanted_minor = self.refundable(charge, amount_minor)
        refund_id = books.shelf.new_id("re")
        refund = {
            "id": refund_id,
            "object": "refund",
            "amount": wanted_minor,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": books.clock.now_s(),
            "currency": charge["currency"],
            "destination_details": {"type": "card"},
            "metadata": kept_metadata(metadata),
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "pending",
            "pending_reason": "insufficient_funds",
            "transfer_reversal": None,
        }
        books.shelf.put(refund)
        self._for_note[refund_id] = note_id
        charge["amount_refunded"] += wanted_minor
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        books.tell("refund.created", refund)
        books.tell("charge.refunded", charge)
        self.time_passed()
        return refund

    def refundable(self, charge: Paper, amount_minor: int | None) -> int:
        """The amount of a refund that may be made. Raises Refused."""
        left_minor = charge["amount"] - charge["amount_refunded"]
        wanted_minor = left_minor if amount_minor is None else amount_minor
        if charge["disputed"]:
            raise Refused(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
            )
        if left_minor == 0:
            raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        if wanted_minor < 1:
            raise Refused("Invalid positive integer", code="parameter_invalid_integer", param="amount")
        if wanted_minor > left_minor:
            raise Refused(
                f"Refund amount ({shown(wanted_minor, charge['currency'])}) is greater than unrefunded"
                f" amount on charge ({shown(left_minor, charge['currency'])})",
                param="amount",
            )
        return wanted_minor

    def time_passed(self) -> None:
        """Pay the refunds that the available balance is now enough for, oldest first."""
        for refund in self._books.shelf.every("refund", status="pending")[::-1]:
            if refund["amount"] > self._balances.platform(refund["currency"]):
                continue
            refund["balance_transaction"] = self._balances.post(
                "refund", refund["id"], -refund["amount"], refund["currency"]
            )
            refund |= {"status": "succeeded", "pending_reason": None}
            charge = self._books.shelf.get("charge", refund["charge"], "charge")
            invoice = self._payments.invoice_of(charge)
            note = self._books.shelf.find(self._for_note[refund["id"]])
            self._books.journal.add(
                "credit_note",
                credit_note_id=note["id"] if note else refund["id"],
                refund_id=refund["id"],
                invoice_id=invoice["id"] if invoice else "",
                event_id=tags(note or refund)["event_id"],
                amount_cents=refund["amount"],
                currency=refund["currency"],
                out_of_band=False,
            )
            self._books.tell("refund.updated", refund, {"status": "pending"})

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("refund", ids["id"], "refund", status=404)

    def list_all(self, _ids: Params, params: Params) -> Paper:
        names = ("charge", "payment_intent")
        found = self._books.shelf.every("refund", **{name: params[name] for name in names if name in params})
        return page(self._books.shelf, within(found, params.get("created")), params, "/v1/refunds")

    def _charge(self, params: Params) -> Paper:
        if ("charge" in params) == ("payment_intent" in params):
            raise Refused(
                "One of the following params should be provided for this request: payment_intent or charge."
            )
        if "charge" in params:
            return self._books.shelf.get("charge", params["charge"], "charge")
        intent = self._books.shelf.get("payment_intent", params["payment_intent"], "payment_intent")
        if intent["latest_charge"] is None:
            raise missing("successful charge of payment intent", intent["id"], "payment_intent")
        return self._books.shelf.get("charge", intent["latest_charge"], "payment_intent")

    def _refunds_of(self, charge: Paper) -> Paper:
        found = [
            self._books.shelf.view(one) for one in self._books.shelf.every("refund", charge=charge["id"])
        ]
        return listed(found[:10], f"/v1/charges/{charge['id']}/refunds", has_more=len(found) > 10)
