"""The sandbox platform takes an event when it is right to the letter, once, and refuses the rest by name."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.bending import GONE, changed
from tests.sandbox.platform.client import LEGS, TRIGGER, Client, refusal


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("event", "milestone.updated"),
        ("event", GONE),
        ("id", 7),
        ("id", "98234109"),
        ("id", "evt_" + "x" * 65),
        ("created_at", "yesterday"),
        ("created_at", "2026-05-28T09:10:20+02:00"),
        ("created_at", "2026-02-30T09:10:20Z"),
        ("created_at", 1779959420),
        ("data", []),
        *((f"data.{name}", GONE) for name in TRIGGER["data"]),
        *((f"data.{name}", None) for name in TRIGGER["data"]),
        ("data.extra", 1),
        ("data.contract_id", ""),
        ("data.milestone_index", 0),
        ("data.milestone_index", True),
        ("data.milestone_index", "2"),
        ("data.milestone_title", "x" * 256),
        ("data.amount_due_cents", 750_000.0),
        ("data.amount_due_cents", "750000"),
        ("data.amount_due_cents", True),
        ("data.amount_due_cents", -1),
        ("data.amount_due_cents", 0),
        ("data.currency", "USD"),
        ("data.currency", "xxx"),
        ("data.status", "paid_out"),
        ("data.status", ["paid"]),
        ("data.payout_destination.account_token", ""),
        ("data.payout_destination.account_token", GONE),
        ("data.payout_destination.auto_clear", 1),
        ("data.payout_destination.auto_clear", "true"),
        ("data.payout_destination.iban", "DE00"),
        ("data.payout_destination.account_token", "acc_stranger"),
        ("context", GONE),
        ("context", []),
        ("context.revision", GONE),
        ("context.revision", 0),
        ("context.legs", {}),
        ("context.legs", [*LEGS, LEGS[0]]),
        ("context.legs", LEGS[:1]),
        ("context.legs.0.amount_cents", 499_999),
        ("context.legs.0.amount_cents", 5e5),
        ("context.legs.0.amount_cents", -1),
        ("context.legs.1.account_token", GONE),
        ("context.payout", None),
        ("legs", LEGS),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(client: Client, path: str, value: object) -> None:
    status, code, field = refusal(client.post(changed(TRIGGER, path, value)))
    assert (status, code) == (422, "invalid_field")
    plain = path.replace(".0.", "[0].").replace(".1.", "[1].")
    assert field
    assert plain.startswith(field) or field.startswith(plain)
    assert client.journal("invoice_opened") == []


def test_fields_in_another_order_are_not_the_published_format(client: Client) -> None:
    turned = {**TRIGGER, "data": dict(reversed(list(TRIGGER["data"].items())))}
    assert refusal(client.post(turned)) == (422, "invalid_field", "data")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"id":"evt_1","id":"evt_1"}', b'{"id":NaN}']
)
def test_what_is_no_plain_json_is_malformed(client: Client, body: bytes) -> None:
    answer = client.post(body)
    assert answer.status_code in (400, 401), "bytes that are not UTF-8 can not even be verified"
    assert client.journal("invoice_opened") == []


def test_only_the_holder_of_the_secret_is_served_and_only_in_time(client: Client) -> None:
    other = "whsec_" + "b3RoZXIx" * 5
    for answer in (
        client.post(TRIGGER, secret=other),
        client.post(TRIGGER, late_s=400),
        client.post(TRIGGER, late_s=-400),
        client.post(TRIGGER, headers={"webhook-signature": "v1"}),
        client.post(TRIGGER, headers={"webhook-signature": "rubbish"}),
        client.post(TRIGGER, headers={"webhook-timestamp": "nan"}),
        client.post(TRIGGER, headers={"webhook-id": "evt_other"}),
        requests.post(client.platform.events_url, json=TRIGGER, timeout=5),
        requests.get(f"{client.platform.events_url}/evt_98234109", timeout=5),
        client.ask("evt_98234109", signed_for="evt_other"),
    ):
        assert refusal(answer) == (401, "invalid_signature", "")
    assert client.journal("invoice_opened") == []


def test_the_id_of_the_headers_must_be_the_events(client: Client) -> None:
    assert refusal(client.post(TRIGGER, name="evt_other")) == (422, "invalid_field", "id")


def test_an_order_without_a_key_is_refused(client: Client) -> None:
    body = json.dumps(TRIGGER).encode()
    answer = requests.post(
        client.platform.events_url, data=body, headers=client.signed("evt_98234109", body), timeout=5
    )
    assert refusal(answer) == (400, "missing_key", "")


def test_a_repetition_gets_the_same_bytes_even_when_the_world_moved_on(client: Client) -> None:
    first = client.post(TRIGGER)
    client.hall(f"invoices/{first.json()['invoice']['id']}/pay")
    again = client.post(TRIGGER)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert client.ask("evt_98234109").json()["invoice"]["status"] == "paid"
    assert len(client.journal("invoice_opened")) == 1


def test_a_hundred_repetitions_at_once_open_one_invoice(client: Client) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.post(TRIGGER).content, range(100)))
    assert len(set(answers)) == 1
    assert len(client.journal("invoice_opened")) == 1


def test_a_key_or_an_event_id_is_never_good_for_two_orders(client: Client) -> None:
    client.post(TRIGGER, "key-1")
    renamed = changed(TRIGGER, "data.milestone_title", "Another")
    assert refusal(client.post(renamed, "key-1"))[:2] == (422, "idempotency_key_reused")
    assert refusal(client.post(TRIGGER, "key-2"))[:2] == (422, "event_id_reused")
    assert len(client.journal("invoice_opened")) == 1


def test_asking_names_the_event_that_never_came(client: Client) -> None:
    error = client.ask("evt_never").json()["error"]
    assert (error["code"], error["event_id"]) == ("event_not_seen", "evt_never")
