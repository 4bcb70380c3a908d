"""A GitHub App's lost webhooks: found in GitHub's log, and asked for again, once each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pytest_httpserver import HTTPServer

from app.errors import ForgeError, SettingsError
from app.forges.github.apps import GitHubApp
from app.forges.github.deliveries import AppDeliveries
from app.sandbox.forge import SandboxForge
from tests.sandbox.forge_people import STOREFRONT, Receiver, as_, peopled_sandbox

LONG_AGO = "2000-01-01T00:00:00Z"


@cache
def keys() -> tuple[str, str]:
    """A private and its public key, as PEM."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
def sandbox() -> Iterator[SandboxForge]:
    with peopled_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with receiver.server:
        yield receiver


@pytest.fixture
def app(sandbox: SandboxForge, receiver: Receiver) -> AppDeliveries:
    made = sandbox.add_app("closeout", keys()[1], receiver.url, "a secret")
    return GitHubApp(str(made.id), keys()[0], sandbox.url).deliveries


def guids(receiver: Receiver) -> list[str]:
    return [sent.headers["X-Github-Delivery"] for sent in receiver.taken]


def actions(receiver: Receiver) -> list[str]:
    return [json.loads(sent.body)["action"] for sent in receiver.taken]


def nobody_knows(_guid: str) -> bool:
    return False


@pytest.mark.parametrize(("status", "code"), [("timed out", 0), ("Invalid HTTP Response: 502", 502)])
def test_what_never_arrived_arrives_in_its_order_under_its_own_id(
    sandbox: SandboxForge, receiver: Receiver, app: AppDeliveries, status: str, code: int
) -> None:
    issue = as_(sandbox, "dana").create_issue("Arrived")
    sandbox.wait_until_sent()
    sandbox.fail_deliveries(status, code)
    issue.edit(state="closed")
    issue.edit(state="open")
    sandbox.mend_deliveries()
    issue.edit(state="closed")
    sandbox.wait_until_sent()
    assert actions(receiver) == ["opened", "closed"]
    asked = app.redeliver_failed(LONG_AGO, nobody_knows)
    sandbox.wait_until_sent()
    assert actions(receiver) == ["opened", "closed", "closed", "reopened"]
    assert guids(receiver)[2:] == asked
    assert app.redeliver_failed(LONG_AGO, nobody_knows) == []
    assert len(guids(receiver)) == len(set(guids(receiver)))


def test_what_fails_again_is_asked_for_once_each_time(
    sandbox: SandboxForge, receiver: Receiver, app: AppDeliveries
) -> None:
    sandbox.fail_deliveries()
    as_(sandbox, "dana").create_issue("Lost")
    first = app.redeliver_failed(LONG_AGO, nobody_knows)
    second = app.redeliver_failed(LONG_AGO, nobody_knows)
    assert len(first) == 1
    assert second == first
    assert len(sandbox.webhooks.log) == 3
    sandbox.mend_deliveries()
    assert app.redeliver_failed(LONG_AGO, nobody_knows) == first
    sandbox.wait_until_sent()
    assert guids(receiver) == first
    assert app.redeliver_failed(LONG_AGO, nobody_knows) == []


def test_what_the_inbox_knows_is_left_alone(
    sandbox: SandboxForge, receiver: Receiver, app: AppDeliveries
) -> None:
    receiver.answers = [500, 500]  # taken, though the answer got lost
    as_(sandbox, "dana").create_issue("Login").edit(state="closed")
    sandbox.wait_until_sent()
    known = guids(receiver)[0]
    assert app.redeliver_failed(LONG_AGO, known.__eq__) == [guids(receiver)[1]]


def test_no_more_are_asked_for_than_wanted_the_oldest_first(
    sandbox: SandboxForge, receiver: Receiver, app: AppDeliveries
) -> None:
    sandbox.fail_deliveries()
    for i in range(5):
        as_(sandbox, "dana").create_issue(f"Case {i}")
    lost = [one.headers["X-GitHub-Delivery"] for one in sandbox.webhooks.log]
    assert app.redeliver_failed(LONG_AGO, nobody_knows, most=2) == lost[:2]
    assert app.redeliver_failed(LONG_AGO, nobody_knows, most=0) == []


