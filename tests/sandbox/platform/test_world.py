"""What happens around the sandbox platform: callbacks, faults, its journal, and its end."""

from __future__ import annotations

import json
import queue
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook
from werkzeug import Request, Response

from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from tests.bending import changed
from tests.sandbox.platform.client import TRIGGER, Client, leg_event, refusal, tell_event


def test_a_kept_500_is_given_again_for_its_key_and_books_nothing(client: Client) -> None:
    client.hall("faults", on="open_invoice", kind="saved_500")
    answers = [client.post(TRIGGER) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert answers[0].content == answers[1].content
    assert refusal(client.ask("evt_98234109"))[:2] == (422, "event_failed")
    assert client.journal("invoice_opened") == []


def test_a_fault_strikes_where_and_as_often_as_it_was_told(client: Client) -> None:
    client.hall("faults", on="open_invoice", kind="500", times=2)
    assert client.post(tell_event("held")).status_code == 200
    assert [client.post(TRIGGER).status_code for _ in range(3)] == [500, 500, 200]
    client.hall("faults", on="any", kind="410", times=9)
    assert client.ask("evt_98234109").status_code == 410
    requests.delete(f"{client.platform.url}/sandbox/faults", timeout=5)
    assert client.ask("evt_98234109").status_code == 200


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "fire"},
        {"on": "moon", "kind": "500"},
        {},
        {"kind": "500", "times": 0},
        {"kind": "500", "times": "2"},
    ],
)
def test_a_fault_that_does_not_exist_is_refused(client: Client, wish: dict[str, object]) -> None:
    assert client.hall("faults", **wish).status_code == 422
    assert client.post(TRIGGER).status_code == 200


def test_the_journal_numbers_everything_it_saw_and_lies_in_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with SandboxPlatform(settle_after_s=None, journal_path=path) as platform:
        client = Client(platform)
        client.hall("faults", on="open_invoice", kind="429")
        client.post(TRIGGER)
        client.open_and_pay()
        entries = client.journal()
        assert [json.loads(line) for line in path.read_text().splitlines()] == entries
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry["kind"] for entry in entries] == [
        "request",
        "answer",
        "request",
        "invoice_opened",
        "answer",
        "money_in",
    ]
    assert [(entry["status"], entry["fault"]) for entry in entries if entry["kind"] == "answer"] == [
        (429, "429"),
        (200, ""),
    ]


class Receiver:
    """Takes callbacks; the first `bad` of them get a 503."""

    def __init__(self, server: HTTPServer, bad: int = 0) -> None:
        self.url = server.url_for("/gateways/platform")
        self.bad = bad
        self._arrived: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        server.expect_request("/gateways/platform", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        self._arrived.put(({k.lower(): v for k, v in request.headers.items()}, request.get_data()))
        self.bad -= 1
        return Response(status=503 if self.bad >= 0 else 202)

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        headers, body = self._arrived.get(timeout=5)
        Webhook(SANDBOX_SECRET).verify(body, headers, json_parse=False)
        return headers, json.loads(body)


def test_left_alone_the_client_pays_and_the_transfer_arrives_and_each_is_called_back(
    httpserver: HTTPServer,
) -> None:
    receiver = Receiver(httpserver)
    with SandboxPlatform(callback_url=receiver.url, pay_after_s=0.0, settle_after_s=0.0) as platform:
        client = Client(platform)
        client.post(TRIGGER)
        headers, paid = receiver.next()
        assert headers["webhook-id"] == paid["id"]
        assert (paid["event"], paid["data"]["event_id"]) == ("invoice.paid", "evt_98234109")
        assert paid["data"]["invoice"]["status"] == "paid"
        leg = leg_event("acc_design_7", 250_000)
        client.post(leg)
        _, settled = receiver.next()
        assert (settled["event"], settled["data"]["event_id"]) == ("payout.paid", leg["id"])
        assert [payout["status"] for payout in settled["data"]["payouts"]] == ["paid"]


def test_a_callback_that_is_not_taken_comes_again_under_its_id_and_with_its_bytes(
    httpserver: HTTPServer,
) -> None:
    receiver = Receiver(httpserver, bad=2)
    with SandboxPlatform(settle_after_s=None) as platform:
        client = Client(platform)
        client.hall("callback", url=receiver.url)
        client.open_and_pay()
        arrived = [receiver.next() for _ in range(3)]
        assert len({headers["webhook-id"] for headers, _ in arrived}) == 1
        assert arrived[0][1] == arrived[1][1] == arrived[2][1]
        client.hall("payouts/none/settle")
        client.post(changed({**TRIGGER, "id": "evt_2"}, "data.milestone_index", 3))
        client.hall("invoices/inv_000002/void")
        headers, voided = receiver.next()
        assert voided["event"] == "invoice.voided", "the third attempt was the last one"
        assert headers["webhook-id"] != arrived[0][0]["webhook-id"]
        attempts = [entry["status"] for entry in client.journal("callback")]
    assert attempts[:3] == [503, 503, 202]


def test_without_a_callback_address_nothing_is_called(client: Client) -> None:
    client.open_and_pay()
    assert client.journal("callback") == []


def test_stopping_lets_go_of_an_answer_that_is_held_back() -> None:
    platform = SandboxPlatform().start()
    client = Client(platform)
    client.hall("faults", on="open_invoice", kind="accept_then_timeout")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(client.post, TRIGGER)
        while not client.journal("answer"):
            assert not held.done()
        platform.stop()
        assert held.result(timeout=5).status_code == 200
