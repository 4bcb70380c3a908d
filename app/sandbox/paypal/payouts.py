"""Payouts: batches of payments out of the balance. No HTTP here.

Source: https://developer.paypal.com/docs/api/payments.payouts-batch/v1/. What the reference leaves open is as
PayPal's sandbox was seen to answer: a sender_batch_id of the last 30 days is refused with a link to the batch
that has it; PayPal-Request-Id changes nothing; a batch reads SUCCESS while its item is UNCLAIMED, and DENIED
when its only item FAILED.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from app.sandbox.paypal import views
from app.sandbox.paypal.account import Account, event_named
from app.sandbox.paypal.invoices import Invoices
from app.sandbox.paypal.papers import Batch, PayoutItem, PayoutOrder
from app.sandbox.paypal.refusals import payout

REMEMBERED = timedelta(days=30)
"""How long a sender_batch_id is refused; after that it pays again."""
UNCLAIMED = timedelta(days=30)
"""How long a payment waits for a payee without an account before it comes back."""
ENDINGS = {
    "SUCCESS": ("SUCCEEDED", ("PENDING", "UNCLAIMED", "ONHOLD")),
    "FAILED": ("FAILED", ("PENDING",)),
    "UNCLAIMED": ("UNCLAIMED", ("PENDING",)),
    "ONHOLD": ("HELD", ("PENDING",)),
    "BLOCKED": ("BLOCKED", ("PENDING", "ONHOLD")),
    "RETURNED": ("RETURNED", ("UNCLAIMED", "ONHOLD")),
    "REFUNDED": ("REFUNDED", ("SUCCESS",)),
    "REVERSED": ("REFUNDED", ("SUCCESS",)),
}
"""What an item can become: the event that tells so, and what it must be before."""


class Payouts:
    """All under the account's lock. `ordered(batch)` is called when one was taken.

    `unregistered` are payees without an account: their items stay UNCLAIMED.
    """

    def __init__(self, account: Account, invoices: Invoices, ordered: Callable[[Batch], None]) -> None:
        self._account, self._invoices, self._ordered = account, invoices, ordered
        self.unregistered: set[str] = set()
        self._batches: dict[str, Batch] = {}

    def order(self, header: dict[str, Any], currency: str, orders: Sequence[PayoutOrder]) -> Batch:
        """Take a batch and set its money aside, or refuse it whole and forget its sender_batch_id."""
        with self._account.lock:
            sender_batch_id = str(header.get("sender_batch_id", ""))
            self._refuse_repeated(sender_batch_id)
            total_minor = sum(one.amount_minor for one in orders)
            if total_minor > self._account.balance_minor(currency):
                raise payout(422, "INSUFFICIENT_FUNDS", views.ITEM_ERRORS["INSUFFICIENT_FUNDS"])
            self._account.put(currency, -total_minor)
            batch = Batch(
                self._account.new_id(13), sender_batch_id, header, currency, [], self._account.clock.now()
            )
            for one in orders:
                item_id = self._account.new_id(13)
                self._take(batch, one, item_id, batch.id if len(orders) == 1 else item_id)
            self._batches[batch.id] = batch
            self._ordered(batch)
            return batch

    def _refuse_repeated(self, sender_batch_id: str) -> None:
        oldest = self._account.clock.now() - REMEMBERED
        for batch in self._batches.values():
            if sender_batch_id and batch.sender_batch_id == sender_batch_id and batch.created > oldest:
                raise payout(
                    400,
                    "USER_BUSINESS_ERROR",
                    "User business error.",
                    {
                        "field": "SENDER_BATCH_ID",
                        "location": "body",
                        "issue": "Batch with given sender_batch_id already exists",
                        "link": [views.batch_link(self._account, batch.id)],
                    },
                )

    def _take(self, batch: Batch, order: PayoutOrder, item_id: str, journal_id: str) -> None:
        invoice = self._invoices.tagged(order.note)
        item = PayoutItem(
            id=item_id,
            journal_id=journal_id,
            transaction_id=self._account.new_id(17),
            order=order,
            invoice_id=invoice.id if invoice else "",
            event_id=event_named(order.sender_item_id, batch.sender_batch_id),
        )
        batch.items.append(item)
        self._write_down("transfer", item, batch)

    def end(self, item_id: str, status: str, error: str = "") -> PayoutItem:
        """An item becomes one of ENDINGS; what did not arrive is back in the balance."""
        with self._account.lock:
            item, batch = self.item(item_id)
            event, before = ENDINGS.get(status, ("", ()))
            if item.status not in before:
                raise payout(409, "ITEM_INCORRECT_STATUS", f"{item.status} does not become {status}")
            kept = item.status
            item.status, item.ended = status, self._account.clock.now()
            item.error = error or ("RECEIVER_UNREGISTERED" if status == "UNCLAIMED" else "")
            if status == "SUCCESS":
                self._account.journal.add("payout_paid", payout_id=item.journal_id)
            elif status not in ("UNCLAIMED", "ONHOLD"):
                self._bring_back(item, batch, "reversal" if kept == "SUCCESS" else "payout_failed")
            resource = views.payout_item(self._account, item, batch)
            self._account.tell(
                f"PAYMENT.PAYOUTS-ITEM.{event}", "payouts_item", f"A payout item is {status}.", resource
            )
            self._close(batch)
            return item

    def _bring_back(self, item: PayoutItem, batch: Batch, word: str) -> None:
        self._account.put(batch.currency, item.order.amount_minor)
        if word == "reversal":
            self._write_down(word, item, batch)
        else:
            self._account.journal.add(word, payout_id=item.journal_id, reason=item.error or item.status)

    def _close(self, batch: Batch) -> None:
        """The batch ends with its last item: DENIED where nothing of it could even be tried."""
        if batch.completed or any(one.status == "PENDING" for one in batch.items):
            return
        denied = all(one.status in ("FAILED", "BLOCKED") for one in batch.items)
        batch.status, batch.completed = "DENIED" if denied else "SUCCESS", self._account.clock.now()
        self._account.tell(
            f"PAYMENT.PAYOUTSBATCH.{batch.status}",
            "payouts",
            f"Payouts batch is {batch.status}.",
            {"batch_header": views.batch_header(batch), "links": [views.batch_link(self._account, batch.id)]},
        )

    def settle(self, batch_id: str) -> None:
        """What is still pending in a batch ends as its payees have it."""
        with self._account.lock:
            for item in [one for one in self.batch(batch_id).items if one.status == "PENDING"]:
                self.end(item.id, "UNCLAIMED" if item.order.receiver in self.unregistered else "SUCCESS")

    def cancel(self, item_id: str) -> PayoutItem:
        """Only what nobody claimed. It comes back."""
        with self._account.lock:
            item, _ = self.item(item_id)
            if item.status == "RETURNED":
                raise payout(400, "ITEM_ALREADY_CANCELLED", "The requested item is already cancelled.")
            if item.status != "UNCLAIMED":
                raise payout(400, "ITEM_INCORRECT_STATUS", "Only items in Unclaimed status can be cancelled.")
            return self.end(item_id, "RETURNED")

    def return_what_nobody_claimed(self) -> None:
        """Time has passed."""
        with self._account.lock:
            oldest = self._account.clock.now() - UNCLAIMED
            for batch in self._batches.values():
                for item in batch.items:
                    if item.status == "UNCLAIMED" and item.ended and item.ended <= oldest:
                        self.end(item.id, "RETURNED")

    def batch(self, batch_id: str) -> Batch:
        """Raises Refused with 404."""
        with self._account.lock:
            if batch_id not in self._batches:
                raise payout(404, "INVALID_RESOURCE_ID", "Requested resource ID was not found.")
            return self._batches[batch_id]

    def batches(self) -> list[Batch]:
        with self._account.lock:
            return list(self._batches.values())

    def item(self, item_id: str) -> tuple[PayoutItem, Batch]:
        """By its own id or, where it is alone, by its batch's. Raises Refused with 404."""
        with self._account.lock:
            for batch in self._batches.values():
                for item in batch.items:
                    if item_id in (item.id, item.journal_id):
                        return item, batch
        raise payout(404, "INVALID_RESOURCE_ID", "Requested resource ID was not found.")

    def _write_down(self, kind: str, item: PayoutItem, batch: Batch) -> None:
        self._account.journal.add(
            kind,
            payout_id=item.journal_id,
            invoice_id=item.invoice_id,
            event_id=item.event_id if kind == "transfer" else "",
            account=item.order.receiver,
            amount_cents=item.order.amount_minor,
            currency=batch.currency,
        )
