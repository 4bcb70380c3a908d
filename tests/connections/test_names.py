"""A name is nobody else's, at either door: where it would read what another reads, it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from app.connections.names import check_name
from app.errors import SettingsError
from app.milestones.environment import Kind
from app.place import config_place
from app.settings import Settings
from app.vault.store import Vault
from tests.connections.desk import Desk
from tests.milestones.example import TEXT, configuration
from tests.web.setup.conftest import Empty, empty_server

STORED = {
    "LAB_FORGE": "gitlab",
    "LAB_WEBHOOK_SECRET": "a-secret-of-the-lab",
    "SHOP_WEBHOOK_SECRET": "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
    "SHOP_WEBHOOK_TOLD_URL": "https://pay.example/events",
}
"""The connection `lab` and the gateway `shop-webhook`, as the setup stores them."""
REFUSED = [
    ("lab-old", "lab-old would read CLOSEOUT_LAB_OLD_WEBHOOK_SECRET, which the connection lab reads"),
    ("shop", "shop would read CLOSEOUT_SHOP_WEBHOOK_SECRET, which the gateway shop-webhook reads"),
    ("status", "status would read CLOSEOUT_STATUS_TOKEN, which Closeout itself reads"),
    ("Lab", "is no name"),
    ("läb", "is no name"),
]


@pytest.mark.parametrize(
    ("kind", "name", "forge", "said"),
    [
        *(("connection", name, "", said) for name, said in REFUSED),
        ("connection", "github-old", "", "which the connection github reads"),  # the file's
        ("connection", "lab", "github", "the connection lab is gitlab"),
        ("connection", "github", "gitea", "the connection github is github"),
        ("connection", "contracts-old", "", "which the connection contracts reads"),  # the file is read by it
        ("gateway", "public", "", "public would read CLOSEOUT_PUBLIC_URL"),
        ("gateway", "lab-webhook", "", "which the connection lab reads"),
        ("gateway", "github-client", "", "which the connection github reads"),
        ("gateway", "platform-told", "", "which the gateway platform reads"),
    ],
)
def test_a_name_that_would_share_a_variable_is_refused(kind: Kind, name: str, forge: str, said: str) -> None:
    settings = Settings(config=config_place("contracts:acme/contracts@main"), environment=STORED)
    with pytest.raises(SettingsError, match=said):
        check_name(kind, name, settings, configuration(TEXT), forge)


@pytest.mark.parametrize(
    ("kind", "name", "forge"),
    [
        ("connection", "lab", "gitlab"),
        ("connection", "github", "github"),
        ("connection", "github-two", "github"),
        ("gateway", "platform", ""),
        ("gateway", "shop-webhook", ""),
        ("gateway", "bank", ""),
    ],
)
def test_a_name_of_ones_own_may_be_used_again_and_a_new_one_too(kind: Kind, name: str, forge: str) -> None:
    settings = Settings(environment=STORED)
    assert check_name(kind, name, settings, configuration(TEXT), forge) == name


@pytest.mark.parametrize(("name", "said"), REFUSED)
def test_the_command_line_asks_the_vault(gitlab: Desk, name: str, said: str) -> None:
    Vault(gitlab.db, gitlab.settings).put(STORED)
    assert said in gitlab.refused(*gitlab.connecting("--name", name))
    assert gitlab.vault() == STORED


@pytest.fixture
def taken(sqlite_url: str, tmp_path: Path) -> Iterator[Empty]:
    with empty_server(sqlite_url, tmp_path) as empty:
        empty.vault.put(STORED)
        yield empty


@pytest.mark.parametrize(("name", "said"), REFUSED)
@pytest.mark.parametrize("place", ["/setup/token", "/setup/github"])
def test_the_browser_asks_it_as_well(taken: Empty, place: str, name: str, said: str) -> None:
    operator = taken.operator()
    operator.tell_address()
    before = taken.vault.values()
    fields = {"forge": "gitlab", "name": name, "url": "http://127.0.0.1:9", "repositories": "acme/site"}
    app = {"connection": name, "owner": "person", "place": "public", "app_name": "Closeout"}
    refused = operator.send(place, token="glpat-0123456789", **fields, **app)
    assert refused.status_code == 422
    assert said.lower() in unescape(refused.text).lower()  # there it begins with a capital
    assert taken.vault.values() == before


def test_a_gateway_in_the_browser_is_asked_about_as_well(taken: Empty) -> None:
    operator = taken.operator()
    operator.tell_address()
    refused = operator.send("/setup/gateway", name="lab-webhook", url="https://pay.example/in", how="make")
    assert refused.status_code == 422
    assert "which the connection lab reads" in refused.text
