"""From an empty folder to the first bill in a real browser, with nothing but the code of the server's log."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.db import Database
from app.releases.queries import list_releases
from app.sandbox.platform import SANDBOX_SECRET
from app.sandbox.server import ServerProcess
from app.sandbox.world import World
from app.settings import Settings
from app.vault.store import Vault
from tests.e2e.chromium import CHROMIUM, browsing

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine; CI installs one"
)

CODE = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")


@contextmanager
def empty_folder(folder: Path) -> Iterator[tuple[ServerProcess, str]]:
    """A server in an empty folder and the code that it logged. GitHub is another site than `localhost`."""
    inside = ("env", "-C", str(folder), sys.executable, "-m", "app", "serve")
    log = folder.with_name("server.log")
    with ServerProcess({"CLOSEOUT_SWEEP_S": "0"}, log, command=inside) as server:
        (code,) = CODE.findall(log.read_text(encoding="utf-8"))
        server.url = server.url.replace("127.0.0.1", "localhost")
        yield server, code


@pytest.fixture
def world() -> Iterator[World]:
    with World.create(pay_after_s=0.05) as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "empty"
    made.mkdir()
    return made


def sign_in(page: Page, url: str, code: str) -> None:
    page.goto(url)
    page.get_by_label("One-time code").fill(code.lower())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Set up Closeout")).to_be_visible()


def tell_address(page: Page) -> None:
    page.get_by_role("link", name="The address of this server").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="The address of this server")).to_contain_text("done")


def create_app(page: Page, world: World) -> None:
    """Fill in the form, and press the button at GitHub."""
    page.get_by_role("link", name="Connect a forge").click()
    page.get_by_role("link", name="GitHub").click()
    page.get_by_label("Name of the organisation").fill("acme")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("a GitHub Enterprise server").check()
    page.get_by_label("Host of the Enterprise server").fill(world.forge.url)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Create it at").click()
    page.get_by_role("button", name="Sign in as lena").click()
    page.get_by_role("button", name="Create GitHub App for acme").click()
    expect(page.get_by_role("button", name="Install")).to_be_visible()


def choose_gateway(page: Page, world: World) -> None:
    page.get_by_role("link", name="who moves the money").click()
    page.get_by_label("Where it takes events").fill(world.platform.events_url)
    page.get_by_label("the platform gave me one").check()
    page.get_by_label("The platform’s secret").fill(SANDBOX_SECRET)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="The gateway platform has its secret")).to_be_visible()


def write_contract(page: Page) -> None:
    """The draft, with names of one's own; a slip first."""
    page.get_by_role("link", name="the contract").click()
    field = page.get_by_label("Contract file")
    draft = field.input_value()
    assert '"github:acme/storefront"' in draft
    own = (
        draft.replace("Your Agency", "Northwind")
        .replace("billing@your-agency.example", "billing@northwind.example")
        .replace("Your Client", "Acme Corp")
        .replace("ap@your-client.example", "ap@acme.example")
        .replace("acc_your_team", "acc_dev_team_44")
        .replace("auto_clear: false", "auto_clear: true")
    )
    field.fill(own.replace("share: 30%", "share: 35%"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("add up to 105%")).to_be_visible()
    field.fill(own)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Write the contract")).to_contain_text("done")


def test_an_empty_server_is_set_up_in_the_browser_and_bills(folder: Path, world: World) -> None:
    with empty_folder(folder) as (server, code), browsing() as (page, complaints):
        world.platform.callbacks.url = f"{server.url}/gateways/platform"
        sign_in(page, server.url, code)
        tell_address(page)
        create_app(page, world)
        page.get_by_role("button", name="Install").click()
        expect(page.get_by_text("acme/storefront")).to_be_visible()
        assert page.url.startswith(f"{server.url}/setup/github/installed")
        choose_gateway(page, world)
        write_contract(page)
        page.get_by_role("link", name="Create the labels").click()
        page.get_by_role("button", name="Create these").click()
        page.get_by_role("link", name="see that it works").click()
        expect(page.get_by_text("Now put the label")).to_be_visible()

        issue = world.repository("dana").create_issue("Kickoff", labels=["milestone:kickoff"])
        issue.edit(state="closed", state_reason="completed")
        _again_until(page, page.get_by_text("The first webhook about a milestone arrived"))
        page.get_by_role("link", name="See what became of it").click()
        _again_until(page, page.locator(".chip", has_text="disbursed"))
        assert complaints == []
        assert len(world.platform.journal.entries("invoice_opened")) == 1
        db = Database(f"sqlite:///{folder / 'closeout.db'}")
        (release,) = list_releases(db)
        assert (release["state"], release["amount_minor"]) == ("disbursed", 900_000)
        db.close()
        _assert_no_secret_leaked(folder, page)


def test_a_person_on_a_phone_can_do_it_too(folder: Path, world: World) -> None:
    with empty_folder(folder) as (server, code), browsing(width=390, height=800) as (page, complaints):
        sign_in(page, server.url, code)
        tell_address(page)
        create_app(page, world)
        for place in ("", "/address", "/forge", "/github", "/gateway", "/contract", "/labels", "/check"):
            page.goto(f"{server.url}/setup{place}")
            overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, place
        assert complaints == []


def test_a_used_code_is_good_for_nobody_and_a_restart_gives_a_new_one(folder: Path) -> None:
    with empty_folder(folder) as (server, code), browsing() as (page, _):
        sign_in(page, server.url, code)
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("One-time code").fill(code)
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("That is not the code")).to_be_visible()
    folder.with_name("server.log").unlink()
    with empty_folder(folder) as (server, again), browsing() as (page, _):
        assert again != code
        sign_in(page, server.url, again)


def _again_until(page: Page, wanted: Locator) -> None:
    """Open the page again until it shows it."""
    for _ in range(300):
        page.reload()
        if wanted.count():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came:\n{page.locator('body').inner_text()}")


def _assert_no_secret_leaked(folder: Path, page: Page) -> None:
    """Neither the log nor the contract file nor the browser's history knows what the vault holds."""
    settings = Settings.load(
        {
            "CLOSEOUT_DATABASE_URL": f"sqlite:///{folder / 'closeout.db'}",
            "CLOSEOUT_KEY_FILE": str(folder / "closeout.key"),
        }
    )
    db = Database(settings.database_url)
    kept = Vault(db, settings).values()
    db.close()
    secrets = [kept["GITHUB_WEBHOOK_SECRET"], kept["GITHUB_CLIENT_SECRET"], kept["PLATFORM_SECRET"]]
    secrets += [line for line in kept["GITHUB_PRIVATE_KEY"].splitlines() if not line.startswith("-----")]
    written = folder.with_name("server.log").read_text() + (folder / "closeout.yml").read_text()
    written += page.content()
    assert [one for one in secrets if one in written] == []
    stored = (folder / "closeout.db").read_bytes() + (folder / "closeout.db-wal").read_bytes()
    assert [one for one in secrets if one.encode() in stored] == []
