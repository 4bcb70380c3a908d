"""Step 3: the secret that the platform and we share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.sandbox.platform import SANDBOX_SECRET
from app.web.setup.gateway_forms import FORMS
from tests.web.setup.conftest import Empty, Visitor, empty_server

URL = "https://pay.example/events"


def test_a_secret_is_made_and_shown_once(empty: Empty, operator: Visitor) -> None:
    operator.tell_address()
    done = operator.send("/setup/gateway", name="platform", url=URL, how="make")
    assert done.status_code == 200
    secret = empty.vault.values()["PLATFORM_SECRET"]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert secret in done.text
    assert f"{empty.url}/gateways/platform" in done.text
    for place in ("/setup", "/setup/gateway", "/setup/contract"):
        assert secret not in operator.get(place).text


def test_a_secret_that_was_pasted_is_never_shown(empty: Empty, operator: Visitor) -> None:
    done = operator.send("/setup/gateway", name="platform", url=URL, how="paste", secret=SANDBOX_SECRET)
    assert done.status_code == 200
    assert SANDBOX_SECRET not in done.text
    assert empty.vault.values() == {"PLATFORM_SECRET": SANDBOX_SECRET, "PLATFORM_TOLD_URL": URL}


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "canary-4711"},
        {"secret": ""},
        {"url": "http://pay.example/events"},
        {"url": "not an address"},
        {"url": ""},
        {"name": "Platform"},
        {"name": "github-webhook"},  # CLOSEOUT_GITHUB_WEBHOOK_SECRET is the connection's
        {"name": ""},
    ],
)
def test_what_can_not_be_is_refused_and_never_echoed(
    sqlite_url: str, tmp_path: Path, changes: dict[str, str]
) -> None:
    with empty_server(sqlite_url, tmp_path) as empty:
        empty.vault.put({"GITHUB_FORGE": "github", "GITHUB_WEBHOOK_SECRET": "x"})
        operator = empty.operator()
        operator.tell_address()  # has the server look into the vault
        fields = {"name": "platform", "url": URL, "how": "paste", "secret": SANDBOX_SECRET, **changes}
        refused = operator.send("/setup/gateway", **fields)
        assert refused.status_code == 422
        assert "canary" not in refused.text
        assert SANDBOX_SECRET not in refused.text
        assert not any(name.startswith("PLATFORM") for name, _ in empty.vault.names())


def test_a_secret_is_replaced_only_when_somebody_says_so(empty: Empty, operator: Visitor) -> None:
    operator.send("/setup/gateway", name="platform", url=URL, how="make")
    before = empty.vault.values()
    assert operator.send("/setup/gateway", name="platform", url=URL, how="make").status_code == 422
    assert empty.vault.values() == before
    done = operator.send("/setup/gateway", name="platform", url=URL, how="make", replaces="yes")
    assert done.status_code == 200
    assert empty.vault.values() != before


def test_the_environments_secret_is_not_replaced(sqlite_url: str, tmp_path: Path) -> None:
    with empty_server(sqlite_url, tmp_path, environment={"PLATFORM_SECRET": SANDBOX_SECRET}) as empty:
        refused = empty.operator().send(
            "/setup/gateway", name="platform", url=URL, how="make", replaces="yes"
        )
        assert refused.status_code == 422
        assert "environment" in refused.text


@pytest.mark.parametrize(
    ("kind", "fields", "kept"),
    [
        (
            "stripe",
            {
                "account": "acct_1Mine",
                "secret": "sk_test_canary01",
                "signing_secret": "whsec_canary01",
            },
            {
                "SECRET": "sk_test_canary01",
                "SIGNING_SECRET": "whsec_canary01",
                "TOLD_ACCOUNT": "acct_1Mine",
            },
        ),
        (
            "paypal",
            {"account": "AaBbCcDdEeFfGgHhIiJj", "secret": "canary-secret", "webhook_id": "1AB23456CD789012E"},
            {
                "SECRET": "canary-secret",
                "WEBHOOK_ID": "1AB23456CD789012E",
                "TOLD_ACCOUNT": "AaBbCcDdEeFfGgHhIiJj",
            },
        ),
        (
            "bank",
            {"account": "DE02 1203 0000 0000 2020 51"},
            {"TOLD_ACCOUNT": "DE02120300000000202051"},
        ),
    ],
)
def test_a_gateway_of_another_kind_is_kept_and_stands_in_the_draft_of_the_contract(
    empty: Empty, operator: Visitor, kind: str, fields: dict[str, str], kept: dict[str, str]
) -> None:
    form = operator.get(f"/setup/gateway?kind={kind}").text
    assert FORMS[kind].title in form
    # The vendor gives the webhook's secret only once it knows the address.
    assert (f"/gateways/{kind}</code>" in form) == ("ends with the name above" in form) == (kind != "bank")
    done = operator.send("/setup/gateway", name=kind, kind=kind, **fields)
    assert done.status_code == 200, done.text
    assert "canary" not in done.text
    wanted = kept | {"TOLD_KIND": kind}
    assert empty.vault.values() == {f"{kind.upper()}_{name}": value for name, value in wanted.items()}
    assert "is set up" in operator.get("/setup/gateway").text
    draft = operator.get("/setup/contract").text
    assert f"kind: {kind}, account: {kept['TOLD_ACCOUNT']}" in draft


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (
            "stripe",
            {"account": "mine", "secret": "sk_test_canary01", "webhook_secret": "whsec_x"},
            "an account of Stripe",
        ),
        ("stripe", {"account": "acct_1Mine", "secret": ""}, "is not set"),
        ("bank", {"account": "DE03120300000000202051"}, "check digits are wrong"),
        ("bank", {"account": ""}, "needs an account"),
    ],
)
def test_what_such_a_gateway_can_not_do_with_is_refused_and_nothing_is_kept(
    empty: Empty, operator: Visitor, kind: str, fields: dict[str, str], said: str
) -> None:
    refused = operator.send("/setup/gateway", name=kind, kind=kind, **fields)
    assert refused.status_code == 422
    assert said in refused.text
    assert "canary" not in refused.text
    assert empty.vault.values() == {}
