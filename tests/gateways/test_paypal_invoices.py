"""Invoices through PayPal: what it is asked to bill, what has come in for it, and what goes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from app.db import Database
from app.errors import SettingsError
from app.gateways.base import Done, Failed, Gateway, Intent, Order, Unknown
from app.gateways.paypal import invoices
from app.gateways.paypal.faults import Trouble
from app.gateways.registry import KINDS, Opening
from app.sandbox.paypal import SANDBOX_CLIENT_ID
from app.sandbox.paypal.drafts import read_draft
from app.settings import Settings
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import invoice_of, refused_for_good
from tests.gateways.paypal_driver import Driver, gateway_at, paypal_driver, send

TOKEN_LIFE_S = 32_400


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with paypal_driver(httpserver) as driver:
        yield driver


def changed(driver: Driver, context: dict[str, object] | None = None, **fields: Any) -> Order:
    """The order that opens the invoice, with other words in its context."""
    order = driver.orders.shared
    return replace(order, context={**order.context, **(context or {})}, **fields)


def shown(driver: Driver) -> dict[str, Any]:
    """The newest invoice as PayPal has it."""
    newest = driver.paypal.invoices.all()[-1]
    return vars(newest.draft)


def test_the_invoice_says_what_was_ordered_and_carries_our_names(driver: Driver) -> None:
    links = ["https://github.com/acme/storefront/issues/7"]
    invoice = invoice_of(send(driver, changed(driver, {"issues": links})))
    draft = shown(driver)
    assert (draft["number"], draft["reference"]) == (invoice.number, "evt_98234109")
    assert draft["memo"] == "closeout:con_7732_alpha/2/r1"
    assert (draft["emails"], draft["term_type"], draft["note"]) == (["ap@acme.example"], "NET_15", links[0])
    billing = draft["recipients"][0]["billing_info"]
    assert billing["business_name"] == "Acme Corp"
    assert billing["address"] == {
        "address_line_1": "1 Road",
        "address_line_2": "Springfield",
        "country_code": "US",
    }
    assert draft["invoicer"]["business_name"] == "Northwind Studio"
    [item] = draft["items"]
    assert (item["name"], item["description"]) == ("Midway UI Prototype Sign-off", "Alpha storefront")


@pytest.mark.parametrize(
    ("net_days", "term", "is_dated"),
    [
        (0, "DUE_ON_RECEIPT", False),
        (7, "DUE_ON_DATE_SPECIFIED", True),
        (10, "NET_10", False),
        (14, "DUE_ON_DATE_SPECIFIED", True),
        (15, "NET_15", False),
        (30, "NET_30", False),
        (90, "NET_90", False),
        (120, "DUE_ON_DATE_SPECIFIED", True),
    ],
)
def test_the_terms_are_paypals_own_where_it_has_them(
    driver: Driver, net_days: int, term: str, is_dated: bool
) -> None:
    invoice_of(send(driver, changed(driver, {"net_days": net_days})))
    assert shown(driver)["term_type"] == term
    if is_dated:
        assert shown(driver)["due_date"] == datetime.now(UTC).date() + timedelta(days=net_days)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "items"),
    [
        (100_000_000, "usd", [("1", "1000000.00")]),
        (100_000_001, "usd", [("1", "1000000.00"), ("1", "0.01")]),
        (350_000_000, "eur", [("3", "1000000.00"), ("1", "500000.00")]),
        (200_000_000, "eur", [("2", "1000000.00")]),
        (7_500_000, "jpy", [("7", "1000000"), ("1", "500000")]),
        (750_000, "huf", [("1", "7500")]),
        (1, "chf", [("1", "0.01")]),
    ],
)
def test_any_amount_of_a_currency_is_billed_to_the_unit(
    driver: Driver, amount_minor: int, currency: str, items: list[tuple[str, str]]
) -> None:
    order = changed(driver, amount_minor=amount_minor, currency=currency)
    invoice = invoice_of(send(driver, order))
    assert (invoice.amount_minor, invoice.currency) == (amount_minor, currency)
    billed = [(item["quantity"], item["unit_amount"]["value"]) for item in shown(driver)["items"]]
    assert billed == items
    assert invoice_of(gateway_at(driver.paypal.url).ask(intent_of(driver.gateway, order))) == invoice


@pytest.mark.parametrize(
    ("amount_minor", "currency", "said"),
    [(750_050, "huf", "has decimals"), (750_001, "twd", "has decimals"), (750_000, "kwd", "does not move")],
)
def test_what_paypal_can_not_bill_is_refused_before_anything_is_sent(
    driver: Driver, amount_minor: int, currency: str, said: str
) -> None:
    order = changed(driver, amount_minor=amount_minor, currency=currency)
    assert said in refused_for_good(send(driver, order))
    assert driver.orders_seen() == 0


def test_a_long_title_is_cut_and_the_list_does_not_take_the_cut_one_for_the_title(driver: Driver) -> None:
    invoice_of(send(driver, changed(driver, milestone_title="x" * 250)))
    assert len(shown(driver)["items"][0]["name"]) == 200
    listed = driver.gateway.booked("con_7732_alpha")
    assert isinstance(listed, tuple)
    assert [one.milestone_title for one in listed] == [""]


def test_only_a_contract_that_pays_in_parts_lets_the_client_do_so(driver: Driver) -> None:
    invoice_of(send(driver, driver.orders.shared))
    assert shown(driver)["minimum_minor"] is None
    parts = changed(driver, {"partial": "pro_rata"}, event_id="evt_parts", milestone_index=3)
    invoice = invoice_of(send(driver, parts))
    driver.pay(invoice.id, 100_000)
    asked = invoice_of(driver.gateway.ask(intent_of(driver.gateway, parts)))
    assert (asked.status, asked.received_minor) == ("open", 100_000)


def test_a_draft_that_was_left_behind_is_completed_and_not_made_again(driver: Driver) -> None:
    driver.switch_on("send", "500")
    trigger = intent_of(driver.gateway, driver.orders.shared)
    assert isinstance(driver.gateway.send(trigger), Unknown)
    draft = invoice_of(gateway_at(driver.paypal.url).ask(trigger))
    assert (draft.status, driver.invoices()) == ("draft", [])
    sent = invoice_of(gateway_at(driver.paypal.url).send(trigger))
    assert (sent.id, sent.status) == (draft.id, "open")
    assert len(driver.invoices()) == len(driver.journal("draft_created")) == 1


def test_an_invoice_that_paypal_does_not_find_yet_is_not_made_again(driver: Driver) -> None:
    driver.hall("search", lag_s=600)
    trigger = intent_of(driver.gateway, driver.orders.shared)
    sent = invoice_of(driver.gateway.send(trigger))
    assert invoice_of(driver.gateway.ask(trigger)) == sent, "who sent it knows where it is"
    restarted = gateway_at(driver.paypal.url)
    asked = restarted.ask(trigger)
    assert isinstance(asked, Failed)
    again = restarted.send(trigger)
    assert isinstance(again, Unknown)
    assert "does not find it yet" in again.reason
    driver.pass_time(601)
    assert invoice_of(restarted.send(trigger)) == sent
    assert len(driver.invoices()) == 1


def test_what_paypal_has_already_is_not_called_certain_where_it_can_not_be_read(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = intent_of(driver.gateway, driver.orders.shared)
    driver.hall("search", lag_s=600)
    invoice_of(driver.gateway.send(trigger))

    def unreadable(*_: object) -> None:
        raise Trouble("PayPal was not reached", is_certain=True)

    monkeypatch.setattr(invoices, "find", unreadable)
    outcome = gateway_at(driver.paypal.url).send(trigger)
    assert isinstance(outcome, Unknown)
    assert not outcome.needs_person


def test_a_longer_number_and_a_strange_memo_are_not_ours(driver: Driver) -> None:
    long = changed(driver, event_id="evt_982341099", milestone_index=22)
    invoice_of(send(driver, long))
    trigger = intent_of(driver.gateway, driver.orders.shared)
    assert isinstance(driver.gateway.ask(trigger), Failed)
    assert invoice_of(driver.gateway.send(trigger)).number == "E98234109"
    price = {"currency_code": "USD", "value": "9.99"}
    items = [{"name": "Hosting", "quantity": "1", "unit_amount": price}]
    body = {"detail": {"currency_code": "USD", "memo": "closeouts"}, "items": items}
    driver.paypal.invoices.create(read_draft(body, datetime.now(UTC).date(), "")).status = "SOMETHING_NEW"
    listed = driver.gateway.booked("con_7732_alpha")
    assert isinstance(listed, tuple)
    assert [one.milestone_index for one in listed] == [22, 2]
    assert driver.gateway.booked("con_7732") == ()


def test_an_expired_token_is_renewed_once_and_a_revoked_secret_is_said(driver: Driver) -> None:
    invoice = invoice_of(send(driver, driver.orders.shared))
    driver.pass_time(TOKEN_LIFE_S + 1)
    assert invoice_of(driver.gateway.ask(intent_of(driver.gateway, driver.orders.shared))) == invoice
    driver.hall("client", revoked=True)
    reason = refused_for_good(send(driver, driver.orders.void(invoice.id)))
    assert "invalid_client" in reason
    assert "CLOSEOUT_<NAME>_SECRET" in reason
    stranger = gateway_at(driver.paypal.url, secret="another-secret")
    assert refused_for_good(stranger.send(intent_of(stranger, driver.orders.shared)))
    assert driver.voids() == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"not json", b"\xff"])
def test_bytes_that_are_no_order_of_ours_are_not_sent(driver: Driver, body: bytes) -> None:
    outcome = driver.gateway.send(Intent("key", "evt_1", body))
    assert isinstance(outcome, Failed)
    assert "not sent" in outcome.reason
    assert isinstance(driver.gateway.ask(Intent("key", "evt_1", body)), Unknown)
    assert driver.journal("") == []


def test_a_float_beside_money_is_not_drafted(driver: Driver) -> None:
    with pytest.raises(ValueError, match="float"):
        driver.gateway.draft(changed(driver, {"net_days": 14.5}))


LOGINS = {"SECRET": "sandbox-secret", "WEBHOOK_ID": "9TB90614MH5515116"}


def opened(db: Database, account: str = SANDBOX_CLIENT_ID, **values: str) -> Gateway:
    environ = {f"CLOSEOUT_PAYPAL_{name}": value for name, value in {**LOGINS, **values}.items()}
    settings = Settings.load({"CLOSEOUT_DATABASE_URL": "sqlite:///x.db", **environ})
    return KINDS["paypal"].open(Opening("paypal", settings, db, account=account))


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"URL": "http://api-m.paypal.com"}, "CLOSEOUT_PAYPAL_URL"),
        ({"URL": "https://api-m.paypal.com/v2"}, "CLOSEOUT_PAYPAL_URL"),
        ({"URL": "https://me@api-m.paypal.com"}, "CLOSEOUT_PAYPAL_URL"),
        ({"account": "short"}, "gateways: paypal: account"),
        ({"SECRET": "two words of it"}, "CLOSEOUT_PAYPAL_SECRET"),
        ({"WEBHOOK_ID": "nö"}, "CLOSEOUT_PAYPAL_WEBHOOK_ID"),
    ],
)
def test_what_can_not_be_used_is_refused_by_its_name(
    sqlite_db: Database, values: dict[str, str], what: str
) -> None:
    with pytest.raises(SettingsError, match=what):
        opened(sqlite_db, **values)


def test_an_account_is_its_client_id_at_an_address_and_two_secrets_are_two_logins(
    sqlite_db: Database,
) -> None:
    first, second = opened(sqlite_db, SECRET="secret-one"), opened(sqlite_db, SECRET="secret-two")
    assert first.address == second.address == f"https://api-m.paypal.com {SANDBOX_CLIENT_ID}"
    assert not first.logins & second.logins
    assert first.logins == opened(sqlite_db, SECRET="secret-one", URL="https://api-m.paypal.com/").logins
    assert "secret-one" not in str(first.logins)


def test_a_cancelled_draft_is_deleted_and_may_be_asked_about_after_that(driver: Driver) -> None:
    driver.switch_on("send", "500")
    trigger = intent_of(driver.gateway, driver.orders.shared)
    assert isinstance(driver.gateway.send(trigger), Unknown)
    void = intent_of(driver.gateway, driver.orders.void(invoice_of(driver.gateway.ask(trigger)).id))
    for outcome in (driver.gateway.send(void), driver.gateway.send(void), driver.gateway.ask(void)):
        assert isinstance(outcome, Done)
        assert invoice_of(outcome).status == "void"
    assert isinstance(driver.gateway.ask(trigger), Failed)
    assert (driver.invoices(), len(driver.journal("draft_deleted"))) == ([], 1)
