"""Step 3: the secret that the platform and we share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.sandbox.platform import SANDBOX_SECRET
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
