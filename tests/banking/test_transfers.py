"""Payment orders: one file per transfer for ever, its bytes kept, and nothing in it that a hold stops."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from app.banking.transfers import read_file, write_orders
from app.errors import CloseoutError
from app.gateways.base import Failed, Leg
from app.releases.frozen import freeze_all, thaw
from app.releases.who import Who
from tests.banking.papers import opened, paid_leg
from tests.gateways.bank_driver import Driver
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.orders import intent_of, named
from tests.gateways.outcomes import refused_for_good

DAY = date(2026, 5, 28)


def test_two_who_order_at_once_get_one_file_with_each_transfer(driver: Driver) -> None:
    open_and_pay(driver)
    names = {paid_leg(driver, number)[1] for number in (0, 1)}
    with ThreadPoolExecutor(6) as pool:
        done = list(
            pool.map(lambda _: write_orders(driver.db, driver.account, by="dana", today=DAY), range(6))
        )
    [one] = [order.file for order in done if order.file is not None]
    assert {name for name in names if name.encode() in one.content} == names
    driver.upload(one.content)
    assert len(driver.journal("transfer")) == 2


def test_a_file_is_the_same_bytes_whenever_it_is_asked_for(driver: Driver) -> None:
    open_and_pay(driver)
    paid_leg(driver)
    first = driver.order_now()
    assert first.file is not None
    paid_leg(driver, 1)
    assert driver.order_now().file != first.file
    assert read_file(driver.db, driver.account, first.file.id) == first.file
    driver.upload(first.file.content)
    assert len(driver.journal("transfer")) == 2
    with pytest.raises(CloseoutError, match="no order file 77"):
        read_file(driver.db, driver.account, 77)


def test_in_restored_books_nothing_is_ordered_before_they_were_reconciled(driver: Driver) -> None:
    open_and_pay(driver)
    paid_leg(driver)
    with driver.db.transaction() as connection:
        freeze_all(connection, "restored from a backup")
    with pytest.raises(CloseoutError, match=r"restored from a backup.*Import the statements"):
        driver.order_now()
    with driver.db.transaction() as connection:
        thaw(connection, Who("olga", "command line"))
    assert len(driver.order_now().transfers) == 1


@pytest.mark.parametrize(
    ("leg", "why"),
    [
        (Leg("NL91ABNA0417164300", 500_000), "account holder's name"),
        (Leg("NL91ABNA0417164300", 500_001, "Dev Team"), "is 500000 cents"),
        (Leg("DE02120300000000202051", 1, "A Stranger"), "is 0 cents"),
        (Leg("NL91ABNA0417164300", 500_000, "//"), "no letter that banks can write"),
    ],
)
def test_a_transfer_that_must_not_or_can_not_be_is_refused_before_any_file(
    driver: Driver, leg: Leg, why: str
) -> None:
    open_and_pay(driver)
    order = driver.orders.leg(leg)
    assert why in refused_for_good(driver.gateway.send(intent_of(driver.gateway, order)))
    assert driver.order_now().file is None


def test_a_share_is_paid_once_whatever_its_order_is_called(driver: Driver) -> None:
    open_and_pay(driver)
    paid_leg(driver)
    again = driver.orders.leg(driver.orders.legs[0], None, **named("again"))
    assert "the share of NL91ABNA0417164300" in refused_for_good(
        driver.gateway.send(intent_of(driver.gateway, again))
    )
    assert len(driver.transfers()) == 1


def test_a_prefunded_share_goes_out_before_the_client_has_paid(driver: Driver) -> None:
    opened(driver)
    order = driver.orders.leg(driver.orders.legs[0])
    assert isinstance(driver.gateway.send(intent_of(driver.gateway, order)), Failed)
    context = {**order.context, "disburse": "on_close"}
    prefunded = driver.orders.leg(driver.orders.legs[0], context=context)
    driver.bank.books.receive(500_000, "eur", iban="", is_booked=True, name="own", text="top up")
    assert not isinstance(driver.gateway.send(intent_of(driver.gateway, prefunded)), Failed)
    assert driver.transfers() == [("NL91ABNA0417164300", 500_000)]


def test_where_the_clients_account_is_not_known_a_person_pays_it_back(driver: Driver) -> None:
    _, reference = opened(driver)
    driver.receive(reference, 750_000, iban="")
    driver.import_now()
    credit = intent_of(driver.gateway, driver.orders.credit(reference))
    assert "pay it back by hand" in refused_for_good(driver.gateway.send(credit))
    assert driver.order_now().file is None
