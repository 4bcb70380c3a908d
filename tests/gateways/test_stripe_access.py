"""Whose Stripe it is: keys and their rights, accounts and modes, the environment's values, the trial."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from app.db import Database
from app.errors import SettingsError
from app.gateways.base import Done, Failed, Trial, Unknown
from app.gateways.pace import Pace
from app.gateways.registry import KINDS, Opening
from app.gateways.stripe.client import StripeGateway, open_gateway
from app.gateways.stripe.http import Line
from app.gateways.stripe.trial import READS
from app.sandbox.stripe import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET
from app.sandbox.stripe.accounts import PLATFORM_ID
from app.settings import Settings
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import done, payout_of, refused_for_good
from tests.gateways.stripe_driver import StripeDriver, stripe_driver

RESTRICTED = "rk_test_reads_and_bills_only"
READ_RIGHTS = ("account", "balance", "customer", "invoice", "charge", "payment_intent", "dispute", "transfer")
BILLS = ("rak_customer_write", "rak_invoice_write", *(f"rak_{one}_read" for one in READ_RIGHTS))


@pytest.fixture
def driver(httpserver: HTTPServer, sqlite_db: Database) -> Iterator[StripeDriver]:
    with stripe_driver(httpserver, sqlite_db) as driver:
        yield driver


def opening(db: Database, tmp_path: Path, values: Mapping[str, str], account: str = PLATFORM_ID) -> Opening:
    environ = {f"CLOSEOUT_MY_STRIPE_{name}": value for name, value in values.items()}
    settings = Settings.load({"CLOSEOUT_DATABASE_URL": f"sqlite:///{tmp_path}/x.db", **environ})
    return Opening("my-stripe", settings, db, account=account)


KEYS = {"SECRET": SANDBOX_KEY, "SIGNING_SECRET": SANDBOX_WEBHOOK_SECRET}


def test_a_key_of_another_account_orders_nothing_and_answers_nothing(driver: StripeDriver) -> None:
    mine = driver.another(account="acct_1Other")
    trigger = intent_of(mine, driver.orders.shared)
    told = refused_for_good(mine.send(trigger))
    assert PLATFORM_ID in told
    assert "acct_1Other" in told
    asked, booked = mine.ask(trigger), mine.booked("con_7732_alpha")
    assert isinstance(asked, Unknown), "another account has not seen it, which proves nothing"
    assert isinstance(booked, Unknown)
    assert driver.orders_seen() == 0


def test_whose_key_it_is_is_asked_once_in_a_process(driver: StripeDriver) -> None:
    done(driver.gateway.send(intent_of(driver.gateway, driver.orders.shared)))
    done(driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared)))
    assert [one["path"] for one in driver.journal("request")].count("/v1/account") == 1


def test_a_key_that_stripe_does_not_know_is_told_and_never_shown(driver: StripeDriver) -> None:
    key = "sk_test_taken_back_4242424242"
    trigger = intent_of(driver.gateway, driver.orders.shared)
    told = refused_for_good(driver.another(key=key).send(trigger))
    assert "does not take the API key" in told
    assert key not in told
    assert isinstance(driver.another(key=key).ask(trigger), Unknown)


def test_a_restricted_key_without_a_right_says_which_one_is_missing(driver: StripeDriver) -> None:
    driver.sandbox.add_restricted_key(RESTRICTED, BILLS)
    mine = driver.another(key=RESTRICTED)
    driver.pay(_invoice(mine, driver))
    leg = intent_of(mine, driver.orders.leg(driver.orders.legs[0]))
    assert "rak_transfer_write" in refused_for_good(mine.send(leg))
    driver.sandbox.add_restricted_key(RESTRICTED, (*BILLS, "rak_transfer_write"))
    assert payout_of(mine.send(leg)).status == "paid"


def _invoice(gateway: StripeGateway, driver: StripeDriver) -> str:
    facts = done(gateway.send(intent_of(gateway, driver.orders.shared))).invoice
    assert facts is not None
    return facts.id


def test_two_processes_that_pay_one_payee_at_once_pay_it_once(driver: StripeDriver) -> None:
    open_and_pay(driver)
    leg = intent_of(driver.gateway, driver.orders.leg(driver.orders.legs[0]))
    gateways = [driver.another() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda gateway: gateway.send(leg), gateways))
    assert any(isinstance(one, Done) for one in outcomes)
    assert len(driver.transfers()) == 1


def test_two_milestones_of_one_contract_have_one_customer(driver: StripeDriver) -> None:
    second = replace(driver.orders.shared, key="m3", event_id="evt_m3", milestone_index=3)
    for order in (driver.orders.shared, second):
        done(driver.another().send(intent_of(driver.gateway, order)))
    [customer] = driver.sandbox.books.shelf.every("customer")
    assert customer["metadata"]["closeout_contract"] == "con_7732_alpha"
    assert customer["address"]["country"] == "US"


def test_an_invoice_reads_as_its_client_expects(driver: StripeDriver) -> None:
    done(driver.gateway.send(intent_of(driver.gateway, driver.orders.shared)))
    [invoice] = driver.sandbox.invoices()
    [line] = invoice["lines"]["data"]
    assert line["description"] == "Alpha storefront: Midway UI Prototype Sign-off"
    assert (invoice["due_date"] - invoice["created"]) // 86_400 == 15
    assert "Northwind Studio" in invoice["footer"]
    assert {one["name"]: one["value"] for one in invoice["custom_fields"]}["Contract"] == "con_7732_alpha"
    assert not invoice["auto_advance"]


def test_a_busy_stripe_makes_every_worker_wait_as_long_as_it_said(driver: StripeDriver) -> None:
    driver.sandbox.counter.retry_after_s = 30
    driver.fail_next("busy")
    trigger = intent_of(driver.gateway, driver.orders.shared)
    first, other = driver.gateway.send(trigger), driver.another().send(trigger)
    assert isinstance(first, Failed)
    assert isinstance(other, Failed)
    assert first.retry_after_s == 30
    assert other.retry_after_s is not None
    assert 20 <= other.retry_after_s <= 31
    assert "rate limit that all workers share" in other.reason


def test_requests_of_all_workers_are_spread_over_the_time_that_stripe_wants(driver: StripeDriver) -> None:
    per_s, burst = 20, 4
    line = Line(driver.sandbox.url, Pace(driver.db, "stripe slow", per_s, burst))
    gateways = [StripeGateway("stripe", driver.another().account, line) for _ in range(4)]
    orders = [
        replace(driver.orders.shared, key=f"k{number}", event_id=f"evt_k{number}", milestone_index=number)
        for number in range(1, 5)
    ]
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: pair[0].send(intent_of(*pair)), zip(gateways, orders, strict=True)))
    took_s = time.monotonic() - began  # however slow the machine is, it never took less
    assert took_s >= (len(driver.journal("request")) - 1 - burst) / per_s
    assert len(driver.sandbox.invoices()) == 4


@pytest.mark.parametrize(
    ("values", "where", "said"),
    [
        ({**KEYS, "SECRET": ""}, "SECRET", "the API key"),
        ({**KEYS, "SECRET": "pk_test_public_ones_are_for_browsers"}, "SECRET", "no API key"),
        ({**KEYS, "SIGNING_SECRET": "hunter2"}, "SIGNING_SECRET", "no signing secret"),
        ({**KEYS, "URL": "http://pay.example"}, "URL", "no address of an API"),
        ({**KEYS, "URL": "https://pay.example/v1?x=1"}, "URL", "no address of an API"),
    ],
)
def test_what_can_not_be_used_is_refused_with_the_variable_that_holds_it(
    sqlite_db: Database, tmp_path: Path, values: dict[str, str], where: str, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        open_gateway(opening(sqlite_db, tmp_path, values))
    assert f"CLOSEOUT_MY_STRIPE_{where}" in str(caught.value)
    assert said in str(caught.value)
    if values.get(where):
        assert values[where] not in str(caught.value) or where == "URL"


def test_test_and_live_are_two_addresses_and_every_key_its_own_login(
    sqlite_db: Database, tmp_path: Path
) -> None:
    live = open_gateway(opening(sqlite_db, tmp_path, {**KEYS, "SECRET": "rk_live_0123456789abcdef"}))
    test = open_gateway(
        opening(sqlite_db, tmp_path, {**KEYS, "SIGNING_SECRET": "whsec_oldsecret whsec_newsecret"})
    )
    assert live.address == f"https://api.stripe.com/{PLATFORM_ID}/live"
    assert test.address == f"https://api.stripe.com/{PLATFORM_ID}/test"
    assert not live.logins & test.logins
    assert (live.line.pace.per_s, test.line.pace.per_s) == (80, 20)
    assert SANDBOX_KEY not in "".join([*test.logins, test.address])


def tried(driver: StripeDriver, tmp_path: Path, **values: str) -> list[Trial]:
    opened = opening(driver.db, tmp_path, {**KEYS, "URL": driver.sandbox.url, **values})
    return list(KINDS["stripe"].trial(KINDS["stripe"].open(opened)))


def test_the_trial_finds_nothing_wrong_and_books_nothing(driver: StripeDriver, tmp_path: Path) -> None:
    found = tried(driver, tmp_path)
    assert [one.problem for one in found] == [""] * len(found)
    assert any(PLATFORM_ID in one.what and "test mode" in one.what for one in found)
    assert driver.orders_seen() == 0


def test_the_trial_names_each_right_that_a_restricted_key_lacks(driver: StripeDriver, tmp_path: Path) -> None:
    driver.sandbox.add_restricted_key(RESTRICTED, ("rak_account_read", "rak_invoice_read"))
    missing = {one.what: one for one in tried(driver, tmp_path, SECRET=RESTRICTED) if one.problem}
    assert "rak_transfer_read" in missing["the key may read transfers"].problem
    assert missing["the balance can be read"].mend
    assert "the key may read invoices" not in missing
    assert len(missing) < len(READS)


def test_the_trial_says_whose_key_it_is(driver: StripeDriver, tmp_path: Path) -> None:
    opened = opening(driver.db, tmp_path, {**KEYS, "URL": driver.sandbox.url}, account="acct_1Other")
    first = next(iter(KINDS["stripe"].trial(KINDS["stripe"].open(opened))))
    assert first.problem == f"it belongs to {PLATFORM_ID}"
    [wrong] = tried(driver, tmp_path, SECRET="sk_test_taken_back_4242424242")
    assert "does not take the API key" in wrong.problem
