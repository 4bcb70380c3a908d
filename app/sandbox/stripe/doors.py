"""Every address that is served: who answers it, what it may carry, what it needs.

`shape` is the SDK's own parameter type. `known` are the parameters that are modelled here: any other one is
refused rather than overlooked (None: all). `needs` adds what Stripe needs and the type marks as optional.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stripe import params as sdk

from app.sandbox.stripe import credit, customers, drafts, refunds, transfers
from app.sandbox.stripe.books import Params
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.shelf import Paper

if TYPE_CHECKING:
    from app.sandbox.stripe.desks import Desks

PLACES = (
    "customer",
    "invoice",
    "invoice_item",
    "update",
    "finalize",
    "send",
    "void",
    "uncollectible",
    "pay",
    "delete",
    "transfer",
    "reversal",
    "credit_note",
    "refund",
    "read",
)
"""What a fault may be switched on for."""
Handler = Callable[[Params, Params], Paper]


@dataclass(frozen=True)
class Door:
    """One address. `subject` names its permission, such as rak_<subject>_write."""

    method: str
    pattern: re.Pattern[str]
    place: str
    subject: str
    shape: Any
    handler: Handler
    known: frozenset[str] | None = None
    needs: tuple[str, ...] = field(default=())


def doors(desks: Desks) -> list[Door]:
    """All doors, those that read and those that write."""
    return [*_reading(desks), *_invoicing(desks), *_moving(desks)]


def find(every: list[Door], method: str, path: str) -> tuple[Door, Params]:
    """The door for a request and the ids in its address. Raises Refused with 404."""
    for door in every:
        match = door.pattern.fullmatch(path)
        if match and door.method == method:
            return door, match.groupdict()
    raise Refused(f"Unrecognized request URL ({method}: {path}).", status=404)


def _door(line: str, place: str, subject: str, shape: Any, handler: Handler, **more: Any) -> Door:
    """`line` is "POST /v1/invoices/{id}/send"."""
    method, _, path = line.partition(" ")
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9_]+)", path))
    return Door(method, pattern, place, subject, shape, handler, **more)


def _invoicing(desks: Desks) -> list[Door]:
    d, b = desks.drafts, desks.billing
    return [
        _door(
            "POST /v1/customers",
            "customer",
            "customer",
            sdk.CustomerCreateParams,
            desks.customers.create,
            known=customers.KNOWN,
        ),
        _door(
            "POST /v1/invoices",
            "invoice",
            "invoice",
            sdk.InvoiceCreateParams,
            d.create,
            known=drafts.KNOWN,
            needs=("customer",),
        ),
        _door(
            "POST /v1/invoiceitems",
            "invoice_item",
            "invoice",
            sdk.InvoiceItemCreateParams,
            d.create_item,
            known=drafts.KNOWN_ITEM,
            needs=("customer", "amount", "currency"),
        ),
        _door(
            "POST /v1/invoices/{id}",
            "update",
            "invoice",
            sdk.InvoiceUpdateParams,
            d.update,
            known=drafts.KNOWN_UPDATE,
        ),
        _door("DELETE /v1/invoices/{id}", "delete", "invoice", sdk.InvoiceDeleteParams, d.delete),
        _door(
            "DELETE /v1/invoiceitems/{id}", "delete", "invoice", sdk.InvoiceItemDeleteParams, d.delete_item
        ),
        _door(
            "POST /v1/invoices/{id}/finalize",
            "finalize",
            "invoice",
            sdk.InvoiceFinalizeInvoiceParams,
            b.finalize,
        ),
        _door("POST /v1/invoices/{id}/send", "send", "invoice", sdk.InvoiceSendInvoiceParams, b.send),
        _door("POST /v1/invoices/{id}/void", "void", "invoice", sdk.InvoiceVoidInvoiceParams, b.void),
        _door(
            "POST /v1/invoices/{id}/mark_uncollectible",
            "uncollectible",
            "invoice",
            sdk.InvoiceMarkUncollectibleParams,
            b.mark_uncollectible,
        ),
        _door("POST /v1/invoices/{id}/pay", "pay", "invoice", sdk.InvoicePayParams, b.pay),
    ]


def _moving(desks: Desks) -> list[Door]:
    return [
        _door(
            "POST /v1/transfers",
            "transfer",
            "transfer",
            sdk.TransferCreateParams,
            desks.transfers.create,
            known=transfers.KNOWN,
            needs=("amount",),
        ),
        _door(
            "POST /v1/transfers/{id}/reversals",
            "reversal",
            "transfer",
            sdk.TransferReversalCreateParams,
            desks.transfers.reverse,
            known=transfers.KNOWN_REVERSAL,
        ),
        _door(
            "POST /v1/credit_notes",
            "credit_note",
            "credit_note",
            sdk.CreditNoteCreateParams,
            desks.credit_notes.create,
            known=credit.KNOWN,
        ),
        _door(
            "POST /v1/refunds",
            "refund",
            "charge",
            sdk.RefundCreateParams,
            desks.refunds.create,
            known=refunds.KNOWN,
        ),
    ]


def _reading(desks: Desks) -> list[Door]:
    d, p, t = desks.drafts, desks.payments, desks.transfers
    reads: list[tuple[str, str, Any, Handler]] = [
        ("account", "account", sdk.AccountRetrieveCurrentParams, desks.accounts.retrieve_current),
        ("accounts", "account", sdk.AccountListParams, desks.accounts.list_all),
        ("accounts/{id}", "account", sdk.AccountRetrieveParams, desks.accounts.retrieve),
        ("balance", "balance", sdk.BalanceRetrieveParams, desks.balances.retrieve),
        ("customers", "customer", sdk.CustomerListParams, desks.customers.list_all),
        ("customers/{id}", "customer", sdk.CustomerRetrieveParams, desks.customers.retrieve),
        ("invoices", "invoice", sdk.InvoiceListParams, d.list_all),
        ("invoices/{id}", "invoice", sdk.InvoiceRetrieveParams, d.retrieve),
        ("invoices/{id}/lines", "invoice", sdk.InvoiceLineItemListParams, d.lines),
        ("invoiceitems", "invoice", sdk.InvoiceItemListParams, d.list_items),
        ("invoiceitems/{id}", "invoice", sdk.InvoiceItemRetrieveParams, d.retrieve_item),
        ("invoice_payments", "invoice", sdk.InvoicePaymentListParams, p.list_all),
        ("invoice_payments/{id}", "invoice", sdk.InvoicePaymentRetrieveParams, p.retrieve),
        ("payment_intents/{id}", "payment_intent", sdk.PaymentIntentRetrieveParams, p.retrieve_intent),
        ("payment_records/{id}", "payment_record", sdk.PaymentRecordRetrieveParams, p.retrieve_record),
        ("charges", "charge", sdk.ChargeListParams, p.list_charges),
        ("charges/{id}", "charge", sdk.ChargeRetrieveParams, p.retrieve_charge),
        ("transfers", "transfer", sdk.TransferListParams, t.list_all),
        ("transfers/{id}", "transfer", sdk.TransferRetrieveParams, t.retrieve),
        ("transfers/{id}/reversals", "transfer", sdk.TransferReversalListParams, t.list_reversals),
        (
            "transfers/{id}/reversals/{reversal}",
            "transfer",
            sdk.TransferReversalRetrieveParams,
            t.retrieve_reversal,
        ),
        ("credit_notes", "credit_note", sdk.CreditNoteListParams, desks.credit_notes.list_all),
        ("credit_notes/{id}", "credit_note", sdk.CreditNoteRetrieveParams, desks.credit_notes.retrieve),
        ("refunds", "charge", sdk.RefundListParams, desks.refunds.list_all),
        ("refunds/{id}", "charge", sdk.RefundRetrieveParams, desks.refunds.retrieve),
        ("disputes", "dispute", sdk.DisputeListParams, desks.disputes.list_all),
        ("disputes/{id}", "dispute", sdk.DisputeRetrieveParams, desks.disputes.retrieve),
        ("events", "event", sdk.EventListParams, desks.events.list_all),
        ("events/{id}", "event", sdk.EventRetrieveParams, desks.events.retrieve),
    ]
    return [
        _door(f"GET /v1/{path}", "read", subject, shape, handler) for path, subject, shape, handler in reads
    ]
