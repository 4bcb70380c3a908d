"""How Stripe is spoken to: keys, forms, parameters, limits, and answers that are kept."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest
import requests
import stripe

from app.sandbox.stripe import SANDBOX_KEY
from app.sandbox.stripe.events import API_VERSION
from tests.sandbox.stripe.client import Shop, sdk

BEARER = {"Authorization": f"Bearer {SANDBOX_KEY}"}


def _post(shop: Shop, path: str, body: str, **headers: str) -> requests.Response:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return requests.post(
        f"{shop.sandbox.url}{path}", data=body, headers={**BEARER, **form, **headers}, timeout=10
    )


def _error(response: requests.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    return error


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer sk_test_other", f"Basic {SANDBOX_KEY}"])
def test_nobody_without_the_key_is_served(shop: Shop, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    response = requests.get(f"{shop.sandbox.url}/v1/account", headers=headers, timeout=10)
    assert response.status_code == 401
    assert _error(response)["type"] == "invalid_request_error"


def test_a_restricted_key_may_do_what_it_was_given_and_nothing_else(shop: Shop) -> None:
    shop.sandbox.add_restricted_key("rk_test_invoices", ["rak_invoice_write", "rak_customer_write"])
    api = sdk(shop.sandbox, "rk_test_invoices").v1
    customer = api.customers.create({"email": "a@acme.example"})
    assert api.invoices.list({"customer": customer.id}).data == []
    with pytest.raises(stripe.PermissionError, match="rak_transfer_write"):
        api.transfers.create({"amount": 1, "currency": "usd", "destination": "acct_dev"})
    with pytest.raises(stripe.PermissionError, match="rak_balance_read"):
        api.balance.retrieve()


def test_another_account_or_another_version_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.PermissionError, match="acct_dev"):
        shop.api.invoices.list({}, {"stripe_account": "acct_dev"})
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        shop.api.invoices.list({}, {"stripe_version": "2020-08-27"})


def test_the_sandbox_speaks_the_version_of_the_installed_sdk() -> None:
    assert stripe.api_version == API_VERSION


INVOICE = "collection_method=send_invoice&days_until_due=15&currency=usd"
BAD_FORMS = [
    ("/v1/customers", "emial=a", "parameter_unknown", "emial"),
    ("/v1/customers", "address[street]=a", "parameter_unknown", "address[street]"),
    ("/v1/customers", "email=", "parameter_invalid_empty", "email"),
    ("/v1/customers", f"metadata[{'k' * 41}]=a", "", f"metadata[{'k' * 41}]"),
    ("/v1/customers", f"metadata[a]={'v' * 501}", "", "metadata[a]"),
    ("/v1/customers", "&".join(f"metadata[k{n}]=v" for n in range(51)), "", "metadata"),
    ("/v1/customers", "metadata=a", "", "metadata"),
    ("/v1/customers", "email=a&email=b", "", "email"),
    ("/v1/customers", "email[=a", "", "email["),
    ("/v1/customers", "expand[1]=a", "", "expand"),
    ("/v1/customers", "test_clock=clock_1", "", "test_clock"),
    ("/v1/customers", "email=a&expand[]=moon", "", "expand"),
    ("/v1/invoices", INVOICE, "parameter_missing", "customer"),
    ("/v1/invoices", f"{INVOICE}&customer=cus_nowhere", "resource_missing", "customer"),
    ("/v1/invoices", "customer=CUS&collection_method=letter", "", "collection_method"),
    ("/v1/invoices", "customer=CUS&days_until_due=15", "", ""),
    ("/v1/invoices", "customer=CUS&collection_method=send_invoice", "", ""),
    (
        "/v1/invoices",
        "customer=CUS&collection_method=send_invoice&days_until_due=1.5",
        "parameter_invalid_integer",
        "days_until_due",
    ),
    ("/v1/invoices", "customer=CUS&auto_advance=no", "", "auto_advance"),
    ("/v1/invoices", "customer=CUS&custom_fields[0][name]=a", "parameter_missing", "custom_fields[0][value]"),
    ("/v1/invoiceitems", "customer=CUS&currency=usd", "parameter_missing", "amount"),
    ("/v1/transfers", "currency=usd&destination=acct_dev", "parameter_missing", "amount"),
    ("/v1/transfers", "amount=1&currency=usd", "parameter_missing", "destination"),
]


@pytest.mark.parametrize(("path", "body", "code", "param"), BAD_FORMS)
def test_what_the_sdk_does_not_know_is_refused_by_name(
    shop: Shop, path: str, body: str, code: str, param: str
) -> None:
    customer = shop.api.customers.create({"email": "ap@acme.example"}).id
    before = len(shop.sandbox.books.shelf.every("invoice") + shop.sandbox.books.shelf.every("customer"))
    response = _post(shop, path, body.replace("CUS", customer))
    assert response.status_code == 400
    error = _error(response)
    assert (error["type"], error.get("code", ""), error.get("param", "")) == (
        "invalid_request_error",
        code,
        param,
    )
    after = len(shop.sandbox.books.shelf.every("invoice") + shop.sandbox.books.shelf.every("customer"))
    assert after == before


@pytest.mark.parametrize("path", ["/v1/invoices/search", "/v1/coupons", "/v1/transfers/tr_1/cancel"])
def test_an_address_that_is_not_served_is_not_found(shop: Shop, path: str) -> None:
    response = requests.get(f"{shop.sandbox.url}{path}", headers=BEARER, timeout=10)
    assert response.status_code == 404


def test_an_account_that_is_not_ours_is_forbidden_rather_than_missing(shop: Shop) -> None:
    with pytest.raises(stripe.PermissionError, match="acct_nowhere"):
        shop.api.accounts.retrieve("acct_nowhere")
    assert shop.api.accounts.retrieve_current().payouts_enabled


def test_the_same_key_gives_the_same_answer_and_books_once(shop: Shop) -> None:
    first = _post(shop, "/v1/customers", "email=a&name=b", **{"Idempotency-Key": "k1"})
    again = _post(shop, "/v1/customers", "name=b&email=a", **{"Idempotency-Key": "k1"})
    assert first.content == again.content
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert len(shop.api.customers.list().data) == 1


@pytest.mark.parametrize(("path", "body"), [("/v1/customers", "email=b"), ("/v1/invoices", "customer=c")])
def test_a_key_belongs_to_one_request(shop: Shop, path: str, body: str) -> None:
    _post(shop, "/v1/customers", "email=a", **{"Idempotency-Key": "k1"})
    response = _post(shop, path, body, **{"Idempotency-Key": "k1"})
    assert (response.status_code, _error(response)["type"]) == (400, "idempotency_error")
    assert len(shop.api.customers.list().data) == 1


def test_a_key_longer_than_255_characters_is_refused(shop: Shop) -> None:
    assert _post(shop, "/v1/customers", "email=a", **{"Idempotency-Key": "k" * 255}).status_code == 200
    response = _post(shop, "/v1/customers", "email=a", **{"Idempotency-Key": "k" * 256})
    assert _error(response)["type"] == "idempotency_error"


def test_a_key_is_forgotten_after_a_day_and_books_anew(shop: Shop) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = _post(shop, "/v1/customers", "email=a", **headers).json()["id"]
    shop.sandbox.pass_time(86_300)
    assert _post(shop, "/v1/customers", "email=a", **headers).json()["id"] == first
    shop.sandbox.pass_time(110)
    assert _post(shop, "/v1/customers", "email=a", **headers).json()["id"] != first


def test_a_refusal_by_the_books_is_kept_but_one_of_the_form_is_not(shop: Shop) -> None:
    body = "amount=100&currency=usd&destination=acct_dev"
    headers = {"Idempotency-Key": "k1"}
    assert _error(_post(shop, "/v1/transfers", body, **headers))["code"] == "balance_insufficient"
    shop.sandbox.set_balance(100)
    again = _post(shop, "/v1/transfers", body, **headers)
    assert (_error(again)["code"], again.headers["Idempotent-Replayed"]) == ("balance_insufficient", "true")
    headers = {"Idempotency-Key": "k2"}
    assert _post(shop, "/v1/transfers", f"{body}&x=1", **headers).status_code == 400
    assert _post(shop, "/v1/transfers", body, **headers).status_code == 200


def test_a_key_whose_first_request_still_works_is_in_use(shop: Shop) -> None:
    """Two are sent while the books are locked: the first waits for them, the other one does not."""
    answers: queue.Queue[requests.Response] = queue.Queue()
    headers = {"Idempotency-Key": "k1"}
    workers = [
        threading.Thread(target=lambda: answers.put(_post(shop, "/v1/customers", "email=a", **headers)))
        for _ in range(2)
    ]
    with shop.sandbox.books.lock:
        for worker in workers:
            worker.start()
        refused = answers.get(timeout=10)
    for worker in workers:
        worker.join()
    assert (refused.status_code, _error(refused)["code"]) == (409, "idempotency_key_in_use")
    assert answers.get(timeout=10).status_code == 200
    assert len(shop.api.customers.list().data) == 1


BROKEN = [
    ("500", 500, "api_error", False),
    ("saved_500", 500, "api_error", True),
    ("409", 409, "idempotency_error", False),
    ("429", 429, "invalid_request_error", False),
    ("refuse_4xx", 400, "invalid_request_error", False),
]


@pytest.mark.parametrize(("fault", "status", "kind", "kept"), BROKEN)
def test_a_fault_books_nothing_and_only_a_saved_500_comes_again(
    shop: Shop, fault: str, status: int, kind: str, kept: bool
) -> None:
    headers = {"Idempotency-Key": "k1"}
    shop.sandbox.faults.switch_on("customer", fault, 1)
    first = _post(shop, "/v1/customers", "email=a", **headers)
    assert (first.status_code, _error(first)["type"]) == (status, kind)
    if fault == "429":
        assert (first.headers["Retry-After"], first.headers["Stripe-Rate-Limited-Reason"]) == (
            "1",
            "endpoint-rate",
        )
    again = _post(shop, "/v1/customers", "email=a", **headers)
    assert again.status_code == (500 if kept else 200)
    assert len(shop.api.customers.list().data) == (0 if kept else 1)


@pytest.mark.parametrize("fault", ["accept_then_timeout", "reset", "wrong_json"])
def test_an_answer_may_go_wrong_after_the_booking_and_is_right_the_next_time(shop: Shop, fault: str) -> None:
    api = sdk(shop.sandbox, timeout_s=0.4).v1
    shop.sandbox.faults.switch_on("customer", fault, 1)
    with pytest.raises((stripe.StripeError, ValueError)):
        api.customers.create({"email": "a"}, {"idempotency_key": "k1"})
    told = shop.api.customers.create({"email": "a"}, {"idempotency_key": "k1"})
    assert [one.id for one in shop.api.customers.list().data] == [told.id]


@pytest.mark.parametrize(
    ("fault", "told"), [("wrong_amount", (101, "usd")), ("wrong_currency", (100, "eur"))]
)
def test_an_answer_may_say_another_amount_than_was_booked(
    shop: Shop, fault: str, told: tuple[int, str]
) -> None:
    shop.sandbox.set_balance(100)
    shop.sandbox.faults.switch_on("transfer", fault, 1)
    transfer = shop.transfer(100)
    assert (transfer.amount, transfer.currency) == told
    right = shop.api.transfers.retrieve(transfer.id)
    assert (right.amount, right.currency) == (100, "usd")


def test_a_key_may_expire_early_and_then_the_same_request_books_twice(shop: Shop) -> None:
    shop.api.customers.create({"email": "a"}, {"idempotency_key": "k1"})
    shop.sandbox.faults.switch_on("customer", "key_expired", 1)
    shop.api.customers.create({"email": "a"}, {"idempotency_key": "k1"})
    assert len(shop.api.customers.list().data) == 2


def test_more_requests_than_the_limit_are_turned_away(shop: Shop) -> None:
    shop.sandbox.counter.limit_per_s = 2
    shop.sandbox.counter.retry_after_s = None
    shop.api.balance.retrieve()
    shop.api.balance.retrieve()
    with pytest.raises(stripe.RateLimitError) as caught:
        shop.api.balance.retrieve()
    assert caught.value.headers is not None
    assert caught.value.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert "Retry-After" not in caught.value.headers


def test_what_can_not_be_expanded_is_refused(shop: Shop) -> None:
    invoice = shop.sent(100)
    customer: Any = shop.api.invoices.retrieve(invoice.id, {"expand": ["customer"]}).customer
    assert customer.email == "ap@acme.example"
    for path in ("total", "nothing", "a.b.c.d.e"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            shop.api.invoices.retrieve(invoice.id, {"expand": [path]})
        assert caught.value.param == "expand", path


def test_every_request_and_answer_is_in_the_journal(shop: Shop) -> None:
    shop.api.customers.create({"email": "a"}, {"idempotency_key": "k1"})
    (asked,) = shop.sandbox.journal.entries("request")
    (answered,) = shop.sandbox.journal.entries("answer")
    assert {name: asked[name] for name in ("method", "path", "key", "body")} == {
        "method": "POST",
        "path": "/v1/customers",
        "key": "k1",
        "body": "email=a",
    }
    assert (answered["status"], answered["fault"], answered["replayed"]) == (200, "", False)
