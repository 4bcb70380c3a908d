"""Where money goes: transfers, reversals, refunds, credit notes, disputes. None is made, none is lost."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from app.sandbox.stripe import SandboxStripe
from tests.sandbox.stripe.client import DESIGN, DEV, TAGS, Shop


def _available(shop: Shop) -> int:
    return sum(one.amount for one in shop.api.balance.retrieve().available if one.currency == "usd")


def test_a_paid_invoice_is_split_among_payees_out_of_its_charge(shop: Shop) -> None:
    invoice, charge = shop.paid(750_000)
    shop.transfer(500_000, charge)
    shop.transfer(250_000, charge, destination=DESIGN)
    assert _available(shop) == 0
    told = shop.api.transfers.list({"transfer_group": "con_7732_alpha-2"}).data
    assert [(one.destination, one.amount) for one in told] == [(DESIGN, 250_000), (DEV, 500_000)]
    entries = shop.sandbox.journal.entries("transfer")
    assert [(one["invoice_id"], one["account"]) for one in entries] == [
        (invoice.id, DEV),
        (invoice.id, DESIGN),
    ]
    assert entries[0]["event_id"] == TAGS["closeout_event"]


TRANSFER_REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "more than the charge": ({"amount": 750_001}, "", "must not exceed the source amount"),
    "another currency": ({"currency": "eur"}, "", "must be the same"),
    "no such charge": ({"source_transaction": "ch_nowhere"}, "resource_missing", "No such charge"),
    "no such account": ({"destination": "acct_nowhere"}, "resource_missing", "No such account"),
    "nothing": ({"amount": 0}, "parameter_invalid_integer", "greater than or equal to 1"),
    "a made-up currency": ({"currency": "xxy"}, "", "Invalid currency"),
    "without the charge, beyond the balance": (
        {"source_transaction": None, "amount": 750_001},
        "balance_insufficient",
        "insufficient funds",
    ),
}


@pytest.mark.parametrize("name", TRANSFER_REFUSALS)
def test_a_transfer_is_refused_and_moves_nothing(shop: Shop, name: str) -> None:
    changes, code, said = TRANSFER_REFUSALS[name]
    _, charge = shop.paid(750_000)
    with pytest.raises(stripe.InvalidRequestError, match=said) as caught:
        shop.transfer(**{"amount": 100, "source_transaction": charge, **changes})
    assert (caught.value.code or "") == code
    assert shop.sandbox.journal.entries("transfer") == []
    assert _available(shop) == 750_000


def test_transfers_of_one_charge_add_up_to_no_more_than_the_charge(shop: Shop) -> None:
    _, charge = shop.paid(750_000)
    shop.sandbox.set_balance(5_000_000)
    shop.transfer(700_000, charge)
    with pytest.raises(stripe.InvalidRequestError, match="already transfers"):
        shop.transfer(50_001, charge)
    shop.transfer(50_000, charge)


@pytest.mark.parametrize("state", ["inactive", "pending"])
def test_a_payee_that_is_not_ready_gets_nothing(shop: Shop, state: str) -> None:
    _, charge = shop.paid()
    shop.sandbox.set_transfers(DEV, state)
    account = shop.api.accounts.retrieve(DEV)
    assert account.capabilities is not None
    assert (account.capabilities.transfers, account.payouts_enabled) == (state, False)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.transfer(100, charge)
    assert caught.value.code == "insufficient_capabilities_for_transfer"
    shop.sandbox.set_transfers(DEV, "active")
    shop.transfer(100, charge)


def test_money_that_is_pending_pays_only_transfers_of_its_own_charge() -> None:
    with SandboxStripe(settle_after_s=172_800) as sandbox:
        sandbox.add_account(DEV)
        shop = Shop(sandbox)
        _, charge = shop.paid(750_000)
        assert _available(shop) == 0
        with pytest.raises(stripe.InvalidRequestError) as caught:
            shop.transfer(1)
        assert caught.value.code == "balance_insufficient"
        transfer = shop.transfer(500_000, charge)
        with pytest.raises(stripe.InvalidRequestError, match="insufficient funds"):
            shop.api.transfers.reversals.create(transfer.id)
        sandbox.pass_time(172_801)
        assert _available(shop) == 250_000
        shop.api.transfers.reversals.create(transfer.id)
        assert _available(shop) == 750_000


def test_a_transfer_comes_back_in_parts_and_never_more_than_it_was(shop: Shop) -> None:
    _, charge = shop.paid(750_000)
    transfer = shop.transfer(500_000, charge)
    shop.api.transfers.reversals.create(transfer.id, {"amount": 200_000, "metadata": TAGS})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unreversed"):
        shop.api.transfers.reversals.create(transfer.id, {"amount": 300_001})
    shop.api.transfers.reversals.create(transfer.id)
    with pytest.raises(stripe.InvalidRequestError, match="already fully reversed"):
        shop.api.transfers.reversals.create(transfer.id)
    told = shop.api.transfers.retrieve(transfer.id)
    assert (told.reversed, told.amount_reversed, len(told.reversals.data)) == (True, 500_000, 2)
    assert [one.amount for one in shop.api.transfers.reversals.list(transfer.id).data] == [300_000, 200_000]
    assert _available(shop) == 750_000
    assert shop.kinds().count("reversal") == 2


def test_a_payee_who_spent_it_can_not_give_it_back_until_there_is_money_again(shop: Shop) -> None:
    _, charge = shop.paid()
    transfer = shop.transfer(500_000, charge)
    shop.sandbox.set_payee_balance(DEV, 0)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.api.transfers.reversals.create(transfer.id)
    assert caught.value.code == "balance_insufficient"
    shop.sandbox.set_payee_balance(DEV, 500_000)
    assert shop.api.transfers.reversals.create(transfer.id).amount == 500_000


def test_a_refund_leaves_the_transfers_alone_and_waits_for_the_balance(shop: Shop) -> None:
    invoice, charge = shop.paid(750_000)
    transfer = shop.transfer(500_000, charge)
    refund = shop.api.refunds.create({"charge": charge, "metadata": TAGS})
    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    assert shop.api.transfers.retrieve(transfer.id).amount_reversed == 0
    assert "credit_note" not in shop.kinds()
    shop.api.transfers.reversals.create(transfer.id)
    assert shop.api.refunds.retrieve(refund.id).status == "succeeded"
    (entry,) = shop.sandbox.journal.entries("credit_note")
    assert (entry["invoice_id"], entry["amount_cents"]) == (invoice.id, 750_000)
    assert _available(shop) == 0
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.api.refunds.create({"charge": charge})
    assert caught.value.code == "charge_already_refunded"


def test_a_refund_is_at_most_what_was_charged(shop: Shop) -> None:
    _, charge = shop.paid(750_000)
    shop.api.refunds.create({"charge": charge, "amount": 700_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        shop.api.refunds.create({"charge": charge, "amount": 50_001})
    with pytest.raises(stripe.InvalidRequestError, match="One of the following params"):
        shop.api.refunds.create({"amount": 1})


def test_a_credit_note_on_an_open_invoice_leaves_less_to_pay(shop: Shop) -> None:
    invoice = shop.sent(750_000)
    note = shop.api.credit_notes.create({"invoice": invoice.id, "amount": 250_000, "memo": "one week less"})
    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == ("pre_payment", 250_000, 0)
    told = shop.api.invoices.retrieve(invoice.id)
    assert (told.status, told.amount_due, told.amount_remaining) == ("open", 500_000, 500_000)
    shop.api.credit_notes.create({"invoice": invoice.id, "amount": 500_000})
    assert shop.api.invoices.retrieve(invoice.id).status == "paid"
    assert "credit_note" not in shop.kinds()
    assert [one.invoice for one in shop.api.credit_notes.list({"invoice": invoice.id}).data] == [
        invoice.id
    ] * 2


def test_a_credit_note_on_a_paid_invoice_gives_the_payment_back(shop: Shop) -> None:
    invoice, charge = shop.paid(750_000)
    note = shop.api.credit_notes.create(
        {"invoice": invoice.id, "amount": 750_000, "refund_amount": 750_000, "metadata": TAGS}
    )
    assert (note.type, note.refunds[0].amount_refunded) == ("post_payment", 750_000)
    assert shop.api.charges.retrieve(charge, {"expand": ["refunds"]}).refunded
    (entry,) = shop.sandbox.journal.entries("credit_note")
    assert (entry["credit_note_id"], entry["event_id"]) == (note.id, TAGS["closeout_event"])
    assert shop.api.invoices.retrieve(invoice.id).post_payment_credit_notes_amount == 750_000


def test_a_credit_note_over_several_payments_links_refunds_that_were_made_before(shop: Shop) -> None:
    invoice = shop.sent(750_000)
    shop.sandbox.pay(invoice.id, 250_000)
    shop.sandbox.pay(invoice.id)
    with pytest.raises(stripe.InvalidRequestError, match="use refunds"):
        shop.api.credit_notes.create({"invoice": invoice.id, "amount": 750_000, "refund_amount": 750_000})
    refunds = [shop.api.refunds.create({"charge": one["id"]}) for one in shop.sandbox.charges_of(invoice.id)]
    links: Any = [{"refund": one.id, "amount_refunded": one.amount} for one in refunds]
    shop.api.credit_notes.create({"invoice": invoice.id, "amount": 750_000, "refunds": links})
    assert sum(one["amount_cents"] for one in shop.sandbox.journal.entries("credit_note")) == 750_000
    assert _available(shop) == 0


CREDIT_REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "not spread": ({"amount": 750_000}, "must equal the credit note amount"),
    "spread too wide": ({"amount": 100, "refund_amount": 60, "credit_amount": 50}, "must equal"),
    "more than was paid": ({"amount": 750_001, "out_of_band_amount": 750_001}, "can still be credited"),
    "nothing": ({"amount": 0}, "greater than 0"),
    "neither amount nor lines": ({}, "exactly one of amount or lines"),
}


@pytest.mark.parametrize("name", CREDIT_REFUSALS)
def test_a_credit_note_is_refused_and_gives_nothing_back(shop: Shop, name: str) -> None:
    params, said = CREDIT_REFUSALS[name]
    invoice, _ = shop.paid(750_000)
    with pytest.raises(stripe.InvalidRequestError, match=said):
        shop.api.credit_notes.create({"invoice": invoice.id, **params})  # type: ignore[typeddict-item]
    assert shop.api.credit_notes.list({"invoice": invoice.id}).data == []
    assert _available(shop) == 750_000


def test_money_from_outside_of_stripe_goes_back_outside(shop: Shop) -> None:
    invoice = shop.sent(750_000)
    shop.sandbox.pay(invoice.id, out_of_band=True)
    with pytest.raises(stripe.InvalidRequestError, match="No charge"):
        shop.api.credit_notes.create({"invoice": invoice.id, "amount": 750_000, "refund_amount": 750_000})
    shop.api.credit_notes.create({"invoice": invoice.id, "amount": 750_000, "out_of_band_amount": 750_000})
    (entry,) = shop.sandbox.journal.entries("credit_note")
    assert (entry["amount_cents"], entry["out_of_band"]) == (750_000, True)


@pytest.mark.parametrize(("status", "left"), [("won", 750_000), ("lost", 0)])
def test_a_dispute_takes_the_money_until_it_is_decided(shop: Shop, status: str, left: int) -> None:
    invoice, charge = shop.paid(750_000)
    dispute = shop.sandbox.open_dispute(charge)
    assert shop.api.charges.retrieve(charge).disputed
    assert [one.status for one in shop.api.disputes.list({"charge": charge}).data] == ["needs_response"]
    assert _available(shop) == 0
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.api.refunds.create({"charge": charge})
    assert caught.value.code == "charge_disputed"
    shop.sandbox.close_dispute(dispute["id"], status)
    assert shop.api.disputes.retrieve(dispute["id"]).status == status
    assert _available(shop) == left
    opened, closed = (shop.sandbox.journal.entries(f"dispute_{word}")[0] for word in ("opened", "closed"))
    assert (opened["invoice_id"], closed["status"]) == (invoice.id, status)
