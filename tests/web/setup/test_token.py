"""Step 2 with GitLab, Gitea and Forgejo: a token in, webhooks made, and no secret on any page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.connections import trial
from tests.connections.desk import CANARY, PRESENT, Pretend, pretend
from tests.fakes.door import serving
from tests.fakes.gitlab import PretendGitLab
from tests.web.setup.conftest import Empty, Visitor


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "ARRIVES_WITHIN_S", 5.0)


@pytest.fixture(params=["gitlab", "gitea", "forgejo"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def forge(kind: str) -> Iterator[Pretend]:
    yield from serving(pretend(kind))


@pytest.fixture
def gitlab() -> Iterator[PretendGitLab]:
    for forge in serving(pretend("gitlab")):
        assert isinstance(forge, PretendGitLab)
        yield forge


def fields(kind: str, forge: Pretend, **changes: str) -> dict[str, str]:
    usual = {"name": kind, "url": forge.api_url, "token": CANARY, "repositories": f"{PRESENT}\r\n"}
    return {"forge": kind, **usual, **changes}


def test_a_token_connects_it_and_the_webhook_arrives(
    empty: Empty, operator: Visitor, kind: str, forge: Pretend
) -> None:
    forge.open_issue("Login", [], forge.add_person("dana", "write"))  # GitLab tests with an issue's event
    operator.tell_address()
    done = operator.send(f"/setup/token?forge={kind}", **fields(kind, forge))
    assert done.status_code == 200, done.text
    assert "a test delivery arrived and was taken" in done.text.lower(), done.text
    (hook,) = forge.webhooks.registered.values()
    assert hook.url == f"{empty.url}/hooks/{kind}"
    stored = empty.vault.values()
    assert stored[f"{kind.upper()}_FORGE"] == kind
    assert CANARY not in done.text
    assert stored[f"{kind.upper()}_WEBHOOK_SECRET"] not in done.text
    assert "connected" in operator.get("/setup/forge").text


def test_connecting_again_changes_nothing(empty: Empty, operator: Visitor, gitlab: PretendGitLab) -> None:
    operator.tell_address()
    for _ in range(2):
        assert operator.send("/setup/token", **fields("gitlab", gitlab)).status_code == 200
    assert len(gitlab.webhooks.registered) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "canary-another-token-0123"},
        {"token": "x"},
        {"repositories": "acme/none-such"},
        {"repositories": ""},
        {"repositories": "../../x"},
        {"url": "https://user:pw@gitlab.example"},
        {"url": "file:///etc/passwd"},
        {"name": "status"},
        {"name": "../x"},
    ],
)
def test_what_can_not_be_is_refused_with_the_reason_and_nothing_stored(
    empty: Empty, operator: Visitor, gitlab: PretendGitLab, changes: dict[str, str]
) -> None:
    operator.tell_address()
    refused = operator.send("/setup/token", **fields("gitlab", gitlab, **changes))
    assert refused.status_code == 422
    assert "canary" not in refused.text
    assert [name for name, _ in empty.vault.names()] == ["PUBLIC_URL"]
    assert gitlab.webhooks.registered == {}


def test_where_the_token_may_make_no_webhook_it_is_said_what_to_click(
    empty: Empty, operator: Visitor, gitlab: PretendGitLab
) -> None:
    operator.tell_address()
    gitlab.robot.role = "write"
    done = operator.send("/setup/token", **fields("gitlab", gitlab))
    assert done.status_code == 200
    assert "make them by hand" in done.text
    assert f"{empty.url}/hooks/gitlab" in done.text
    assert empty.vault.values()["GITLAB_WEBHOOK_SECRET"] in done.text  # a person has to paste it
    assert gitlab.webhooks.registered == {}


def test_a_connection_never_comes_to_belong_to_another_server(
    empty: Empty, operator: Visitor, gitlab: PretendGitLab
) -> None:
    operator.tell_address()
    operator.send("/setup/token", **fields("gitlab", gitlab))
    before = empty.vault.values()
    for other in serving(pretend("gitlab")):
        assert operator.send("/setup/token", **fields("gitlab", other)).status_code == 422
    gitea = fields("gitea", gitlab, name="gitlab")
    assert operator.send("/setup/token", **gitea).status_code == 422
    assert empty.vault.values() == before


def test_without_an_address_nothing_is_made(operator: Visitor, gitlab: PretendGitLab) -> None:
    led = operator.send("/setup/token", **fields("gitlab", gitlab))
    assert led.headers["Location"] == "/setup/address"
