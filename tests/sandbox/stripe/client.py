"""The real SDK on the sandbox; every answer that comes through it is held against the SDK's classes."""

from __future__ import annotations

import json
from typing import Any

import stripe

from app.sandbox.stripe import SANDBOX_KEY, SandboxStripe
from tests.sandbox.stripe import shapes

TAGS = {
    "closeout_event": "evt_98234109",
    "closeout_contract": "con_7732_alpha",
    "closeout_milestone": "2",
    "closeout_revision": "1",
    "closeout_account": "acct_dev",
}
DEV, DESIGN = "acct_dev", "acct_design"


class _Checked(stripe.RequestsClient):
    def request(self, *args: Any, **kwargs: Any) -> Any:
        content, status, headers = super().request(*args, **kwargs)
        if status == 200:
            answer = json.loads(content)
            if answer["object"] != "balance":
                shapes.check(answer)
        return content, status, headers


def sdk(sandbox: SandboxStripe, key: str = SANDBOX_KEY, timeout_s: float = 20) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": sandbox.url},
        http_client=_Checked(timeout=timeout_s),
        max_network_retries=0,
    )


class Shop:
    """An agency at work: what it does again and again, through the SDK."""

    def __init__(self, sandbox: SandboxStripe) -> None:
        self.sandbox = sandbox
        self.api = sdk(sandbox).v1

    def draft(self, *amounts: int, **changes: Any) -> stripe.Invoice:
        customer = self.api.customers.create({"email": "ap@acme.example", "name": "Acme Corp"}).id
        params: Any = {
            "customer": customer,
            "collection_method": "send_invoice",
            "days_until_due": 15,
            "currency": "usd",
            "auto_advance": False,
            "metadata": TAGS,
            **changes,
        }
        invoice = self.api.invoices.create(params)
        for amount in amounts:
            self.api.invoice_items.create(
                {
                    "customer": params["customer"],
                    "invoice": invoice.id,
                    "amount": amount,
                    "currency": params["currency"],
                    "description": "UI prototype",
                }
            )
        return self.api.invoices.retrieve(invoice.id)

    def sent(self, *amounts: int, **changes: Any) -> stripe.Invoice:
        invoice = self.draft(*amounts, **changes)
        self.api.invoices.finalize_invoice(invoice.id)
        return self.api.invoices.send_invoice(invoice.id)

    def paid(self, amount: int = 750_000, **changes: Any) -> tuple[stripe.Invoice, str]:
        """An invoice that a client paid by card, and its charge's id."""
        invoice = self.sent(amount, **changes)
        self.sandbox.pay(invoice.id)
        return self.api.invoices.retrieve(invoice.id), self.sandbox.charges_of(invoice.id)[0]["id"]

    def transfer(self, amount: int, source: str = "", **changes: Any) -> stripe.Transfer:
        params: Any = {
            "amount": amount,
            "currency": "usd",
            "destination": DEV,
            "transfer_group": "con_7732_alpha-2",
            "metadata": TAGS,
            **({"source_transaction": source} if source else {}),
            **changes,
        }
        return self.api.transfers.create(params)

    def kinds(self) -> list[str]:
        """What the journal says happened, without the requests and their answers."""
        noise = ("request", "answer", "callback")
        return [one["kind"] for one in self.sandbox.journal.entries() if one["kind"] not in noise]
