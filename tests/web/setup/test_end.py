"""The last steps, and the status page that opens when the setup is finished."""

from __future__ import annotations

from pathlib import Path

from app.sandbox.platform import SANDBOX_SECRET
from app.sandbox.world import EXAMPLE, World
from tests.web.setup.apps import confirm, fill_in
from tests.web.setup.conftest import Empty, Visitor, empty_server, hidden

LABELS = ["milestone:kickoff", "milestone:ui-prototype", "milestone:uat", "milestone:launch"]


def set_up(empty: Empty, operator: Visitor, world: World) -> None:
    """Everything up to the contract."""
    operator.tell_address()
    operator.get(confirm(world, fill_in(operator, world.forge.url)).removeprefix(empty.url))
    world.forge.apps.install("closeout-acme", "acme", by="lena")
    events = world.platform.events_url
    operator.send("/setup/gateway", name="platform", url=events, how="paste", secret=SANDBOX_SECRET)
    text = EXAMPLE.read_text(encoding="utf-8").replace("https://pay.example/events", events)
    assert events in text
    assert operator.send("/setup/contract", text=text, action="save").status_code == 303


def test_it_is_set_up_alike_on_both_databases(database_url: str, tmp_path: Path, world: World) -> None:
    with empty_server(database_url, tmp_path) as empty:
        operator = empty.operator()
        set_up(empty, operator, world)
        assert operator.get("/").status_code == 200
        assert "acme/storefront" in operator.get("/setup/github/installed").text


def test_the_labels_are_shown_first_and_made_by_the_button(
    empty: Empty, operator: Visitor, world: World
) -> None:
    set_up(empty, operator, world)
    page = operator.get("/setup/labels")
    assert all(label in page.text for label in LABELS)
    repository = world.repository("lena")
    assert not {one.name for one in repository.get_labels()} & set(LABELS)
    assert operator.post("/setup/labels", None, **hidden(page)).status_code == 303
    assert set(LABELS) <= {one.name for one in repository.get_labels()}
    assert "Create" not in operator.get("/setup/labels").text


def test_the_test_says_what_works(empty: Empty, operator: Visitor, world: World) -> None:
    set_up(empty, operator, world)
    page = operator.get("/setup/check").text
    assert "knows us" in page  # the gateway
    assert "acme (1)" in page  # the App's installation
    assert "Label an issue" in page or "put the label" in page


def test_the_test_says_what_does_not_work(empty: Empty, operator: Visitor, world: World) -> None:
    set_up(empty, operator, world)
    world.forge.apps.delete("closeout-acme")
    events = world.platform.events_url
    operator.send("/setup/gateway", name="platform", url=events, how="make", replaces="yes")
    page = operator.get("/setup/check")
    assert page.status_code == 200
    assert page.text.count("needs you") >= 2
    assert "both sides have the secret of gateway platform" in page.text


def test_when_it_is_finished_the_session_opens_the_status_page_and_strangers_see_nothing(
    empty: Empty, operator: Visitor, world: World
) -> None:
    assert operator.get("/").headers["Location"] == "/setup"
    set_up(empty, operator, world)
    assert operator.get("/").status_code == 200
    stranger = empty.stranger().get("/")
    assert stranger.status_code == 403
    assert "Alpha" not in stranger.text
    assert empty.stranger().get("/setup").status_code == 401


def test_what_comes_to_lack_something_keeps_its_status_page(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "closeout.yml").write_text(EXAMPLE.read_text(encoding="utf-8"))
    token = "a-token-for-the-status-page"
    with empty_server(sqlite_url, tmp_path, status_token=token) as empty:
        owner = empty.stranger()
        assert owner.get("/").headers["Location"] == "/setup"
        assert owner.get("/", token=token).status_code == 303
        page = owner.get("/")
        assert page.status_code == 200
        assert "Go on with the setup" in page.text
