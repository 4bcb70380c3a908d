"""What a person says of an entry counts as if the bank had said it, and stays who said it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.banking import by_hand
from app.errors import CloseoutError
from app.gateways.bank.tables import bank_payments
from app.releases.who import Who
from tests.banking.papers import csv_of, opened, paid_leg
from tests.banking.test_statements import told
from tests.gateways.bank_driver import Driver
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import done, invoice_of, payout_of

OLGA = Who("olga", "command line")


def match(driver: Driver, entry_id: str, to: str, *, is_taken_back: bool = False) -> str:
    with driver.db.transaction() as connection:
        return by_hand.match(connection, driver.account, entry_id, to, OLGA, is_taken_back=is_taken_back)


def unmatched(driver: Driver, *, with_others: bool = False) -> list[str]:
    with driver.db.reading() as connection:
        found = by_hand.list_unmatched(connection, driver.account.iban, with_others=with_others)
        return [str(one["entry_id"]) for one in found]


@pytest.mark.parametrize("by", ["number", "reference"])
def test_a_payment_without_a_reference_is_matched_by_a_person(driver: Driver, by: str) -> None:
    intent, reference = opened(driver)
    [entry] = driver.import_now(csv_of("2026-05-28;7500.00;our payment")).new
    assert unmatched(driver) == [entry["entry_id"]]
    to = "con_7732_alpha-2" if by == "number" else f" {reference[:4]} {reference[4:].lower()}"
    said = "7,500.00 eur of 2026-05-28 from Acme Corp pays invoice con_7732_alpha-2 over 7,500.00 eur"
    assert match(driver, entry["entry_id"], to) == said
    assert invoice_of(driver.gateway.ask(intent)).status == "paid"
    assert unmatched(driver) == []
    assert told(driver) == [f"{entry['entry_id']}/{intent.event_id}"]
    with driver.db.reading() as connection:
        assert connection.scalar(sa.select(bank_payments.c.matched_by)) == "olga (command line)"
    with pytest.raises(
        CloseoutError, match=r"invoice con_7732_alpha-2 already, matched by olga \(.+\) at 20\d\d-"
    ):
        match(driver, entry["entry_id"], to)


def test_what_is_dismissed_is_listed_no_more_and_can_still_be_matched(driver: Driver) -> None:
    intent, _ = opened(driver)
    [entry] = driver.import_now(csv_of("2026-05-28;7500.00;our payment")).new
    with driver.db.transaction() as connection:
        by_hand.dismiss(connection, driver.account, entry["entry_id"], OLGA)
    assert unmatched(driver) == []
    match(driver, entry["entry_id"], "con_7732_alpha-2")
    assert invoice_of(driver.gateway.ask(intent)).status == "paid"


def test_a_transfer_that_came_back_is_paid_by_hand(driver: Driver) -> None:
    open_and_pay(driver)
    leg, name = paid_leg(driver)
    driver.order_now()
    driver.tell_bank("return", end_to_end_id=name, reason="AC04")
    driver.import_now()
    [entry] = driver.import_now(csv_of("2026-06-01;-5000.00;by hand")).new
    assert unmatched(driver) == []
    assert unmatched(driver, with_others=True) == [entry["entry_id"]]
    match(driver, entry["entry_id"], name)
    assert payout_of(driver.gateway.ask(leg)).status == "paid"
    [more] = driver.import_now(csv_of("2026-06-02;-5000.00;once more")).new
    with pytest.raises(CloseoutError, match="is paid already"):
        match(driver, more["entry_id"], name)


def test_a_refund_that_was_made_by_hand_is_not_made_again(driver: Driver) -> None:
    _, reference = opened(driver)
    driver.receive(reference, 750_000, iban="")
    driver.import_now()
    [entry] = driver.import_now(csv_of("2026-06-01;-7500.00;back to you")).new
    match(driver, entry["entry_id"], reference)
    credit = done(driver.gateway.send(intent_of(driver.gateway, driver.orders.credit(reference)))).credit
    assert credit is not None
    assert (credit.amount_minor, credit.refunded_minor) == (750_000, 750_000)
    assert driver.order_now().file is None


def test_what_makes_no_sense_is_refused(driver: Driver) -> None:
    opened(driver)
    [entry] = driver.import_now(csv_of("2026-05-28;7500.00;our payment")).new
    for entry_id, to, said in (
        ("ent_nowhere", "con_7732_alpha-2", "there is no entry"),
        (entry["entry_id"], "con_7732_alpha-9", "no invoice and no transfer"),
    ):
        with pytest.raises(CloseoutError, match=said):
            match(driver, entry_id, to)
    assert unmatched(driver) == [entry["entry_id"]]
