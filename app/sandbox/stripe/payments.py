"""The client's money: payment intents, charges, payment records, and which invoice each paid.

When an invoice is finalized it gets a default payment over all of it, which stays `open` until somebody pays
it; a part, or too much, comes as a payment of its own. https://docs.stripe.com/invoicing/partial-payments
"""

from __future__ import annotations

from app.sandbox.stripe.balance import Balances
from app.sandbox.stripe.books import Books, Params
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.money_papers import charge_paper, invoice_payment, payment_intent, payment_record
from app.sandbox.stripe.shelf import Paper, listed


class Payments:
    def __init__(self, books: Books, balances: Balances) -> None:
        self._books, self._balances = books, balances
        books.shelf.extras[("invoice", "payments")] = self._payments_of
        books.shelf.extras[("invoice", "amount_paid_off_stripe")] = self._paid_off_stripe

    def expect(self, invoice: Paper) -> None:
        """Open the default payment of an invoice that was just finalized."""
        intent = self._intent(invoice, invoice["amount_remaining"])
        self._link(invoice, "payment_intent", intent["id"], invoice["amount_remaining"], is_default=True)

    def receive(self, invoice: Paper, amount_minor: int, *, out_of_band: bool = False) -> Paper:
        """Money came for an open invoice; the invoice payment. Raises Refused.

        Out of band there is neither a charge nor money on the balance. What is too much becomes the client's
        credit, which the next invoice in this currency uses up.
        """
        if invoice["status"] not in ("open", "uncollectible"):
            raise Refused(f"{invoice['id']} is {invoice['status']}: its page takes no payment.")
        if type(amount_minor) is not int or amount_minor < 1:
            raise Refused("A payment is a whole number of at least 1, in minor units.", param="amount_cents")
        if amount_minor > invoice["amount_remaining"]:
            self.may_credit(invoice["customer"], invoice["currency"])
        payment = self._taken(invoice, amount_minor, out_of_band=out_of_band)
        self._books.journal.add(
            "money_in",
            invoice_id=invoice["id"],
            amount_cents=amount_minor,
            currency=invoice["currency"],
            payment_id=payment["id"],
            out_of_band=out_of_band,
        )
        invoice["amount_paid"] += amount_minor
        over_minor = max(0, invoice["amount_paid"] - invoice["amount_due"])
        invoice["amount_remaining"] = max(0, invoice["amount_due"] - invoice["amount_paid"])
        self._books.tell("invoice_payment.paid", payment)
        if over_minor:
            invoice["amount_overpaid"] = over_minor
            self.credit(invoice["customer"], over_minor, invoice["currency"])
            self._books.tell("invoice.overpaid", invoice)
        if invoice["amount_remaining"]:
            self._resize(invoice)
            self._books.tell("invoice.updated", invoice, {})
        else:
            self.settle(invoice)
        return payment

    def settle(self, invoice: Paper) -> None:
        """Nothing is left to pay."""
        invoice["status"] = "paid"
        invoice["status_transitions"]["paid_at"] = self._books.clock.now_s()
        self.give_up(invoice, "automatic")
        self._books.tell("invoice.paid", invoice)

    def shrink(self, invoice: Paper) -> None:
        """Less is left to pay than before, by a credit note."""
        if invoice["amount_remaining"] == 0:
            self.settle(invoice)
        else:
            self._resize(invoice)

    def give_up(self, invoice: Paper, reason: str) -> None:
        """Cancel what was still expected."""
        now_s = self._books.clock.now_s()
        for payment in self._books.shelf.every("invoice_payment", invoice=invoice["id"], status="open"):
            payment["status"] = "canceled"
            payment["status_transitions"]["canceled_at"] = now_s
            intent = self._books.shelf.get("payment_intent", payment["payment"]["payment_intent"], "id")
            intent |= {"status": "canceled", "canceled_at": now_s, "cancellation_reason": reason}

    def credit(self, customer_id: str, amount_minor: int, currency: str) -> None:
        """Put money to the client's credit with the platform: a balance below nothing."""
        customer = self._books.shelf.get("customer", customer_id, "customer")
        customer["currency"] = currency
        customer["balance"] -= amount_minor
        self._books.journal.add(
            "customer_credited", customer=customer_id, amount_cents=amount_minor, currency=currency
        )

    def may_credit(self, customer_id: str, currency: str) -> None:
        """A customer's credit is in one currency for ever. Raises Refused."""
        customer = self._books.shelf.get("customer", customer_id, "customer")
        if customer["currency"] not in (None, currency):
            raise Refused(f"The customer's balance is in {customer['currency']}.", param="currency")

    def fail(self, invoice: Paper) -> None:
        """A card was declined: nothing changes but the count."""
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
        self._books.tell("invoice.payment_failed", invoice)

    def invoice_of(self, charge: Paper) -> Paper | None:
        """The invoice that a charge paid."""
        for payment in self._books.shelf.every("invoice_payment"):
            if payment["payment"].get("payment_intent") == charge["payment_intent"]:
                return self._books.shelf.find(payment["invoice"])
        return None

    def charges_of(self, invoice: Paper) -> list[Paper]:
        """An invoice's charges, oldest first."""
        payments = self._books.shelf.every("invoice_payment", invoice=invoice["id"], status="paid")
        intents = {one["payment"].get("payment_intent") for one in payments}
        return [one for one in self._books.shelf.every("charge") if one["payment_intent"] in intents][::-1]

    def list_all(self, _ids: Params, params: Params) -> Paper:
        names = ("invoice", "status")
        found = self._books.shelf.every(
            "invoice_payment", **{name: params[name] for name in names if name in params}
        )
        wanted = params.get("payment")
        if wanted:
            kind = wanted["type"]
            if kind not in wanted:
                raise Refused(f"Missing required param: payment[{kind}].", param=f"payment[{kind}]")
            found = [one for one in found if one["payment"].get(kind) == wanted[kind]]
        return page(self._books.shelf, within(found, params.get("created")), params, "/v1/invoice_payments")

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("invoice_payment", ids["id"], "invoice_payment", status=404)

    def retrieve_intent(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("payment_intent", ids["id"], "intent", status=404)

    def retrieve_record(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("payment_record", ids["id"], "id", status=404)

    def retrieve_charge(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("charge", ids["id"], "charge", status=404)

    def list_charges(self, _ids: Params, params: Params) -> Paper:
        names = ("customer", "payment_intent", "transfer_group")
        found = self._books.shelf.every("charge", **{name: params[name] for name in names if name in params})
        return page(self._books.shelf, within(found, params.get("created")), params, "/v1/charges")

    def _taken(self, invoice: Paper, amount_minor: int, *, out_of_band: bool) -> Paper:
        """Book the money itself; the paid invoice payment."""
        shelf, now_s = self._books.shelf, self._books.clock.now_s()
        if out_of_band:
            record = payment_record(shelf.new_id("pr"), invoice, amount_minor, now_s)
            shelf.put(record)
            payment = self._link(invoice, "payment_record", record["id"], amount_minor)
        elif amount_minor == invoice["amount_remaining"] and (usual := self._default(invoice)):
            payment = usual
            self._charge(invoice, payment["payment"]["payment_intent"], amount_minor)
        else:
            intent = self._intent(invoice, amount_minor)
            payment = self._link(invoice, "payment_intent", intent["id"], amount_minor)
            self._charge(invoice, intent["id"], amount_minor)
        payment |= {"status": "paid", "amount_paid": amount_minor}
        payment["status_transitions"]["paid_at"] = now_s
        return payment

    def _charge(self, invoice: Paper, intent_id: str, amount_minor: int) -> None:
        books, now_s = self._books, self._books.clock.now_s()
        intent = books.shelf.get("payment_intent", intent_id, "id")
        charge = charge_paper(books.shelf.new_id("ch"), intent, invoice, now_s)
        charge["receipt_url"] = f"{books.base_url}/receipts/{charge['id']}"
        books.shelf.put(charge)
        charge["balance_transaction"] = self._balances.post(
            "charge", charge["id"], amount_minor, invoice["currency"], now_s + books.settle_after_s
        )
        intent |= {"status": "succeeded", "amount_received": amount_minor, "latest_charge": charge["id"]}
        intent["payment_method"] = charge["payment_method"]
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
        books.tell("charge.succeeded", charge)
        books.tell("payment_intent.succeeded", intent)

    def _intent(self, invoice: Paper, amount_minor: int) -> Paper:
        intent = payment_intent(
            self._books.shelf.new_id("pi"), invoice, amount_minor, self._books.clock.now_s()
        )
        return self._books.shelf.put(intent)

    def _link(
        self, invoice: Paper, kind: str, money_id: str, amount_minor: int, *, is_default: bool = False
    ) -> Paper:
        payment_id, now_s = self._books.shelf.new_id("inpay"), self._books.clock.now_s()
        payment = invoice_payment(payment_id, invoice, {kind: money_id, "type": kind}, amount_minor, now_s)
        payment["is_default"] = is_default
        return self._books.shelf.put(payment)

    def _default(self, invoice: Paper) -> Paper | None:
        found = self._books.shelf.every(
            "invoice_payment", invoice=invoice["id"], is_default=True, status="open"
        )
        return found[0] if found else None

    def _resize(self, invoice: Paper) -> None:
        """The default payment stays as large as what remains to be paid."""
        payment = self._default(invoice)
        if payment:
            payment["amount_requested"] = invoice["amount_remaining"]
            intent = self._books.shelf.get("payment_intent", payment["payment"]["payment_intent"], "id")
            intent["amount"] = invoice["amount_remaining"]

    def _payments_of(self, invoice: Paper) -> Paper:
        found = self._books.shelf.every("invoice_payment", invoice=invoice["id"])
        shown = [self._books.shelf.view(one) for one in found[:10]]
        url = f"/v1/invoice_payments?invoice={invoice['id']}"
        return listed(shown, url, has_more=len(found) > 10)

    def _paid_off_stripe(self, invoice: Paper) -> int:
        found = self._books.shelf.every("invoice_payment", invoice=invoice["id"], status="paid")
        return sum(one["amount_paid"] for one in found if one["payment"]["type"] == "payment_record")
