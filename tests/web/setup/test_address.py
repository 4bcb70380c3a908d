"""Step 1: the address of the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.setup.conftest import Empty, Visitor, empty_server, hidden


def test_the_address_is_kept_and_in_force_at_once(empty: Empty, operator: Visitor) -> None:
    assert f'value="{empty.url}"' in operator.get("/setup/address").text  # where the browser is
    operator.tell_address()
    assert empty.vault.values() == {"PUBLIC_URL": empty.url}
    assert empty.url in operator.get("/setup").text


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://closeout.example:99999x",
        "closeout.example",
        "ftp://closeout.example",
        "javascript:alert(1)",
        "https://",
        "https://closeout.example/path",
        "https://closeout.example?x",
        "https://user:pw@closeout.example",
        "https://closeout.example\r\nX: y",
        'https://"><script>',
        "https://[",
    ],
)
def test_what_is_no_address_is_refused_and_stays_to_be_mended(
    empty: Empty, operator: Visitor, typed: str
) -> None:
    refused = operator.send("/setup/address", url=typed)
    assert refused.status_code == 422
    assert "<script>" not in refused.text
    assert empty.vault.names() == []


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "10.1.2.3", "server", "closeout.local"])
def test_an_address_that_no_forge_reaches_is_said_so(operator: Visitor, host: str) -> None:
    page = operator.send("/setup/address", url=f"http://{host}")
    assert page.status_code == 303
    told = operator.get("/setup/address").text
    assert "refuse to send webhooks there" in told
    assert "plain http" in told


def test_a_good_address_is_not_doubted(operator: Visitor) -> None:
    operator.tell_address("https://closeout.example")
    assert "refuse to send webhooks" not in operator.get("/setup/address").text


def test_what_the_environment_says_is_shown_and_not_to_be_changed(sqlite_url: str, tmp_path: Path) -> None:
    with empty_server(sqlite_url, tmp_path, public_url="https://closeout.example") as empty:
        page = empty.operator().get("/setup/address").text
        assert "CLOSEOUT_PUBLIC_URL" in page
        assert 'name="url"' not in page


def test_who_is_elsewhere_gets_a_code_for_the_public_address(empty: Empty, operator: Visitor) -> None:
    operator.tell_address("https://closeout.example")
    page = operator.get("/setup/address").text
    assert "You are at another address now" in page
    seal = page.split('name="seal" value="')[1].split('"')[0]
    moved = operator.post("/setup/address/code", seal=seal)
    code = moved.text.split('class="big"><code>')[1].split("<")[0]
    assert empty.stranger().give(code).status_code == 303


def test_who_is_at_the_public_address_makes_no_code(empty: Empty, operator: Visitor) -> None:
    operator.tell_address()
    code = empty.codes.make()
    refused = operator.post("/setup/address/code", None, **hidden(operator.get("/setup/address")))
    assert (refused.status_code, refused.headers["Location"]) == (303, "/setup/address")
    assert empty.stranger().give(code).status_code == 303  # the one that was open still is
