"""The wire format: the published example to the letter, the same bytes for the same order, and no floats."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from app.gateways.base import Leg, Order
from app.gateways.http.envelope import read_event, write_event
from app.signatures import sign_standard_webhook
from tests.gateways.orders import EXAMPLE, LEGS, SHARED, leg_order, tell_order

PROTOCOL = Path(__file__).parents[3] / "docs" / "gateway-protocol.md"
DATA_FIELDS = [
    "contract_id",
    "milestone_index",
    "milestone_title",
    "amount_due_cents",
    "currency",
    "status",
    "payout_destination",
]
PUBLISHED = {
    "event": "milestone.status_updated",
    "id": "evt_98234109",
    "created_at": "2026-05-28T09:10:20Z",
    "data": {
        "contract_id": "con_7732_alpha",
        "milestone_index": 2,
        "milestone_title": "Midway UI Prototype Sign-off",
        "amount_due_cents": 750000,
        "currency": "usd",
        "status": "triggered_for_disbursement",
        "payout_destination": {"account_token": "acc_dev_team_44", "auto_clear": True},
    },
}


def test_the_published_event_is_sent_field_for_field_and_in_its_order() -> None:
    sent = json.loads(write_event(SHARED))
    assert list(sent) == ["event", "id", "created_at", "data", "context"]
    context = sent.pop("context")
    assert json.dumps(sent) == json.dumps(PUBLISHED), "same fields, same types, same order"
    assert context["legs"] == [
        {"account_token": "acc_dev_team_44", "amount_cents": 500_000},
        {"account_token": "acc_design_7", "amount_cents": 250_000},
    ]


@pytest.mark.parametrize("order", [EXAMPLE, tell_order("paid"), leg_order(LEGS[1])])
def test_data_has_the_same_fields_in_every_event(order: Order) -> None:
    data = json.loads(write_event(order))["data"]
    assert list(data) == DATA_FIELDS
    assert list(data["payout_destination"]) == ["account_token", "auto_clear"]


def test_a_leg_names_its_account_and_amount_and_keeps_the_amount_due() -> None:
    sent = json.loads(write_event(leg_order(LEGS[1])))
    assert sent["data"]["payout_destination"]["account_token"] == "acc_design_7"
    assert sent["data"]["amount_due_cents"] == 750_000
    assert sent["context"]["payout"] == {"account_token": "acc_design_7", "amount_cents": 250_000}


def test_the_revision_always_stands_beside_the_data() -> None:
    assert json.loads(write_event(EXAMPLE))["context"] == {"revision": 1}
    second = replace(EXAMPLE, revision=2, context={"revision": 2})
    assert json.loads(write_event(second))["context"] == {"revision": 2}


@given(
    title=st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    notes=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers() | st.booleans()),
)
def test_equal_orders_give_equal_bytes_and_nothing_is_lost(title: str, notes: dict[str, int]) -> None:
    order = replace(EXAMPLE, milestone_title=title, context={"notes": notes})
    turned = replace(order, context={"notes": dict(reversed(notes.items()))})
    assert write_event(order) == write_event(turned)
    sent = json.loads(write_event(order))
    assert (sent["data"]["milestone_title"], sent["context"]["notes"]) == (title, notes)


def test_the_bytes_are_compact_utf8() -> None:
    assert "Tür".encode() in write_event(replace(EXAMPLE, milestone_title="Tür"))
    assert b": " not in write_event(EXAMPLE)


@pytest.mark.parametrize(
    "order",
    [
        replace(EXAMPLE, context={"rate": 0.5}),
        replace(EXAMPLE, context={"deep": [{"rate": float("nan")}]}),
        replace(EXAMPLE, context={"payout": {"account_token": "acc_x", "amount_cents": 1}}),
        replace(EXAMPLE, context={"revision": 2}),
        replace(EXAMPLE, leg=LEGS[0]),
        replace(EXAMPLE, event_id="evt_../../x"),
        replace(EXAMPLE, event_id="msg_1"),
    ],
)
def test_an_order_that_the_protocol_has_no_room_for_is_never_drafted(order: Order) -> None:
    with pytest.raises(ValueError, match=r"."):
        write_event(order)


def test_what_was_written_is_read_back() -> None:
    asked = read_event(write_event(leg_order(LEGS[0])))
    assert (asked.leg, asked.legs, asked.operation) == (LEGS[0], LEGS, "pay_out")
    assert (asked.amount_minor, asked.currency) == (750_000, "usd")
    assert read_event(write_event(EXAMPLE)).operation == "open_invoice"
    assert read_event(write_event(tell_order("disbursing"))).only_tells
    assert not read_event(write_event(leg_order(Leg("acc_x", 1)))).only_tells


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"data":{}}', b"\xff"])
def test_other_bytes_are_not_an_event_of_ours(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_event(body)


def test_the_worked_example_of_the_protocol_is_ours_and_verifies() -> None:
    text = PROTOCOL.read_text(encoding="utf-8")
    example = dict(re.findall(r"^(secret|webhook-[a-z]+|body): +(.+)$", text, re.MULTILINE))
    body = example.pop("body").encode()
    assert body == write_event(EXAMPLE)
    secret = example.pop("secret")
    sent_at = datetime.fromtimestamp(int(example["webhook-timestamp"]), UTC)
    with time_machine.travel(sent_at, tick=False):
        Webhook(secret).verify(body, example, json_parse=False)
        assert sign_standard_webhook((secret.encode(),), "evt_98234109", body) == example


def test_every_example_of_the_protocol_is_json() -> None:
    examples = re.findall(r"^```json\n(.+?)\n```$", PROTOCOL.read_text(encoding="utf-8"), re.M | re.S)
    assert len(examples) == 5
    event = json.loads(examples[0])
    context = event.pop("context")
    assert event == PUBLISHED
    assert context["revision"] == 1
    for example in examples[1:]:
        json.loads(example)
