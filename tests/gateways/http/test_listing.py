"""The list of what a platform booked: read strictly, signed over its query, and ended somewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook
from werkzeug import Request, Response

from app.errors import PayloadError
from app.gateways.base import Failed, Unknown
from app.gateways.http.listing import read_page
from app.sandbox.platform import SANDBOX_SECRET
from tests.gateways.http_driver import gateway_at

INVOICE = {
    "id": "inv_1",
    "number": "N-1",
    "url": "https://pay.example/1",
    "status": "open",
    "amount_cents": 100,
    "currency": "usd",
}
PAYOUT = {"id": "po_1", "account_token": "acc_1", "status": "paid", "amount_cents": 100, "currency": "usd"}
ENTRY: dict[str, Any] = {
    "event_id": "evt_1",
    "milestone_index": 1,
    "milestone_title": "Kickoff",
    "revision": 1,
    "legs": [{"account_token": "acc_1", "amount_cents": 100}],
    "invoice": INVOICE,
    "payouts": [PAYOUT],
}


def page(**more: Any) -> bytes:
    return json.dumps({"contract_id": "con_1", "booked": [ENTRY], "next": None} | more).encode()


def entry(**more: Any) -> bytes:
    return page(booked=[ENTRY | more])


def test_a_page_says_what_is_on_it_and_where_the_next_begins() -> None:
    (one,), after = read_page(page(next="inv_1"), "con_1")
    assert (one.event_id, one.invoice.id, one.done.payouts[0].id, after) == (
        "evt_1",
        "inv_1",
        "po_1",
        "inv_1",
    )
    assert read_page(page(), "con_1")[1] == ""


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"[]", "the document"),
        (page(contract_id="con_2"), "contract_id"),
        (page(booked={}), "booked"),
        (page(booked=[7]), "booked[0]"),
        (page(next=7), "next"),
        (entry(event_id=""), "booked[0].event_id"),
        (entry(milestone_index="1"), "booked[0].milestone_index"),
        (entry(milestone_title=None), "booked[0].milestone_title"),
        (entry(revision=1.5), "booked[0].revision"),
        (entry(legs=None), "booked[0].legs"),
        (entry(legs=[{"account_token": "a", "amount_cents": -1}]), "booked[0].legs[0].amount_cents"),
        (entry(invoice=None), "booked[0].invoice"),
        (entry(invoice=INVOICE | {"status": "gone"}), "booked[0].invoice.status"),
        (entry(invoice=INVOICE | {"status": "credited"}), "booked[0].credit_note"),
        (entry(payouts=[PAYOUT | {"amount_cents": True}]), "booked[0].payouts[0].amount_cents"),
        (entry(payouts=[PAYOUT, PAYOUT | {"id": "po_2"}]), "booked[0].payouts"),
    ],
)
def test_what_can_not_be_read_names_the_field(body: bytes, field: str) -> None:
    with pytest.raises(PayloadError) as caught:
        read_page(body, "con_1")
    assert caught.value.where == field


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_platform_need_not_offer_it(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/events").respond_with_json({"error": {"code": "x"}}, status=status)
    assert isinstance(gateway_at(httpserver.url_for("/events")).booked("con_1"), Failed)


@pytest.mark.parametrize("status", [302, 400, 401, 429, 500, 503])
def test_any_other_answer_leaves_it_unknown(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/events").respond_with_json({"error": {"code": "x"}}, status=status)
    assert isinstance(gateway_at(httpserver.url_for("/events")).booked("con_1"), Unknown)


def test_the_signature_is_over_the_query_so_that_it_is_good_for_no_other(httpserver: HTTPServer) -> None:
    queries = []

    def answer(request: Request) -> Response:
        Webhook(SANDBOX_SECRET).verify(request.query_string, dict(request.headers), json_parse=False)
        queries.append(request.query_string.decode())
        after = "inv 1&x" if len(queries) == 1 else None
        return Response(page(contract_id="con_1/é", next=after), content_type="application/json")

    httpserver.expect_request("/events").respond_with_handler(answer)
    found = gateway_at(httpserver.url_for("/events")).booked("con_1/é")
    assert isinstance(found, tuple)
    assert queries == ["contract_id=con_1%2F%C3%A9", "contract_id=con_1%2F%C3%A9&after=inv+1%26x"]


def test_a_list_that_does_not_end_is_given_up(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/events").respond_with_data(
        page(next="inv_1"), content_type="application/json"
    )
    found = gateway_at(httpserver.url_for("/events")).booked("con_1")
    assert isinstance(found, Unknown)
    assert "does not end" in found.reason
