"""The client's bank takes a payment back until somebody decides. https://docs.stripe.com/disputes"""

from __future__ import annotations

from app.sandbox.stripe.balance import Balances
from app.sandbox.stripe.books import Books, Params
from app.sandbox.stripe.clock import DAY_S
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.payments import Payments
from app.sandbox.stripe.shelf import Paper

ANSWER_DAYS = 9
_EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


class Disputes:
    def __init__(self, books: Books, balances: Balances, payments: Payments) -> None:
        self._books, self._balances, self._payments = books, balances, payments

    def open(self, charge_id: str, amount_minor: int | None = None, reason: str = "general") -> Paper:
        """Take a charge, or a part, off the balance at once, also below nothing. Raises Refused."""
        books = self._books
        charge = books.shelf.get("charge", charge_id, "charge", status=404)
        left_minor = charge["amount"] - charge["amount_refunded"]
        wanted_minor = left_minor if amount_minor is None else amount_minor
        if charge["disputed"] or type(wanted_minor) is not int or not 1 <= wanted_minor <= left_minor:
            raise Refused(f"{left_minor} of {charge_id} can be disputed, once", param="amount_cents")
        dispute = self._paper(charge, wanted_minor, reason)
        books.shelf.put(dispute)
        self._move(dispute, -wanted_minor)
        charge["disputed"] = True
        self._record("dispute_opened", dispute)
        books.tell("charge.dispute.created", dispute)
        books.tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close(self, dispute_id: str, status: str) -> Paper:
        """The bank decided: "won" brings the money back, "lost" leaves it gone. Raises Refused."""
        dispute = self._books.shelf.get("dispute", dispute_id, "dispute", status=404)
        if dispute["status"] != "needs_response" or status not in ("won", "lost"):
            raise Refused(
                f"{dispute_id} is {dispute['status']} and becomes won or lost, once", param="status"
            )
        dispute["status"] = status
        if status == "won":
            self._move(dispute, dispute["amount"])
            self._books.tell("charge.dispute.funds_reinstated", dispute)
        self._record("dispute_closed", dispute)
        self._books.tell("charge.dispute.closed", dispute)
        return dispute

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("dispute", ids["id"], "dispute", status=404)

    def list_all(self, _ids: Params, params: Params) -> Paper:
        names = ("charge", "payment_intent")
        found = self._books.shelf.every("dispute", **{name: params[name] for name in names if name in params})
        return page(self._books.shelf, within(found, params.get("created")), params, "/v1/disputes")

    def _move(self, dispute: Paper, amount_minor: int) -> None:
        transaction_id = self._balances.post("adjustment", dispute["id"], amount_minor, dispute["currency"])
        transaction = self._books.shelf.get("balance_transaction", transaction_id, "id")
        dispute["balance_transactions"].append(self._books.shelf.view(transaction))

    def _record(self, kind: str, dispute: Paper) -> None:
        charge = self._books.shelf.get("charge", dispute["charge"], "charge")
        invoice = self._payments.invoice_of(charge)
        self._books.journal.add(
            kind,
            dispute_id=dispute["id"],
            charge_id=charge["id"],
            invoice_id=invoice["id"] if invoice else "",
            amount_cents=dispute["amount"],
            currency=dispute["currency"],
            status=dispute["status"],
        )

    def _paper(self, charge: Paper, amount_minor: int, reason: str) -> Paper:
        now_s = self._books.clock.now_s()
        return {
            "id": self._books.shelf.new_id("du"),
            "object": "dispute",
            "amount": amount_minor,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": now_s,
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": {**dict.fromkeys(_EVIDENCE), "enhanced_evidence": {}},
            "evidence_details": {
                "due_by": now_s + ANSWER_DAYS * DAY_S,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
