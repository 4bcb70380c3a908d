"""How requests to Stripe leave this machine: nothing of it is told, nothing of the environment bends them."""

from __future__ import annotations

import json

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from app.db import Database
from app.gateways.base import Failed, Unknown
from app.sandbox.stripe import SANDBOX_KEY
from app.sandbox.stripe.accounts import PLATFORM_ID
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import refused_for_good
from tests.gateways.stripe_driver import ORDERS, gateway_at


def test_stripe_gets_the_key_and_the_version_and_hears_nothing_of_this_machine(
    httpserver: HTTPServer, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    httpserver.expect_request("/v1/account").respond_with_json({"id": "acct_1Other", "object": "account"})
    gateway = gateway_at(httpserver.url_for("").rstrip("/"), sqlite_db)
    assert "acct_1Other" in refused_for_good(gateway.send(intent_of(gateway, ORDERS.shared)))
    [(request, _)] = httpserver.log
    sent = {name.lower(): value for name, value in request.headers.items()}
    assert sent["authorization"] == f"Bearer {SANDBOX_KEY}"
    assert sent["stripe-version"] == "2026-10-28.endive"
    assert sent["user-agent"].startswith("closeout/1 ")
    assert not [name for name in sent if name.startswith("x-stripe-client")]


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else(
    httpserver: HTTPServer, sqlite_db: Database
) -> None:
    elsewhere = httpserver.url_for("/elsewhere")
    httpserver.expect_request("/v1/account").respond_with_response(
        Response(status=302, headers={"Location": elsewhere})
    )
    gateway = gateway_at(httpserver.url_for("").rstrip("/"), sqlite_db)
    assert isinstance(gateway.send(intent_of(gateway, ORDERS.shared)), Failed | Unknown)
    assert [request.path for request, _ in httpserver.log] == ["/v1/account"]


def test_a_list_that_does_not_end_is_left_to_a_person(httpserver: HTTPServer, sqlite_db: Database) -> None:
    page = {"object": "list", "data": [{"id": "in_1", "object": "invoice"}], "has_more": True}
    httpserver.expect_request("/v1/account").respond_with_json({"id": PLATFORM_ID, "object": "account"})
    httpserver.expect_request("/v1/invoices").respond_with_data(json.dumps(page))
    gateway = gateway_at(httpserver.url_for("").rstrip("/"), sqlite_db)
    outcome = gateway.booked("con_7732_alpha")
    assert isinstance(outcome, Unknown)
    assert outcome.needs_person
    assert "does not end" in outcome.reason
