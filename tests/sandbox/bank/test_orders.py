"""What the bank makes of a file of orders: each is paid once, and anything odd refuses the whole file."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import requests

from app.gateways.bank.account import Account
from app.gateways.bank.pain import Transfer, end_to_end_id, write_transfers
from tests.sandbox.bank.client import EVENT, IBAN, PAYEE, Client, orders, transfer


def test_the_products_own_file_is_taken_and_paid(bank: Client) -> None:
    ours = Transfer(Account("Dev Team", PAYEE), 50_000, "eur", end_to_end_id(EVENT), "Milestone 2")
    file = write_transfers(
        Account("Northwind", IBAN),
        [ours],
        created_at=datetime(2026, 5, 28, 9, tzinfo=UTC),
        execute_on=date(2026, 5, 28),
    )
    answer = bank.order(file)
    assert (answer.status_code, answer.json()["end_to_end_ids"]) == (201, [ours.end_to_end_id])
    assert bank.balance() == 50_000
    (paid,) = bank.journal("transfer")
    assert (paid["payout_id"], paid["event_id"], paid["account"]) == (ours.end_to_end_id, EVENT, PAYEE)
    assert (paid["amount_cents"], paid["currency"]) == (50_000, "eur")
    assert [entry["payout_id"] for entry in bank.journal("payout_paid")] == [ours.end_to_end_id]


@pytest.mark.parametrize(
    "again",
    [
        orders(transfer()),
        orders(transfer("other"), message_id="M1"),
        orders(transfer(), message_id="M2"),
        orders(transfer("other"), transfer(), message_id="M2", total="1000.00"),
    ],
)
def test_what_was_ordered_once_is_never_taken_again(bank: Client, again: str) -> None:
    assert bank.order(orders(transfer())).status_code == 201
    answer = bank.order(again)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "AM05")
    assert len(bank.journal("transfer")) == 1


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("", "FF01"),
        ("<a/>", "FF01"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "FF01"),
        (orders(transfer()).replace("001.09", "001.03"), "FF01"),
        (orders(transfer()).replace("<PmtMtd>TRF</PmtMtd>", ""), "FF01"),
        (orders(transfer(end_to_end_id="x" * 36)), "FF01"),
        (orders(transfer(), count=2), "AM10"),
        (orders(transfer(), total="500.01"), "AM10"),
        (orders(transfer(), transfer(), total="1000.00"), "AM05"),
        (orders(transfer(iban="AT611904300234573202")), "AC01"),
        (orders(transfer(), iban=PAYEE), "AC02"),
        (orders(transfer(currency="USD")), "AM03"),
        (orders(transfer(amount="0.00"), total="0.00"), "AM09"),
        (orders(transfer(amount="5.001"), total="5.001"), "AM09"),
        (orders(transfer(name="Müller")), "CH16"),
        (orders(transfer("evt_1")), "CH16"),
        (orders(transfer(), day="2026-05-27"), "DT01"),
        (orders(transfer(amount="1000.01"), total="1000.01"), "AM04"),
    ],
)
def test_a_strict_bank_refuses_the_whole_file(bank: Client, file: str, code: str) -> None:
    answer = bank.order(file)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert bank.journal("transfer") == []
    assert bank.balance() == 100_000
    assert [entry["status"] for entry in bank.journal("answer")] == [422]


def test_a_later_order_waits_for_its_day_and_fails_without_money(bank: Client) -> None:
    late = transfer("late", amount="900.00")
    assert bank.order(orders(transfer(), late, total="1400.00", day="2026-05-30")).status_code == 201
    bank.post("time", {"days": 1})
    assert bank.journal("transfer") == []
    bank.post("time", {"days": 1})
    assert [entry["amount_cents"] for entry in bank.journal("transfer")] == [50_000]
    assert [entry["payout_id"] for entry in bank.journal("payout_failed")] == ["late"]


def test_a_transfer_comes_back_once_with_its_reason(bank: Client) -> None:
    bank.order(orders(transfer()))
    wish = {"end_to_end_id": "evt-98234109c0ffee98234109c0", "reason": "AC04"}
    assert bank.post("return", wish).status_code == 200
    assert bank.post("return", wish).status_code == 409
    assert bank.post("return", {"end_to_end_id": "never"}).status_code == 404
    assert bank.balance() == 100_000
    assert [entry["payout_id"] for entry in bank.journal("payout_failed")] == [wish["end_to_end_id"]]
    out, back = bank.entries()
    assert (out.is_credit, out.is_reversal) == (False, False)
    assert (back.is_credit, back.is_reversal, back.reason) == (True, True, "AC04")
    assert back.end_to_end_id == out.end_to_end_id


@pytest.mark.parametrize("kind", ["500", "saved_500", "409", "429", "refuse_4xx"])
def test_a_fault_before_booking_orders_nothing_and_is_gone_the_next_time(bank: Client, kind: str) -> None:
    bank.post("faults", {"on": "orders", "kind": kind})
    refusal = bank.order(orders(transfer()))
    assert refusal.status_code >= 400
    assert ("Retry-After" in refusal.headers) == (kind == "429")
    assert bank.journal("transfer") == []
    assert bank.order(orders(transfer())).status_code == 201


@pytest.mark.parametrize("kind", ["accept_then_timeout", "reset", "wrong_json"])
def test_a_fault_after_booking_has_ordered_all_the_same(bank: Client, kind: str) -> None:
    bank.post("faults", {"on": "orders", "kind": kind})
    with pytest.raises((requests.RequestException, ValueError)):
        bank.order(orders(transfer()), timeout=1).json()
    assert len(bank.journal("transfer")) == 1
