"""Money to connected accounts, and back. https://docs.stripe.com/connect/separate-charges-and-transfers

A transfer out of a charge (`source_transaction`) is taken whatever the balance is, up to the charge, and its
money is there once the charge's is. Any other needs the available balance.
"""

from __future__ import annotations

from app.sandbox.stripe.balance import Balances
from app.sandbox.stripe.books import Books, Params, kept_metadata, tags
from app.sandbox.stripe.currencies import fitting, known, shown
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.payments import Payments
from app.sandbox.stripe.shelf import Paper, listed

KNOWN = frozenset(
    {"amount", "currency", "destination", "source_transaction", "transfer_group", "description", "metadata"}
)
KNOWN_REVERSAL = frozenset({"amount", "description", "metadata"})


class Transfers:
    def __init__(self, books: Books, balances: Balances, payments: Payments) -> None:
        self._books, self._balances, self._payments = books, balances, payments

    def create(self, _ids: Params, params: Params) -> Paper:
        books, amount_minor, currency = self._books, params["amount"], known(params["currency"])
        _at_least_one(fitting(amount_minor, currency))
        account = books.shelf.get("account", params["destination"], "destination")
        if account["capabilities"]["transfers"] != "active":
            raise Refused(
                "Your destination account needs to have at least one of the following capabilities enabled:"
                " transfers, crypto_transfers, legacy_payments",
                code="insufficient_capabilities_for_transfer",
            )
        charge = self._source(params, currency) if "source_transaction" in params else None
        if charge is None and amount_minor > self._balances.platform(currency):
            raise Refused(
                "You have insufficient funds in your Stripe account for this transfer. Your card balance is"
                " too low.  You can use the /v1/balance endpoint to view your Stripe balance.",
                code="balance_insufficient",
            )
        paper = self._paper(params, currency, charge)
        books.shelf.put(paper)
        available_on = books.clock.now_s()
        if charge:
            available_on = max(available_on, self._balances.available_on(charge["balance_transaction"]))
        paper["balance_transaction"] = self._balances.post(
            "transfer", paper["id"], -amount_minor, currency, available_on
        )
        self._balances.move_payee(account["id"], amount_minor, currency, available_on)
        books.journal.add(
            "transfer",
            payout_id=paper["id"],
            **self._about(paper),
            account=account["id"],
            amount_cents=amount_minor,
            currency=currency,
        )
        books.tell("transfer.created", paper)
        return paper

    def reverse(self, ids: Params, params: Params) -> Paper:
        """Bring a transfer back, or a part of it, out of the payee's available balance."""
        books = self._books
        transfer = books.shelf.get("transfer", ids["id"], "id", status=404)
        left_minor = transfer["amount"] - transfer["amount_reversed"]
        amount_minor, currency = params.get("amount", left_minor), transfer["currency"]
        if left_minor == 0:
            raise Refused(f"Transfer {transfer['id']} is already fully reversed.")
        _at_least_one(amount_minor)
        if amount_minor > left_minor:
            raise Refused(
                f"Reversal amount ({shown(amount_minor, currency)}) is greater than unreversed amount on"
                f" transfer ({shown(left_minor, currency)})",
                param="amount",
            )
        account = transfer["destination"]
        if amount_minor > self._balances.payee(account, currency):
            raise Refused(
                f"The connected account {account} has insufficient funds to cover this reversal.",
                code="balance_insufficient",
            )
        reversal = self._reversal(transfer, amount_minor, params)
        books.shelf.put(reversal)
        transfer["amount_reversed"] += amount_minor
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        transfer["reversals"]["data"].insert(0, books.shelf.view(reversal))
        self._balances.move_payee(account, -amount_minor, currency, books.clock.now_s())
        books.journal.add(
            "reversal",
            payout_id=transfer["id"],
            reversal_id=reversal["id"],
            **{**self._about(transfer), "event_id": tags(reversal)["event_id"]},
            account=account,
            amount_cents=amount_minor,
            currency=currency,
        )
        books.tell("transfer.reversed", transfer)
        return reversal

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        return self._books.shelf.get("transfer", ids["id"], "transfer", status=404)

    def list_all(self, _ids: Params, params: Params) -> Paper:
        names = ("transfer_group", "destination")
        found = self._books.shelf.every(
            "transfer", **{name: params[name] for name in names if name in params}
        )
        return page(self._books.shelf, within(found, params.get("created")), params, "/v1/transfers")

    def list_reversals(self, ids: Params, params: Params) -> Paper:
        self.retrieve(ids, params)
        found = self._books.shelf.every("transfer_reversal", transfer=ids["id"])
        return page(self._books.shelf, found, params, f"/v1/transfers/{ids['id']}/reversals")

    def retrieve_reversal(self, ids: Params, _params: Params) -> Paper:
        reversal = self._books.shelf.get("transfer_reversal", ids["reversal"], "id", status=404)
        self._books.shelf.get("transfer", ids["id"], "transfer", status=404)
        return reversal

    def _source(self, params: Params, currency: str) -> Paper:
        """The charge that a transfer is paid from. Raises Refused.

        Stricter than Stripe is known to be: what was refunded of a charge, or is disputed, pays nobody.
        """
        charge = self._books.shelf.get("charge", params["source_transaction"], "source_transaction")
        if charge["currency"] != currency:
            raise Refused(
                f"The currency of source_transaction's balance transaction ({charge['currency']}) must be the"
                f" same as the transfer currency ({currency})",
                param="currency",
            )
        if charge["disputed"]:
            raise Refused(
                f"The charge {charge['id']} is disputed.", code="charge_disputed", param="source_transaction"
            )
        earlier = self._books.shelf.every("transfer", source_transaction=charge["id"])
        gone_minor = sum(one["amount"] for one in earlier)
        usable_minor = charge["amount"] - charge["amount_refunded"]
        if params["amount"] + gone_minor > usable_minor:
            raise Refused(
                "Transfers using this transaction as a source must not exceed the source amount of"
                f" {shown(usable_minor, currency)}. (There are already transfers using this source,"
                f" amounting to {shown(gone_minor, currency)}.)",
                param="amount",
            )
        return charge

    def _about(self, transfer: Paper) -> dict[str, str]:
        """Whose invoice and whose order a transfer belongs to, by its charge or by its metadata."""
        known = tags(transfer)
        charge = self._books.shelf.find(transfer["source_transaction"] or "")
        invoice = self._payments.invoice_of(charge) if charge else None
        if invoice is None and known["contract_id"]:
            names = ("contract_id", "milestone_index", "revision")
            same = [
                one
                for one in self._books.shelf.every("invoice")
                if all(tags(one)[name] == known[name] for name in names)
            ]
            invoice = same[0] if same else None
        return {"invoice_id": invoice["id"] if invoice else "", "event_id": known["event_id"]}

    def _paper(self, params: Params, currency: str, charge: Paper | None) -> Paper:
        transfer_id = self._books.shelf.new_id("tr")
        group = params.get("transfer_group") or (f"group_{charge['id']}" if charge else None)
        return {
            "id": transfer_id,
            "object": "transfer",
            "amount": params["amount"],
            "amount_reversed": 0,
            "balance_transaction": None,
            "created": self._books.clock.now_s(),
            "currency": currency,
            "description": params.get("description"),
            "destination": params["destination"],
            "destination_payment": f"py_{transfer_id.removeprefix('tr_')}",
            "livemode": False,
            "metadata": kept_metadata(params.get("metadata")),
            "reversals": listed([], f"/v1/transfers/{transfer_id}/reversals"),
            "reversed": False,
            "source_transaction": charge["id"] if charge else None,
            "source_type": "card",
            "transfer_group": group,
        }

    def _reversal(self, transfer: Paper, amount_minor: int, params: Params) -> Paper:
        reversal_id = self._books.shelf.new_id("trr")
        return {
            "id": reversal_id,
            "object": "transfer_reversal",
            "amount": amount_minor,
            "balance_transaction": self._balances.post(
                "transfer_refund", reversal_id, amount_minor, transfer["currency"]
            ),
            "created": self._books.clock.now_s(),
            "currency": transfer["currency"],
            "destination_payment_refund": f"pyr_{reversal_id.removeprefix('trr_')}",
            "metadata": kept_metadata(params.get("metadata")),
            "source_refund": None,
            "transfer": transfer["id"],
        }


def _at_least_one(amount_minor: int) -> None:
    if amount_minor < 1:
        raise Refused(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount",
        )
