"""`closeout bank`: the errands at the bank as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import Database
from tests.banking.agency import BANK_YML, Agency, agency
from tests.cli.prepared import Desk


@pytest.fixture
def studio(sqlite_db: Database) -> Iterator[Agency]:
    with agency(sqlite_db) as one:
        yield one


@pytest.fixture
def desk(studio: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(studio.db, tmp_path, BANK_YML.read_text(encoding="utf-8"))


def saved(studio: Agency, folder: Path, name: str = "may.xml") -> str:
    """The bank's statement, as a file."""
    (folder / name).write_bytes(studio.driver.statement())
    return name


def test_a_milestone_is_billed_paid_and_paid_out_by_four_commands(
    studio: Agency, desk: Desk, tmp_path: Path
) -> None:
    studio.release()
    studio.pay(750_000)
    said = desk.said("bank", "import", saved(studio, tmp_path))
    assert "invoice con_7732_alpha-2" in said
    assert "1 booking, 1 of them new: 1 matched, 0 unmatched, 0 other." in said
    assert "was imported before" in desk.said("bank", "import", "may.xml")
    studio.work()
    assert "waiting" in desk.said("bank", "transfers")
    said = desk.said("bank", "orders", "--out", "orders.xml")
    assert "Order file 2: 2 transfers, 7,500.00 eur, in orders.xml" in said
    assert (tmp_path / "orders.xml").stat().st_mode & 0o777 == 0o600
    assert "No transfer waits." in desk.said("bank", "orders")
    desk.said("bank", "orders", "--again", "2", "--out", "again.xml")
    assert (tmp_path / "again.xml").read_bytes() == (tmp_path / "orders.xml").read_bytes()
    files = json.loads(desk.said("bank", "files", "--json"))
    assert [(one["kind"], one["format"]) for one in files] == [
        ("statement", "camt"),
        ("order", "pain.001.001.09"),
    ]
    assert "may.xml" in desk.said("bank", "files")


def test_what_nobody_can_match_ends_with_3_and_is_matched_by_hand(
    studio: Agency, desk: Desk, tmp_path: Path
) -> None:
    studio.release()
    studio.driver.receive("thank you", 750_000)
    result = desk.call("bank", "import", saved(studio, tmp_path))
    assert result.exit_code == 3
    assert "it quotes no reference of ours" in result.output
    [entry] = json.loads(desk.said("bank", "unmatched", "--json"))
    assert entry["entry_id"] in desk.said("bank", "unmatched")
    order = ("bank", "match", entry["entry_id"], "con_7732_alpha-2", "--as", "olga")
    asked = desk.call(*order)  # nobody answers
    assert asked.exit_code == 1
    assert "over 7,500.00 eur. This can not be undone. Is it so? [y/N]" in asked.output
    assert entry["entry_id"] in desk.said("bank", "unmatched"), "until it is answered nothing is matched"
    said = desk.said(*order, "--yes")
    told = "7,500.00 eur of 2026-05-28 from Acme Corp pays invoice con_7732_alpha-2 over 7,500.00 eur"
    assert said == f"{told}.\n"
    assert "Every entry belongs" in desk.said("bank", "unmatched")
    studio.work()
    assert studio.state == "disbursing"


def test_an_entry_that_is_no_business_of_ours_is_dismissed(
    studio: Agency, desk: Desk, tmp_path: Path
) -> None:
    studio.driver.receive("tax refund", 10_000)
    desk.call("bank", "import", saved(studio, tmp_path))
    [entry] = json.loads(desk.said("bank", "unmatched", "--json"))
    desk.said("bank", "dismiss", entry["entry_id"])
    assert "Every entry belongs" in desk.said("bank", "unmatched")


def test_shares_that_a_dispute_holds_are_named_and_stay(studio: Agency, desk: Desk, tmp_path: Path) -> None:
    studio.release()
    studio.pay(750_000)
    desk.said("bank", "import", saved(studio, tmp_path))
    studio.work()
    studio.hold("the client disputes it")
    result = desk.call("bank", "orders")
    assert "Kept back: 5,250.00 eur to Dev Team B.V.: the client disputes it" in result.output
    assert "No transfer waits." in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "nowhere.xml"), "can not read it"),
        (("import", "closeout.yml", "--gateway", "platform"), "platform is no gateway of kind bank"),
        (("orders", "--again", "7"), "there is no order file 7"),
        (("orders", "--out", "closeout.yml"), "there is a file already"),
        (("match", "ent_1", "con_7732_alpha-2"), "there is no entry ent_1"),
    ],
)
def test_a_slip_is_refused_in_words(desk: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in desk.refused("bank", *words)


def test_without_a_bank_account_in_the_file_it_says_so(studio: Agency, tmp_path: Path) -> None:
    assert "Add a gateway of kind bank" in Desk(studio.db, tmp_path).refused("bank", "unmatched")


def test_missing_entries_are_warned_of(studio: Agency, desk: Desk, tmp_path: Path) -> None:
    studio.release()
    studio.pay(750_000)
    document = studio.driver.statement()
    start, end = document.index(b"<Ntry>"), document.index(b"</Ntry>") + 7
    (tmp_path / "cut.xml").write_bytes(document[:start] + document[end:])
    result = desk.call("bank", "import", "cut.xml")
    assert "The balances differ by 750000 minor units from the entries" in result.output
