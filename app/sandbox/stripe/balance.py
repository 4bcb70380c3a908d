"""Whose money lies where: the platform's balance and that of each connected account. Money is only moved.

https://docs.stripe.com/api/balance and https://docs.stripe.com/connect/account-balances
"""

from __future__ import annotations

from dataclasses import dataclass

from app.sandbox.stripe.books import Books, Params
from app.sandbox.stripe.shelf import Paper

_CATEGORIES = {"transfer_refund": "transfer_reversal", "adjustment": "dispute"}


@dataclass(frozen=True)
class _Entry:
    amount_minor: int
    currency: str
    available_on: int


class Balances:
    """The platform's balance is the sum of its balance transactions; a payee's is kept as entries here."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._payees: dict[str, list[_Entry]] = {}

    def post(
        self,
        kind: str,
        source_id: str | None,
        amount_minor: int,
        currency: str,
        available_on: int | None = None,
    ) -> str:
        """Book on the platform's balance; the balance transaction's id. Nobody pays fees here."""
        now_s = self._books.clock.now_s()
        paper = {
            "id": self._books.shelf.new_id("txn"),
            "object": "balance_transaction",
            "amount": amount_minor,
            "available_on": now_s if available_on is None else available_on,
            "balance_type": "payments",
            "created": now_s,
            "currency": currency,
            "description": None,
            "exchange_rate": None,
            "fee": 0,
            "fee_details": [],
            "net": amount_minor,
            "reporting_category": _CATEGORIES.get(kind, kind),
            "source": source_id,
            "status": "pending",
            "type": kind,
        }
        return str(self._books.shelf.put(paper)["id"])

    def available_on(self, transaction_id: str) -> int:
        return int(self._books.shelf.get("balance_transaction", transaction_id, "id")["available_on"])

    def platform(self, currency: str, *, pending: bool = False) -> int:
        """What is available, or what is still pending, in minor units."""
        now_s = self._books.clock.now_s()
        return sum(
            one["net"]
            for one in self._books.shelf.every("balance_transaction", currency=currency)
            if (one["available_on"] > now_s) == pending
        )

    def set_platform(self, currency: str, amount_minor: int) -> None:
        """Make the available balance this, by money from or to the platform's own bank account."""
        change_minor = amount_minor - self.platform(currency)
        if change_minor:
            self.post("topup" if change_minor > 0 else "payout", None, change_minor, currency)
        self._books.journal.add("balance_set", change_cents=change_minor, currency=currency)

    def move_payee(self, account: str, amount_minor: int, currency: str, available_on: int) -> None:
        self._payees.setdefault(account, []).append(_Entry(amount_minor, currency, available_on))

    def payee(self, account: str, currency: str, *, pending: bool = False) -> int:
        now_s = self._books.clock.now_s()
        return sum(
            one.amount_minor
            for one in self._payees.get(account, [])
            if one.currency == currency and (one.available_on > now_s) == pending
        )

    def set_payee(self, account: str, currency: str, amount_minor: int) -> None:
        """Make a payee's available balance this: they paid it out to their bank, or earned elsewhere."""
        change_minor = amount_minor - self.payee(account, currency)
        self.move_payee(account, change_minor, currency, self._books.clock.now_s())
        self._books.journal.add(
            "payee_balance_set", account=account, change_cents=change_minor, currency=currency
        )

    def retrieve(self, _ids: Params, _params: Params) -> Paper:
        currencies = sorted({one["currency"] for one in self._books.shelf.every("balance_transaction")})
        return {
            "object": "balance",
            "available": [self._part(one, pending=False) for one in currencies or ["usd"]],
            "livemode": False,
            "pending": [self._part(one, pending=True) for one in currencies or ["usd"]],
        }

    def _part(self, currency: str, *, pending: bool) -> Paper:
        amount_minor = self.platform(currency, pending=pending)
        return {"amount": amount_minor, "currency": currency, "source_types": {"card": amount_minor}}
