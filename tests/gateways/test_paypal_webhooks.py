"""PayPal's webhooks: PayPal says whose they are, strangers can not keep us busy, and what each one means."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_httpserver import HTTPServer

from app.errors import GatewayError, PayloadError, SignatureError
from app.events import GatewayEvent
from app.gateways.fields import Object
from app.gateways.paypal import webhooks
from app.gateways.paypal.client import PayPalGateway
from app.gateways.paypal.session import Talk
from app.gateways.paypal.trial import trial
from app.sandbox.paypal import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.driver import Sent
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import invoice_of, payout_of
from tests.gateways.paypal_driver import Driver, gateway_at, paypal_driver

VERIFY = "/v1/notifications/verify-webhook-signature"


@pytest.fixture
def driver(httpserver: HTTPServer) -> Iterator[Driver]:
    with paypal_driver(httpserver) as driver:
        yield driver


@pytest.fixture
def callback(driver: Driver) -> Sent:
    open_and_pay(driver)
    return driver.next_callback()


def asked_of_paypal(driver: Driver) -> int:
    return len([entry for entry in driver.journal("request") if entry["path"] == VERIFY])


def test_a_genuine_one_is_paypals_as_often_as_it_comes(driver: Driver, callback: Sent) -> None:
    shouting = {name.upper(): value for name, value in callback.headers.items()}
    for headers in (callback.headers, callback.headers, shouting):
        driver.gateway.verify(headers, callback.body)
    first = driver.gateway.parse(callback.headers, callback.body)
    other_attempt = {**callback.headers, "paypal-transmission-id": "another-attempt"}
    assert driver.gateway.parse(other_attempt, callback.body) == first, "an attempt has an id of its own"
    assert first.delivery_id.startswith("WH-")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("paypal-transmission-id", ""),
        ("paypal-transmission-id", "x" * 500),
        ("paypal-transmission-sig", "ß" * 40),
        ("paypal-transmission-sig", "short"),
        ("paypal-transmission-time", "yesterday"),
        ("paypal-transmission-time", "2026-99-99T99:99:99Z"),
        ("paypal-auth-algo", "SHA256 with RSA"),
        ("paypal-cert-url", "https://api.paypal.com.attacker.example/cert"),
        ("paypal-cert-url", "https://attacker.example/api.paypal.com"),
        ("paypal-cert-url", "https://api.paypal.com@attacker.example/cert"),
        ("paypal-cert-url", "http://api.paypal.com/cert"),
        ("paypal-cert-url", "https://notpaypal.com/cert"),
        ("paypal-cert-url", "https://[::1/cert"),
    ],
)
def test_what_is_plainly_wrong_is_refused_without_asking(
    driver: Driver, callback: Sent, header: str, value: str
) -> None:
    with pytest.raises(SignatureError, match=header):
        driver.gateway.verify({**callback.headers, header: value}, callback.body)
    assert asked_of_paypal(driver) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"id": "x"}{"id": "y"}',
        b'{}, "webhook_id": "8PT597110X687430LKGECATA"',
        b'{"id": "' + b"x" * webhooks.LARGEST + b'"}',
        b"\xff\xfe{}",
    ],
)
def test_a_body_that_is_not_one_event_is_refused_without_asking(
    driver: Driver, callback: Sent, body: bytes
) -> None:
    with pytest.raises(SignatureError, match="no event"):
        driver.gateway.verify(callback.headers, body)
    assert asked_of_paypal(driver) == 0


@pytest.mark.parametrize("away", [timedelta(days=5), timedelta(minutes=-11)])
def test_one_from_another_week_is_refused_without_asking(
    driver: Driver, callback: Sent, away: timedelta
) -> None:
    with time_machine.travel(datetime.now(UTC) + away), pytest.raises(SignatureError, match="time"):
        driver.gateway.verify(callback.headers, callback.body)
    assert asked_of_paypal(driver) == 0


def test_a_forged_one_is_refused_by_paypal(driver: Driver, callback: Sent) -> None:
    spaced = json.dumps(json.loads(callback.body)).encode()
    other = {**callback.headers, "paypal-transmission-id": "00000000-1111-2222"}
    for headers, body in ((callback.headers, spaced), (other, callback.body)):
        with pytest.raises(SignatureError, match="no callback of the webhook"):
            driver.gateway.verify(headers, body)
    assert asked_of_paypal(driver) == 2


def test_one_of_another_webhook_is_refused(driver: Driver, callback: Sent) -> None:
    other = PayPalGateway(
        "paypal", SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET, "1AB23456CD789012E", driver.paypal.url
    )
    with pytest.raises(SignatureError, match="WEBHOOK_ID"):
        other.verify(callback.headers, callback.body)


@pytest.mark.parametrize("kind", ["500", "429", "refuse_4xx", "reset", "wrong_json"])
def test_where_paypal_does_not_say_it_the_sender_is_to_come_again(
    driver: Driver, callback: Sent, kind: str
) -> None:
    driver.switch_on("verify", kind)
    with pytest.raises(GatewayError) as raised:
        driver.gateway.verify(callback.headers, callback.body)
    assert not raised.value.permanent
    driver.gateway.verify(callback.headers, callback.body)


def test_an_unreachable_paypal_is_no_forgery(driver: Driver, callback: Sent) -> None:
    headers = {**callback.headers, "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/C"}
    with pytest.raises(GatewayError) as raised:
        driver.nowhere.verify(headers, callback.body)
    assert not raised.value.permanent


def test_strangers_can_not_have_more_than_four_questions_asked_at_once(
    driver: Driver, callback: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, most, lock, all_knocked = 0, 0, threading.Lock(), threading.Event()
    turned_away: list[GatewayError] = []
    find = Talk.find

    def slow(talk: Talk, path: str, wanted: bytes) -> Object:
        nonlocal inside, most
        with lock:
            inside, most = inside + 1, max(most, inside + 1)
        assert all_knocked.wait(5)
        with lock:
            inside -= 1
        return find(talk, path, wanted)

    def verify(_: int) -> str:
        try:
            driver.gateway.verify(callback.headers, callback.body)
        except GatewayError as error:
            with lock:
                turned_away.append(error)
            if len(turned_away) == 8:
                all_knocked.set()
            return "later"
        return "genuine"

    monkeypatch.setattr(Talk, "find", slow)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(verify, range(12)))
    assert (answers.count("genuine"), answers.count("later"), most) == (4, 8, 4)
    assert not any(error.permanent for error in turned_away)
    driver.gateway.verify(callback.headers, callback.body)


def kinds(driver: Driver, until: str) -> list[GatewayEvent]:
    """All events to the first of that kind."""
    seen: list[GatewayEvent] = []
    while not seen or seen[-1].kind != until:
        callback = driver.next_callback()
        driver.gateway.verify(callback.headers, callback.body)
        seen.append(driver.gateway.parse(callback.headers, callback.body))
    return seen


def test_paid_is_said_of_a_whole_payment_only(driver: Driver) -> None:
    order = driver.orders.shared
    invoice = invoice_of(
        driver.gateway.send(intent_of(driver.gateway, order)),
    )
    driver.hall(f"invoices/{invoice.id}/record-payment", amount_cents=100_000)
    assert kinds(driver, "invoice.partially_paid")[-1].invoice_id == invoice.id
    driver.hall(f"invoices/{invoice.id}/pay", pending=True)
    kinds(driver, "invoice.payment_pending")
    driver.hall(f"invoices/{invoice.id}/clear")
    paid = kinds(driver, "invoice.paid")[-1]
    assert (paid.event_id, paid.payout_id) == (order.event_id, "")
    driver.hall(f"invoices/{invoice.id}/refund", amount_cents=50_000)
    kinds(driver, "invoice.partially_refunded")


def test_a_share_and_a_dispute_name_our_orders(driver: Driver) -> None:
    invoice_id = open_and_pay(driver)
    leg = driver.orders.leg(driver.orders.legs[0])
    payout_id = payout_of(driver.gateway.send(intent_of(driver.gateway, leg))).id
    driver.hall(f"payouts/{payout_id}/end", status="SUCCESS")
    paid = kinds(driver, "payout.paid")[-1]
    assert (paid.event_id, paid.payout_id, paid.account) == (leg.event_id, payout_id, leg.leg.account)  # type: ignore[union-attr]
    driver.hall(f"payouts/{payout_id}/end", status="REFUNDED")
    assert kinds(driver, "payout.failed")[-1].event_id == leg.event_id
    driver.hall("balance", currency="usd", amount_cents=750_000)
    dispute = driver.hall("disputes", invoice_id=invoice_id)
    opened = kinds(driver, "invoice.disputed")[-1]
    driver.hall(f"disputes/{dispute['dispute_id']}/close", won=True)
    closed = kinds(driver, "invoice.disputed")[-1]
    assert opened.event_id == closed.event_id == driver.orders.shared.event_id
    assert opened.delivery_id != closed.delivery_id


@pytest.mark.parametrize(
    "event",
    [
        {"event_type": "INVOICING.INVOICE.PAID", "resource": {"invoice": {"id": "INV2-A"}}},
        {"id": "WH-1", "resource": {}},
        {"id": "WH-1", "event_type": "INVOICING.INVOICE.PAID"},
        {"id": "WH-1", "event_type": "INVOICING.INVOICE.PAID", "resource": {}},
        {"id": "WH-1", "event_type": "PAYMENT.PAYOUTS-ITEM.SUCCEEDED", "resource": {"payout_item": 1}},
        {"id": ["WH-1"], "event_type": "INVOICING.INVOICE.PAID", "resource": {}},
    ],
)
def test_what_lacks_its_names_can_not_be_read(driver: Driver, event: dict[str, Any]) -> None:
    with pytest.raises(PayloadError):
        driver.gateway.parse({}, json.dumps(event).encode())


def test_an_event_of_something_else_names_no_order(driver: Driver) -> None:
    event = {"id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": {}}
    read = driver.gateway.parse({}, json.dumps(event).encode())
    assert (read.kind, read.event_id, read.invoice_id) == ("checkout.order.approved", "", "")


def test_a_reference_of_somebody_else_names_no_order_of_ours(driver: Driver) -> None:
    invoice = {"id": "INV2-A", "status": "PAID", "detail": {"reference": "PO 4711"}}
    event = {"id": "WH-1", "event_type": "INVOICING.INVOICE.PAID", "resource": {"invoice": invoice}}
    assert driver.gateway.parse({}, json.dumps(event).encode()).event_id == ""


def test_a_trial_tells_what_is_there_and_costs_nothing(driver: Driver) -> None:
    tried = list(trial(gateway_at(driver.paypal.url)))
    assert [one.problem for one in tried] == [""] * 8
    assert driver.paypal.url in tried[0].what
    assert driver.orders_seen() == 0


@pytest.mark.parametrize(
    ("scope", "what"),
    [
        ("https://uri.paypal.com/payments/payouts", "may pay out"),
        ("https://uri.paypal.com/services/disputes/read-seller", "may read disputes"),
        ("https://uri.paypal.com/services/payments/refund", "may give payments back"),
    ],
)
def test_a_trial_names_the_right_that_is_missing(driver: Driver, scope: str, what: str) -> None:
    driver.hall("client", without_scopes=[scope])
    wrong = [one for one in trial(gateway_at(driver.paypal.url)) if one.problem]
    assert [one.what for one in wrong] == [what]
    assert "dashboard" in wrong[0].problem


def test_a_trial_ends_where_the_secret_is_wrong_or_nobody_is_there(driver: Driver) -> None:
    [wrong] = trial(gateway_at(driver.paypal.url, secret="another-secret"))
    assert "invalid_client" in wrong.problem
    [lonely] = trial(driver.nowhere)  # type: ignore[arg-type]
    assert "not reached" in lonely.problem or "no access token" in lonely.problem
    driver.hall("callback", url="")
    last = list(trial(gateway_at(driver.paypal.url)))[-1]
    assert "no webhook of this id" in last.problem
