"""Who may ask the pretend PayPal: tokens, scopes, content types, and addresses that it has not."""

from __future__ import annotations

import pytest
import requests

from app.sandbox.paypal.tokens import PAYOUTS
from tests.sandbox.paypal.client import INVOICE, PAYOUT, Client, refusal

INVOICES = "/v2/invoicing/invoices"


@pytest.mark.parametrize(
    ("secret", "grant", "status", "error"),
    [
        ("wrong", "client_credentials", 401, "invalid_client"),
        ("sandbox-paypal-secret", "password", 400, "unsupported_grant_type"),
    ],
)
def test_a_token_is_for_the_client_alone(
    client: Client, secret: str, grant: str, status: int, error: str
) -> None:
    answer = client.ask_token(secret, grant)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_token_expires_by_time_by_a_switch_and_with_its_client(client: Client) -> None:
    lifetime_s = client.ask_token().json()["expires_in"]
    ends: list[tuple[str, dict[str, object]]] = [
        ("time", {"seconds": lifetime_s}),
        ("tokens/expire", {}),
        ("client", {"revoked": True}),
    ]
    for path, wish in ends:
        client.token = str(client.ask_token().json()["access_token"])
        assert client.get(INVOICES).status_code == 200
        client.hall(path, **wish)
        answer = client.get(INVOICES)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert client.ask_token().json()["error"] == "invalid_client"


def test_without_a_token_nothing_is_told(client: Client) -> None:
    answer = requests.get(f"{client.paypal.url}{INVOICES}", timeout=5)
    assert refusal(answer)[:2] == (401, "AUTHENTICATION_FAILURE")


def test_a_token_without_the_scope_may_not_pay(client: Client) -> None:
    client.hall("client", without_scopes=[PAYOUTS])
    client.token = str(client.ask_token().json()["access_token"])
    assert refusal(client.post("/v1/payments/payouts", PAYOUT))[:3] == (
        403,
        "NOT_AUTHORIZED",
        "PERMISSION_DENIED",
    )
    assert client.post(INVOICES, INVOICE).status_code == 201


def test_only_json_is_read(client: Client) -> None:
    answer = client.post(INVOICES, b"a=b", Content_Type="application/x-www-form-urlencoded")
    assert refusal(answer)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert refusal(client.post(INVOICES, b'{"detail": '))[:3] == (
        400,
        "INVALID_REQUEST",
        "MALFORMED_REQUEST_JSON",
    )
    assert client.get("/v2/invoicing/nothing").status_code == 404


def test_tokens_and_secrets_stay_out_of_the_journal(client: Client) -> None:
    client.get(INVOICES)
    entries = str(client.journal(""))
    assert client.token not in entries
    assert "sandbox-paypal-secret" not in entries
