"""A hand-made caller of PayPal's API, so that everything about a request can be wrong."""

from __future__ import annotations

from typing import Any

import requests

from app.sandbox.paypal import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET, SandboxPayPal

INVOICE: dict[str, Any] = {
    "detail": {
        "currency_code": "USD",
        "invoice_number": "CO-0001",
        "reference": "evt_open_1",
        "memo": "closeout:con_7732_alpha/2/r1",
        "payment_term": {"term_type": "NET_15"},
    },
    "primary_recipients": [{"billing_info": {"email_address": "ap@acme.example"}}],
    "items": [
        {
            "name": "Midway UI Prototype Sign-off",
            "quantity": "1",
            "unit_amount": {"currency_code": "USD", "value": "7500.00"},
        }
    ],
}
PAYOUT: dict[str, Any] = {
    "sender_batch_header": {"sender_batch_id": "evt_leg_1", "email_subject": "You are paid"},
    "items": [
        {
            "recipient_type": "EMAIL",
            "receiver": "dev@team.example",
            "amount": {"currency": "USD", "value": "5000.00"},
            "note": "closeout:con_7732_alpha/2/r1",
            "sender_item_id": "evt_leg_1",
        }
    ],
}


class Client:
    """Has a token, asks as it should unless told otherwise, and opens the hall door."""

    def __init__(self, paypal: SandboxPayPal) -> None:
        self.paypal = paypal
        self.token = str(self.ask_token().json()["access_token"])

    def ask_token(
        self, secret: str = SANDBOX_CLIENT_SECRET, grant: str = "client_credentials"
    ) -> requests.Response:
        return requests.post(
            f"{self.paypal.url}/v1/oauth2/token",
            data={"grant_type": grant},
            auth=(SANDBOX_CLIENT_ID, secret),
            timeout=5,
        )

    def get(self, path: str, **query: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.get(self._address(path), params=query, headers=headers, timeout=5)

    def delete(self, path: str) -> requests.Response:
        return requests.delete(
            self._address(path), headers={"Authorization": f"Bearer {self.token}"}, timeout=5
        )

    def post(self, path: str, body: object = None, **headers: str) -> requests.Response:
        """Header names are written with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **named}
        address, plain = self._address(path), {} if body is None else body
        if isinstance(plain, bytes):
            return requests.post(address, data=plain, headers=given, timeout=5)
        return requests.post(address, json=plain, headers=given, timeout=5)

    def hall(self, path: str, **wish: object) -> requests.Response:
        return requests.post(f"{self.paypal.url}/sandbox/{path}", json=wish, timeout=5)

    def journal(self, kind: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.paypal.url}/sandbox/journal", params={"kind": kind}, timeout=5)
        entries: list[dict[str, Any]] = answer.json()
        return entries

    def draft(self, body: dict[str, Any] = INVOICE) -> str:
        """The id of a new draft."""
        answer = self.post("/v2/invoicing/invoices", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["href"]).rpartition("/")[2]

    def send(self, body: dict[str, Any] = INVOICE) -> str:
        """The id of an invoice that the client has."""
        invoice_id = self.draft(body)
        assert self.post(f"/v2/invoicing/invoices/{invoice_id}/send").status_code == 200
        return invoice_id

    def paid(self, body: dict[str, Any] = INVOICE) -> tuple[str, str]:
        """The id of an invoice that the client paid, and that of its capture."""
        invoice_id = self.send(body)
        answer = self.hall(f"invoices/{invoice_id}/pay")
        return invoice_id, str(answer.json()["payments"]["transactions"][0]["payment_id"])

    def invoice(self, invoice_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/v2/invoicing/invoices/{invoice_id}").json()
        return found

    def pay_out(self, body: dict[str, Any] = PAYOUT) -> str:
        """The id of a batch that was taken."""
        answer = self.post("/v1/payments/payouts", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["batch_header"]["payout_batch_id"])

    def batch(self, batch_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/v1/payments/payouts/{batch_id}").json()
        return found

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else f"{self.paypal.url}{path}"


def refusal(answer: requests.Response) -> tuple[int, str, str, str]:
    """(status, name, issue, field) of a refusal in PayPal's shape; the hall door's have no debug id."""
    error = answer.json()
    assert error["message"]
    assert error.get("debug_id") == answer.headers.get("PayPal-Debug-Id")
    detail = (error.get("details") or [{}])[0]
    return answer.status_code, error["name"], detail.get("issue", ""), detail.get("field", "")
