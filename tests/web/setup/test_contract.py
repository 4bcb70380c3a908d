"""Step 4: the contract file, checked before it is saved and never lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
import requests

from app.db import Database
from app.sandbox.world import EXAMPLE, World
from app.setup.proposal import NO_REPOSITORY
from tests.cli.prepared import Desk
from tests.web.setup.apps import confirm, fill_in
from tests.web.setup.conftest import Empty, Visitor, hidden

TEXT = EXAMPLE.read_text(encoding="utf-8")


def typed_in(page: requests.Response) -> str:
    """What stands in the text field, as a browser shows it."""
    found = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", page.text, re.DOTALL)
    return unescape(found[0])


def drafted(operator: Visitor) -> str:
    """The draft, with the repository that nobody but a person can name here."""
    draft = typed_in(operator.get("/setup/contract"))
    assert NO_REPOSITORY in draft
    return draft.replace(NO_REPOSITORY, "acme/storefront")


def test_a_draft_is_proposed_and_nothing_saved(empty: Empty, operator: Visitor) -> None:
    operator.send("/setup/gateway", name="bank", url="https://pay.example/in", how="make")
    page = operator.get("/setup/contract")
    assert 'gateways:\n  - {name: bank, kind: http, url: "https://pay.example/in"}' in typed_in(page)
    assert not empty.path.exists()


def test_a_good_file_is_saved_and_in_force_at_once(empty: Empty, operator: Visitor) -> None:
    crlf = TEXT.replace("\n", "\r\n")  # as a browser sends it
    assert operator.send("/setup/contract", text=crlf, action="save").status_code == 303
    assert empty.path.read_bytes() == TEXT.encode()
    assert "Alpha storefront" in operator.get("/setup").text
    assert typed_in(operator.get("/setup/contract")) == TEXT


def test_every_problem_is_told_with_its_place_and_what_was_typed_stays(
    empty: Empty, operator: Visitor
) -> None:
    wrong = TEXT.replace("share: 30%", "share: 31%").replace("net-15", "net-90")
    for action in ("check", "save"):
        page = operator.send("/setup/contract", text=wrong, action=action)
        assert page.status_code == (200 if action == "check" else 422)
        assert "add up to 101%" in page.text
        assert "Agree on net-15 or less" in page.text
        assert re.search(r'class="place">\d+:\d+<', page.text)
        assert typed_in(page) == wrong
    assert not empty.path.exists()


@pytest.mark.parametrize(
    "text", ["", "\x00", "</textarea><script>alert(1)</script>", "a: &a [*a]", "{" * 5000]
)
def test_what_is_no_contract_file_is_refused_and_shown_as_text(
    empty: Empty, operator: Visitor, text: str
) -> None:
    page = operator.send("/setup/contract", text=text, action="save")
    assert page.status_code == 422
    assert "<script>" not in page.text
    assert not empty.path.exists()


def test_the_draft_names_a_repository_of_the_apps_own_account_and_never_a_strangers(
    empty: Empty, operator: Visitor, world: World
) -> None:
    operator.tell_address()
    operator.get(confirm(world, fill_in(operator, world.forge.url, public="yes")).removeprefix(empty.url))
    world.forge.add_repository("aardvark/mine")
    world.forge.apps.install("closeout-acme", "aardvark")
    assert "aardvark/mine" in operator.get("/setup/github/installed").text
    draft = typed_in(operator.get("/setup/contract"))
    assert 'repositories: ["github:<owner>/<repository>"]' in draft
    assert "aardvark" not in draft
    refused = operator.send("/setup/contract", text=draft, action="save")
    assert refused.status_code == 422
    assert "is not a repository" in refused.text
    world.forge.apps.install("closeout-acme", "acme", by="lena")
    operator.get("/setup/github/installed")
    assert 'repositories: ["github:acme/storefront"]' in typed_in(operator.get("/setup/contract"))


def test_the_drafts_own_names_are_saved_only_when_somebody_says_so(empty: Empty, operator: Visitor) -> None:
    draft = drafted(operator)
    asked = operator.send("/setup/contract", text=draft, action="save")
    assert asked.status_code == 422
    assert "still the draft" in asked.text
    assert not empty.path.exists()
    assert (
        operator.post("/setup/contract", None, **hidden(asked), text=draft, action="save").status_code == 303
    )
    assert empty.path.read_text() == draft


def test_a_confirmation_is_for_the_text_that_was_shown(empty: Empty, operator: Visitor) -> None:
    draft = drafted(operator)
    asked = operator.send("/setup/contract", text=draft, action="save")
    other = draft.replace("Website", "Another")
    assert (
        operator.post("/setup/contract", None, **hidden(asked), text=other, action="save").status_code == 422
    )
    assert not empty.path.exists()


def test_a_confirmation_is_for_the_doubts_that_were_shown(empty: Empty, operator: Visitor) -> None:
    text = TEXT.replace("Northwind Studio", "Your Agency").replace("total: 30000.00", "total: 40000.00")
    asked = operator.send("/setup/contract", text=text, action="save")
    assert "the release keeps" not in asked.text
    db = Database(empty.database_url)
    (empty.folder / "elsewhere").mkdir()
    Desk(db, empty.folder / "elsewhere").invoiced(2)  # released meanwhile, under what the file said before
    db.close()
    again = operator.post("/setup/contract", None, **hidden(asked), text=text, action="save")
    assert again.status_code == 422
    assert "the release keeps 7,500.00 usd" in again.text
    assert not empty.path.exists()
    assert (
        operator.post("/setup/contract", None, **hidden(again), text=text, action="save").status_code == 303
    )


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(empty: Empty, operator: Visitor) -> None:
    empty.path.write_text(TEXT)
    page = operator.get("/setup/contract")
    empty.path.write_text(TEXT + "# theirs\n")
    mine = TEXT + "# mine\n"
    refused = operator.post("/setup/contract", None, **hidden(page), text=mine, action="save")
    assert refused.status_code == 409
    assert "somebody else changed" in refused.text.lower()
    assert typed_in(refused) == mine
    assert empty.path.read_text() == TEXT + "# theirs\n"


def test_a_file_that_can_not_be_written_is_said_so_and_the_text_stays(
    empty: Empty, operator: Visitor
) -> None:
    page = operator.get("/setup/contract")
    empty.path.symlink_to(empty.folder / "none" / "closeout.yml")
    refused = operator.post("/setup/contract", None, **hidden(page), text=TEXT, action="save")
    assert refused.status_code == 409
    assert "can not be written from here" in refused.text
    assert typed_in(refused) == TEXT


def test_a_file_that_is_wrong_already_is_shown_to_be_mended(empty: Empty, operator: Visitor) -> None:
    empty.path.write_text("version: 2\n")
    page = operator.get("/setup/contract")
    assert page.status_code == 200
    assert "It can not be used yet" in page.text
    assert operator.post("/setup/contract", None, **hidden(page), text=TEXT, action="save").status_code == 303
    assert empty.path.read_text() == TEXT
