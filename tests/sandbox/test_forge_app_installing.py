"""Installing an App at the pretend GitHub, and all that may happen to an installation afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from app.sandbox.forge import SandboxForge
from tests.sandbox.app_makers import PERMISSIONS, SETUP, Browser, Made, made, query
from tests.sandbox.forge_people import STOREFRONT, Receiver, as_, client, peopled_sandbox

SHOP = "acme/shop"


@pytest.fixture
def sandbox() -> Iterator[SandboxForge]:
    """As everywhere, with a second repository of acme's, and webhooks allowed on this machine."""
    with peopled_sandbox() as sandbox:
        sandbox.state.apps.is_local_allowed = True
        sandbox.add_repository(SHOP)
        sandbox.set_role(SHOP, "dana", "write")
        yield sandbox


@pytest.fixture
def app(sandbox: SandboxForge, receiver: Receiver) -> Made:
    """Registered, and its greeting taken."""
    app = made(sandbox, hook_attributes={"url": receiver.url})
    sandbox.wait_until_sent()
    receiver.taken.clear()
    return app


def told(sandbox: SandboxForge, receiver: Receiver) -> list[tuple[str, dict[str, Any]]]:
    """What the App heard since the last time: events and payloads."""
    sandbox.wait_until_sent()
    heard = [(one.headers["X-Github-Event"], json.loads(one.body)) for one in receiver.taken]
    receiver.taken.clear()
    return heard


def names(repositories: list[dict[str, Any]]) -> list[str]:
    return [one["full_name"] for one in repositories]


def install(sandbox: SandboxForge, app: Made, *repository_ids: int, **fields: str) -> requests.Response:
    """Fill in the page and press the button: the repositories that are ticked, or all."""
    account = sandbox.state.organisations["acme"].id
    ticked = {"selection": "selected" if repository_ids else "all", "repository_ids": list(repository_ids)}
    browser = Browser(sandbox)
    return browser.post(f"/apps/{app.slug}/installations", {"target_id": account, **ticked, **fields})


def test_an_installer_chooses_repositories_and_is_sent_to_the_apps_set_up(
    sandbox: SandboxForge, receiver: Receiver, app: Made
) -> None:
    page = Browser(sandbox).get(f"/apps/{app.slug}/installations/new", state="kept")
    assert (page.status_code, "acme/shop" in page.text, "acme/storefront" in page.text) == (200, True, True)
    back = install(sandbox, app, as_(sandbox, "olga").id, state="kept")
    assert back.headers["Location"].startswith(f"{SETUP}?installation_id=")
    number = int(query(back)["installation_id"])
    assert query(back) == {"installation_id": str(number), "setup_action": "install", "state": "kept"}
    ((event, payload),) = told(sandbox, receiver)
    assert (event, payload["action"], payload["sender"]["login"]) == ("installation", "created", "olga")
    assert names(payload["repositories"]) == [STOREFRONT]
    shown = payload["installation"]
    assert (shown["id"], shown["app_id"], shown["app_slug"]) == (number, app.answer["id"], app.slug)
    assert (shown["account"]["login"], shown["target_type"]) == ("acme", "Organization")
    assert (shown["repository_selection"], shown["permissions"]) == ("selected", PERMISSIONS)
    assert shown == app.ask("GET", f"/app/installations/{number}").json()


def test_the_choice_can_be_changed_on_the_installations_own_page(
    sandbox: SandboxForge, receiver: Receiver
) -> None:
    app = made(sandbox, hook_attributes={"url": receiver.url}, setup_on_update=True)
    storefront, browser = as_(sandbox, "olga").id, Browser(sandbox)
    number = int(query(install(sandbox, app, storefront))["installation_id"])
    again = browser.get(f"/apps/{app.slug}/installations/new")
    place = f"/organizations/acme/settings/installations/{number}"
    assert again.headers["Location"] == sandbox.url + place
    shown = browser.get(place).text
    assert shown.count("checked") == 2
    told(sandbox, receiver)
    back = browser.post(place, {"selection": "all"})
    assert query(back) == {"installation_id": str(number), "setup_action": "update"}
    ((event, payload),) = told(sandbox, receiver)
    assert (event, payload["action"]) == ("installation_repositories", "added")
    assert names(payload["repositories_added"]) == [SHOP]
    assert (payload["repositories_removed"], payload["repository_selection"]) == ([], "all")
    assert browser.post(place, {"selection": "selected"}).status_code == 422
    assert Browser(sandbox, "dana").get(place).status_code == 404


def test_a_private_app_goes_to_its_owners_account_only_and_a_public_one_everywhere(
    sandbox: SandboxForge, app: Made
) -> None:
    sandbox.add_repository("dana/notes")
    page = Browser(sandbox, "dana").get(f"/apps/{app.slug}/installations/new")
    assert "Nowhere" in page.text
    with pytest.raises(ValueError, match="not public"):
        sandbox.apps.install(app.slug, "dana")
    public = made(sandbox, name="Open to all", public=True)
    assert "dana/notes" in Browser(sandbox, "dana").get(f"/apps/{public.slug}/installations/new").text
    first = sandbox.apps.install(public.slug, "dana")
    second = sandbox.apps.install(public.slug, "acme", [SHOP])
    assert [one.id for one in public.app.get_installations()] == [first.id, second.id]
    assert list(app.app.get_installations()) == []
    page = Browser(sandbox).get(f"/apps/{public.slug}/installations/new", state="kept")
    assert "state=kept" in page.text or page.status_code == 302


