"""Step 2 after the App was made: where it is installed, where its webhooks go, and what it is then."""

from __future__ import annotations

from app.sandbox.world import World
from tests.sandbox.app_makers import hidden
from tests.web.setup.apps import made
from tests.web.setup.conftest import Empty, Visitor


def test_where_it_is_installed_is_asked_of_github_and_not_read_from_the_address(
    empty: Empty, operator: Visitor, world: World
) -> None:
    operator.get(made(empty, operator, world))
    spoofed = operator.get("/setup/github/installed", installation_id="4711", setup_action="install")
    assert "installed nowhere yet" in spoofed.text
    assert "4711" not in spoofed.text
    installation = world.forge.apps.install("closeout-acme", "acme", by="lena")
    assert "acme/storefront" in operator.get("/setup/github/installed", installation_id="4711").text
    world.forge.apps.suspend(installation.id, by="lena")
    assert "is suspended" in operator.get("/setup/github/installed").text.lower()


def test_an_app_that_was_deleted_says_so(empty: Empty, operator: Visitor, world: World) -> None:
    operator.get(made(empty, operator, world))
    world.forge.apps.delete("closeout-acme")
    page = operator.get("/setup/github/installed")
    assert page.status_code == 200
    assert "GitHub does not" in page.text


def test_its_webhooks_are_sent_here_again_after_a_move(empty: Empty, operator: Visitor, world: World) -> None:
    operator.get(made(empty, operator, world))
    (app,) = world.forge.state.apps.registered.values()
    app.hook.url = "http://127.0.0.1:9/hooks/github"
    page = operator.get("/setup/github/installed")
    assert "Its webhooks go to http://127.0.0.1:9/hooks/github" in page.text
    assert operator.post("/setup/github/webhook", None, **hidden(page)).status_code == 303
    assert app.hook.url == f"{empty.url}/hooks/github"


def test_the_app_is_heard_before_there_is_a_contract(empty: Empty, operator: Visitor, world: World) -> None:
    operator.get(made(empty, operator, world))
    world.forge.apps.install("closeout-acme", "acme", by="lena")
    world.forge.webhooks.wait_until_sent()
    (app,) = world.forge.state.apps.registered.values()
    sent = [one for one in world.forge.webhooks.of(app.hook) if one.event == "installation"]
    assert [one.status_code for one in sent] == [202]