def test_what_is_older_than_asked_for_is_left_alone_and_not_read(
    sandbox: SandboxForge, receiver: Receiver, app: AppDeliveries
) -> None:
    sandbox.fail_deliveries()
    dana = as_(sandbox, "dana")
    for i in range(250):
        sandbox.webhooks.redeliver(sandbox.webhooks.log[-1]) if i else dana.create_issue("Old")
    sandbox.pass_time(600)
    dana.create_issue("New")
    since = sandbox.webhooks.log[-1].delivered_at
    before = len(sandbox.requests())
    asked = app.redeliver_failed(since, nobody_knows)
    assert asked == [sandbox.webhooks.log[-1].headers["X-GitHub-Delivery"]]
    assert [method for method, _ in sandbox.requests()[before:]] == ["GET", "POST"]
    before = len(sandbox.requests())
    app.redeliver_failed(LONG_AGO, nobody_knows)
    assert [method for method, _ in sandbox.requests()[before:]] == ["GET"] * 3 + ["POST"] * 2


def test_what_github_drops_meanwhile_is_not_told_as_asked_for(httpserver: HTTPServer) -> None:
    moment = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    lines = [
        {"id": 2, "guid": "b", "delivered_at": moment, "status": "timed out"},
        {"id": 1, "guid": "a", "delivered_at": moment, "status": "timed out"},
    ]
    httpserver.expect_request("/app/hook/deliveries").respond_with_json(lines)
    httpserver.expect_request("/app/hook/deliveries/1/attempts").respond_with_json({}, 404)
    httpserver.expect_request("/app/hook/deliveries/2/attempts").respond_with_json({}, 202)
    app = GitHubApp("7", keys()[0], httpserver.url_for("")).deliveries
    assert app.redeliver_failed(LONG_AGO, nobody_knows) == ["b"]


def test_what_is_older_than_three_days_is_not_looked_at(httpserver: HTTPServer) -> None:
    moment = (datetime.now(UTC) - timedelta(days=3, minutes=1)).isoformat()
    lines = [{"id": 1, "guid": "a", "delivered_at": moment, "status": "timed out"}]
    httpserver.expect_request("/app/hook/deliveries").respond_with_json(lines)
    app = GitHubApp("7", keys()[0], httpserver.url_for("")).deliveries
    assert app.redeliver_failed(LONG_AGO, nobody_knows) == []


# Whose App it is


def test_another_key_or_another_id_says_what_to_check(sandbox: SandboxForge, receiver: Receiver) -> None:
    made = sandbox.add_app("closeout", keys()[1], receiver.url, "a secret")
    other = rsa.generate_private_key(65537, 2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ForgeError, match="private key") as caught:
        GitHubApp(str(made.id), pem, sandbox.url).deliveries.redeliver_failed(LONG_AGO, nobody_knows)
    assert not caught.value.permanent
    assert "PRIVATE KEY" not in str(caught.value)
    with pytest.raises(ForgeError):
        GitHubApp(str(made.id + 1), keys()[0], sandbox.url).deliveries.redeliver_failed(
            LONG_AGO, nobody_knows
        )


@pytest.mark.parametrize(
    ("fault", "times", "method"), [("500", 3, "GET"), ("502_after", 1, "POST"), ("rate_limited", 1, "GET")]
)
def test_a_github_that_fails_can_be_asked_again_later(
    sandbox: SandboxForge, receiver: Receiver, app: AppDeliveries, fault: str, times: int, method: str
) -> None:
    sandbox.fail_deliveries()
    as_(sandbox, "dana").create_issue("Lost")
    sandbox.fail_next(fault, times, method)
    with pytest.raises(ForgeError) as caught:
        app.redeliver_failed(LONG_AGO, nobody_knows)
    assert not caught.value.permanent
    assert len(app.redeliver_failed(LONG_AGO, nobody_knows)) == 1


def elliptic() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    "broken",
    ["", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "public", "ec"],
)
def test_a_key_that_is_none_stops_the_start_without_being_shown(broken: str) -> None:
    pem = {"public": keys()[1], "ec": elliptic()}.get(broken, broken)
    with pytest.raises(SettingsError) as caught:
        GitHubApp("7", pem)
    assert caught.value.where == "private_key"
    assert "MIIE" not in str(caught.value)


@pytest.mark.parametrize("app_id", ["", "7 ", "\u0667", "-7", "closeout", "Iv"])
def test_an_id_that_is_none_stops_the_start(app_id: str) -> None:
    with pytest.raises(SettingsError) as caught:
        GitHubApp(app_id, keys()[0])
    assert caught.value.where == "app_id"


def test_the_repository_that_an_event_is_about_is_named_with_its_installation(
    sandbox: SandboxForge, receiver: Receiver, app: AppDeliveries
) -> None:
    as_(sandbox, "dana").create_issue("Login")
    sandbox.wait_until_sent()
    payload = json.loads(receiver.taken[0].body)
    assert payload["repository"]["full_name"] == STOREFRONT
    assert payload["installation"]["id"] > 0