@pytest.mark.parametrize("wrong", ["nobody/nothing", "dana/notes"])
def test_what_is_not_the_accounts_own_can_not_be_selected(
    sandbox: SandboxForge, app: Made, wrong: str
) -> None:
    sandbox.add_repository("dana/notes")
    with pytest.raises((KeyError, ValueError)):
        sandbox.apps.install(app.slug, "acme", [wrong])
    assert list(app.app.get_installations()) == []


def test_an_app_hears_of_what_it_subscribed_to_where_it_is_installed_and_of_nothing_else(
    sandbox: SandboxForge, receiver: Receiver, app: Made
) -> None:
    installation = sandbox.apps.install(app.slug, "acme", [STOREFRONT])
    told(sandbox, receiver)
    as_(sandbox, "dana").create_issue("Heard")
    client(sandbox, "dana").get_repo(SHOP).create_issue("Elsewhere")
    sandbox.open_pull_request(STOREFRONT, "Not subscribed to", "dana")
    ((event, payload),) = told(sandbox, receiver)
    assert (event, payload["issue"]["title"]) == ("issues", "Heard")
    assert payload["installation"]["id"] == installation.id
    assert set(payload["installation"]) == {"id", "node_id"}


def test_each_change_of_an_installation_is_told(sandbox: SandboxForge, receiver: Receiver, app: Made) -> None:
    number = sandbox.apps.install(app.slug, "acme").id
    sandbox.apps.select(number, [STOREFRONT])
    sandbox.apps.select(number, [SHOP], by="olga")
    sandbox.apps.suspend(number, by="olga")
    sandbox.apps.unsuspend(number)
    sandbox.apps.grant(number, {"issues": "read"})
    sandbox.apps.uninstall(number)
    heard = told(sandbox, receiver)
    assert [(event, payload["action"]) for event, payload in heard] == [
        ("installation", "created"),
        ("installation_repositories", "removed"),
        ("installation_repositories", "added"),
        ("installation_repositories", "removed"),
        ("installation", "suspend"),
        ("installation", "unsuspend"),
        ("installation", "new_permissions_accepted"),
        ("installation", "deleted"),
    ]
    payloads = [payload for _, payload in heard]
    assert names(payloads[1]["repositories_removed"]) == [SHOP]
    assert names(payloads[2]["repositories_added"]) == [SHOP]
    assert names(payloads[3]["repositories_removed"]) == [STOREFRONT]
    assert payloads[4]["installation"]["suspended_by"]["login"] == "olga"
    assert payloads[5]["installation"]["suspended_at"] is None
    assert payloads[6]["installation"]["permissions"] == {"issues": "read", "metadata": "read"}
    assert app.ask("GET", f"/app/installations/{number}").status_code == 404


def test_a_suspended_installation_hears_nothing(sandbox: SandboxForge, receiver: Receiver, app: Made) -> None:
    number = sandbox.apps.install(app.slug, "acme").id
    sandbox.apps.suspend(number)
    told(sandbox, receiver)
    as_(sandbox, "dana").create_issue("Unheard")
    sandbox.apps.unsuspend(number)
    assert [event for event, _ in told(sandbox, receiver)] == ["installation"]


def test_an_app_that_lost_a_permission_hears_no_more_of_it(
    sandbox: SandboxForge, receiver: Receiver, app: Made
) -> None:
    number = sandbox.apps.install(app.slug, "acme").id
    sandbox.apps.grant(number, {"metadata": "read"})
    told(sandbox, receiver)
    as_(sandbox, "dana").create_issue("Unheard")
    as_(sandbox, "dana").create_label("heard", "ffffff")
    assert [event for event, _ in told(sandbox, receiver)] == ["label"]


def test_a_deleted_app_is_gone_with_its_installations(
    sandbox: SandboxForge, receiver: Receiver, app: Made
) -> None:
    number = sandbox.apps.install(app.slug, "acme").id
    token = app.token(number)
    told(sandbox, receiver)
    sandbox.apps.delete(app.slug)
    gone = app.ask("GET", "/app")
    assert (gone.status_code, gone.json()["message"]) == (404, "Integration not found")
    assert app.ask("GET", "/installation/repositories", token).status_code == 401
    assert told(sandbox, receiver) == []
    assert made(sandbox).slug == app.slug


def test_all_of_it_can_be_done_over_http(sandbox: SandboxForge, app: Made) -> None:
    def door(method: str, **arguments: Any) -> Any:
        done = requests.post(f"{sandbox.url}/sandbox/apps/{method}", json=arguments, timeout=10)
        assert done.status_code == 200, done.text
        return done.json()["result"]

    number = door("install", slug=app.slug, account="acme", repositories=[SHOP])
    door("select", installation_id=number, repositories=None)
    door("suspend", installation_id=number)
    door("unsuspend", installation_id=number)
    door("grant", installation_id=number, permissions={"issues": "read"})
    (shown,) = app.ask("GET", "/app/installations").json()
    assert (shown["id"], shown["repository_selection"]) == (number, "all")
    door("uninstall", installation_id=number)
    door("delete", slug=app.slug)
    for wrong in ("_act", "nothing"):
        assert requests.post(f"{sandbox.url}/sandbox/apps/{wrong}", timeout=10).status_code == 404
