"""The pretend PayPal's world goes on by itself where it is told to, and its journal survives it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from app.sandbox.paypal import SandboxPayPal
from tests.sandbox.paypal.client import Client


def test_every_answer_is_dated_by_paypals_own_clock() -> None:
    with SandboxPayPal() as paypal:
        client = Client(paypal)
        client.hall("time", seconds=40 * 86_400)
        [dated] = client.get("/v2/invoicing/invoices").raw.headers.getlist("Date")
    assert parsedate_to_datetime(dated) > datetime.now(UTC) + timedelta(days=39)


def test_clients_pay_and_payouts_arrive_by_themselves_and_all_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with SandboxPayPal(pay_after_s=0.0, journal_path=path) as paypal:
        client = Client(paypal)
        invoice_id = client.send()
        wait_for(client, "money_in")
        assert client.invoice(invoice_id)["status"] == "PAID"
        batch_id = client.pay_out()
        wait_for(client, "payout_paid")
        assert client.batch(batch_id)["batch_header"]["batch_status"] == "SUCCESS"
    kinds = [json.loads(line)["kind"] for line in path.read_text(encoding="utf-8").splitlines()]
    booked = [kind for kind in kinds if kind not in ("request", "answer")]
    assert booked == ["draft_created", "invoice_opened", "money_in", "transfer", "payout_paid"]


def wait_for(client: Client, kind: str) -> None:
    deadline = time.monotonic() + 10
    while not client.journal(kind):
        assert time.monotonic() < deadline, f"no {kind}"
        time.sleep(0.01)
