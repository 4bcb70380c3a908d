"""A hand-made sender for the sandbox platform, so that everything about a request can be wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from standardwebhooks import Webhook

from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from tests.bending import changed

LEGS = [
    {"account_token": "acc_dev_team_44", "amount_cents": 500_000},
    {"account_token": "acc_design_7", "amount_cents": 250_000},
]
TRIGGER: dict[str, Any] = {
    "event": "milestone.status_updated",
    "id": "evt_98234109",
    "created_at": "2026-05-28T09:10:20Z",
    "data": {
        "contract_id": "con_7732_alpha",
        "milestone_index": 2,
        "milestone_title": "Midway UI Prototype Sign-off",
        "amount_due_cents": 750_000,
        "currency": "usd",
        "status": "triggered_for_disbursement",
        "payout_destination": {"account_token": "acc_dev_team_44", "auto_clear": True},
    },
    "context": {"revision": 1, "legs": LEGS},
}


def leg_event(account: str, amount_cents: int, **top: object) -> dict[str, Any]:
    event = changed(TRIGGER, "data.status", "disbursing")
    event["data"]["payout_destination"]["account_token"] = account
    event["context"]["payout"] = {"account_token": account, "amount_cents": amount_cents}
    if account not in [leg["account_token"] for leg in LEGS]:
        del event["context"]["legs"]
    return {**event, "id": f"evt_leg_{account}_{amount_cents}", **top}


def void_event(invoice_id: str, **top: object) -> dict[str, Any]:
    event = changed(TRIGGER, "data.status", "voiding")
    event["context"]["void"] = {"invoice_id": invoice_id}
    return {**event, "id": f"evt_void_{invoice_id}", **top}


def reversal_event(payout_id: str, account: str, amount_cents: int, **top: object) -> dict[str, Any]:
    event = changed(TRIGGER, "data.status", "refunding")
    event["data"]["payout_destination"]["account_token"] = account
    event["context"]["reversal"] = {
        "payout_id": payout_id,
        "account_token": account,
        "amount_cents": amount_cents,
    }
    return {**event, "id": f"evt_reverse_{payout_id}", **top}


def credit_event(invoice_id: str, **top: object) -> dict[str, Any]:
    event = changed(TRIGGER, "data.status", "refunding")
    event["context"]["credit"] = {
        "invoice_id": invoice_id,
        "amount_cents": 750_000,
        "reason": "Not delivered",
    }
    return {**event, "id": f"evt_credit_{invoice_id}", **top}


def tell_event(status: str) -> dict[str, Any]:
    return {**changed(TRIGGER, "data.status", status), "id": f"evt_told_{status}"}


class Client:
    """Signs as it should unless told otherwise, and opens the hall door."""

    def __init__(self, platform: SandboxPlatform) -> None:
        self.platform = platform

    def post(
        self,
        event: object,
        key: str = "",
        *,
        name: str = "",
        late_s: int = 0,
        secret: str = SANDBOX_SECRET,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        body = event if isinstance(event, bytes) else json.dumps(event, separators=(",", ":")).encode()
        given = event.get("id") if isinstance(event, dict) else None
        name = name or (given if isinstance(given, str) else "evt_x")
        signed = self.signed(name, body, late_s, secret)
        signed["Idempotency-Key"] = key or f"key-{name}"
        return requests.post(
            self.platform.events_url, data=body, headers={**signed, **(headers or {})}, timeout=5
        )

    def ask(self, event_id: str, signed_for: str = "") -> requests.Response:
        headers = self.signed(signed_for or event_id, b"")
        return requests.get(f"{self.platform.events_url}/{event_id}", headers=headers, timeout=5)

    def signed(self, name: str, body: bytes, late_s: int = 0, secret: str = SANDBOX_SECRET) -> dict[str, str]:
        moment = datetime.now(UTC) - timedelta(seconds=late_s)
        return {
            "webhook-id": name,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign(name, moment, body.decode("utf-8", "ignore")),
        }

    def hall(self, path: str, **wish: object) -> requests.Response:
        return requests.post(f"{self.platform.url}/sandbox/{path}", json=wish, timeout=5)

    def journal(self, kind: str = "") -> list[dict[str, Any]]:
        answer = requests.get(f"{self.platform.url}/sandbox/journal", params={"kind": kind}, timeout=5)
        entries: list[dict[str, Any]] = answer.json()
        return entries

    def open_and_pay(self) -> str:
        invoice_id = str(self.post(TRIGGER).json()["invoice"]["id"])
        assert self.hall(f"invoices/{invoice_id}/pay").status_code == 200
        return invoice_id


def refusal(answer: requests.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    assert error["message"]
    return answer.status_code, error["code"], error.get("field", "")
