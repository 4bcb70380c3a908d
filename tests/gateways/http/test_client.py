"""What the client makes of each answer, byte by byte, and which settings it refuses."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.db import Database
from app.errors import SettingsError
from app.gateways.base import Failed, Unknown
from app.gateways.http.client import HttpGateway
from app.gateways.registry import KINDS, Opening
from app.sandbox.platform import SANDBOX_SECRET
from app.settings import Settings
from tests.gateways.http import raw
from tests.gateways.orders import SHARED, intent_of


def gateway_at(port: int) -> HttpGateway:
    return HttpGateway("platform", f"http://127.0.0.1:{port}/events", SANDBOX_SECRET)


def respond(status: str, *headers: str, body: bytes = b"") -> raw.Talk:
    answer = raw.ok(body, *headers).replace(b"200 OK", status.encode())
    return raw.answering(answer)


@pytest.mark.parametrize(
    ("status", "header", "retry_after_s"),
    [
        ("429 Busy", "Retry-After: 7", 7),
        ("429 Busy", "Retry-After: 0", 1),
        ("429 Busy", "Retry-After: 99999999", 86_400),
        ("429 Busy", "Retry-After: soon", 60),
        ("429 Busy", "Retry-After: -5", 60),
        ("429 Busy", "X: y", 60),
        ("503 Later", "Retry-After: 120", 120),
        ("422 Not now", "Retry-After: 30", 30),
        ("429 Busy", "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT", 1),
    ],
)
def test_retry_after_is_obeyed_within_reason(status: str, header: str, retry_after_s: int) -> None:
    with raw.raw_server(respond(status, header)) as server:
        gateway = gateway_at(server.port)
        outcome = gateway.send(intent_of(gateway, SHARED))
    assert isinstance(outcome, Failed)
    assert outcome.retry_after_s == retry_after_s


def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    with raw.raw_server(respond("503 Later", f"Retry-After: {later}")) as server:
        gateway = gateway_at(server.port)
        outcome = gateway.send(intent_of(gateway, SHARED))
    assert isinstance(outcome, Failed)
    assert 590 <= (outcome.retry_after_s or 0) <= 600


@pytest.mark.parametrize(
    "status", ["100 Odd", "303 See other", "304 Same", "408 Slow", "500 No", "502 Bad", "503 No", "599 No"]
)
def test_a_status_that_leaves_it_open_is_unknown(status: str) -> None:
    with raw.raw_server(respond(status)) as server:
        gateway = gateway_at(server.port)
        outcome = gateway.send(intent_of(gateway, SHARED))
    assert isinstance(outcome, Unknown)
    assert not outcome.needs_person


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Moved", "308 Moved"])
def test_a_redirect_fails_and_says_what_to_set(status: str) -> None:
    with raw.raw_server(respond(status, "Location: https://elsewhere.example/")) as server:
        gateway = gateway_at(server.port)
        outcome = gateway.send(intent_of(gateway, SHARED))
    assert isinstance(outcome, Failed)
    assert "final url" in outcome.reason
    assert len(server.requests) == 1


def test_what_a_platform_says_is_cleaned_before_it_is_shown() -> None:
    error = {"error": {"code": "no", "message": "bad\n\u001b[2J\u202etext " + "x" * 1000}}
    with raw.raw_server(respond("400 No", body=json.dumps(error).encode())) as server:
        gateway = gateway_at(server.port)
        outcome = gateway.send(intent_of(gateway, SHARED))
    assert isinstance(outcome, Failed)
    assert outcome.reason.isprintable()
    assert len(outcome.reason) < 250


@pytest.mark.parametrize(
    "body",
    [
        b"<html>404</html>",
        b"{}",
        b'{"error":{"code":"not_found"}}',
        b'{"error":{"code":"event_not_seen"}}',
        b'{"error":{"code":"event_not_seen","event_id":"evt_another"}}',
    ],
)
def test_a_404_that_does_not_speak_of_this_event_proves_nothing(body: bytes) -> None:
    with raw.raw_server(respond("404 Not found", body=body)) as server:
        gateway = gateway_at(server.port)
        assert isinstance(gateway.ask(intent_of(gateway, SHARED)), Unknown)
    assert server.requests[0].startswith(b"GET /events/evt_98234109 HTTP/1.1\r\n")


def test_an_answer_that_was_cut_short_is_asked_about_not_held() -> None:
    cut = b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"invoice":{"id":"inv'
    with raw.raw_server(raw.answering(cut)) as server:
        gateway = gateway_at(server.port)
        assert gateway.send(intent_of(gateway, SHARED)) == Unknown("the answer may have been cut short")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pay.example/events",
        "http://pay.example/events",
        "http://127.0.0.2/events",
        "ftp://pay.example/",
        "https://",
        "https://user:password@pay.example/",
        "https://pay.example\\@evil.example/",
        "https://pay.example/?key=1",
        "https://pay.example/#x",
        "https://pay.example/a b",
        "https://bücher.example/",
        "https://pay.example:99999999/",
        "https://[::1/",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_money_must_not_go_to_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="gateways: platform: url"):
        HttpGateway("platform", url, SANDBOX_SECRET)


def test_a_missing_secret_names_its_variable(sqlite_db: Database) -> None:
    opening = Opening("eu-bank", Settings(), sqlite_db, "https://pay.example/events")
    with pytest.raises(SettingsError, match="CLOSEOUT_EU_BANK_SECRET"):
        KINDS["http"].open(opening)


def test_gateways_are_of_one_account_while_they_share_a_secret_at_one_address() -> None:
    old, new, url = SANDBOX_SECRET, f"whsec_{'A' * 43}=", "https://pay.example/events"
    mine = HttpGateway("platform", url, old).logins
    assert mine & HttpGateway("another", f"{url}/", f"{new} {old}").logins
    assert not mine & HttpGateway("another", url, new).logins
    assert not mine & HttpGateway("another", "https://elsewhere.example/events", old).logins
    assert old not in " ".join(mine)
