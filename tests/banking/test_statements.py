"""Importing statements: nothing counts twice, nothing is lost, and a doubt is left to a person in words."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.banking.statements import import_statement
from app.errors import BankError
from app.gateways.bank.pain import end_to_end_id
from app.gateways.bank.reference import make_reference
from app.gateways.bank.tables import bank_files, bank_payments
from app.gateways.base import Intent
from app.inbox.tables import deliveries
from app.releases.changes import event_id
from app.settings import for_child
from tests.banking.papers import csv_of, opened, paid_leg
from tests.gateways.bank_driver import Driver
from tests.gateways.conformance_undoing import open_and_pay
from tests.gateways.outcomes import done, invoice_of, payout_of

BROKEN_OFF = """
import os, sys
from pathlib import Path
from app.banking import statements
from app.banking.accounts import OurAccount
from app.db import Database
statements.tell = lambda *_: os._exit(9)
statements.import_statement(
    Database(sys.argv[1]), OurAccount("bank", sys.argv[2]), Path(sys.argv[3]).read_bytes(), name="s"
)
"""
"""Everything is written and nothing is committed when the process dies."""


def received(driver: Driver, intent: Intent) -> int:
    return invoice_of(driver.gateway.ask(intent)).came_in_minor


def told(driver: Driver) -> list[str]:
    """The words in the inbox, each by its id."""
    with driver.db.reading() as connection:
        return list(connection.scalars(sa.select(deliveries.c.delivery_id).order_by(deliveries.c.id)))


def count(driver: Driver, table: sa.Table) -> int:
    with driver.db.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.mark.parametrize("form", ["camt.053", "csv"])
def test_the_same_file_and_those_that_overlap_it_count_nothing_twice(driver: Driver, form: str) -> None:
    driver.form = form
    intent, reference = opened(driver)
    driver.receive(reference, 300_000)
    first = driver.statement()
    assert driver.import_now(first).standing("matched") == 1
    assert driver.import_now(first).is_known
    driver.tell_bank("time", days=1)
    driver.receive(reference, 300_000)
    for _ in range(2):
        driver.import_now(driver.statement())
    driver.import_now(driver.statement(**{"from": "2026-05-29"}))
    assert received(driver, intent) == 600_000
    assert len(told(driver)) == 2


def test_two_equal_payments_of_one_day_are_two(driver: Driver) -> None:
    intent, reference = opened(driver)
    for _ in range(2):
        driver.receive(reference, 100_000)
    driver.import_now()
    assert received(driver, intent) == 200_000


def test_two_operators_at_once_import_once(driver: Driver) -> None:
    intent, reference = opened(driver)
    driver.receive(reference, 300_000)
    document = driver.statement()
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(driver.import_now, [document] * 6))
    assert sorted(len(one.new) for one in found) == [0, 0, 0, 0, 0, 1]
    assert received(driver, intent) == 300_000
    assert len(told(driver)) == 1


def test_a_kill_in_the_middle_leaves_nothing_and_the_next_import_all(driver: Driver, tmp_path: Path) -> None:
    intent, reference = opened(driver)
    rows = [f"2026-05-{day:02d};10.00;{reference} no {day}" for day in range(1, 29)]
    path = tmp_path / "statement.csv"
    path.write_bytes(csv_of(*rows))
    command = [sys.executable, "-c", BROKEN_OFF, driver.db.url, driver.account.iban, str(path)]
    assert subprocess.run(command, check=False, env=for_child({}), timeout=60).returncode == 9
    assert (count(driver, bank_payments), count(driver, bank_files), told(driver)) == (0, 0, [])
    driver.import_now(path.read_bytes())
    assert received(driver, intent) == 28_000
    assert len(told(driver)) == 1


def test_a_long_statement_is_taken_whole(driver: Driver) -> None:
    intent, reference = opened(driver)
    rows = [f"2026-05-{1 + day % 28:02d};1.00;{reference} no {day}" for day in range(3_000)]
    assert driver.import_now(csv_of(*rows)).standing("matched") == 3_000
    assert received(driver, intent) == 300_000


@pytest.mark.parametrize(
    ("row", "standing", "why"),
    [
        ("2026-05-28;10.00;thanks", "unmatched", "it quotes no reference of ours"),
        ("2026-05-28;10.00;{unknown}", "unmatched", "no invoice has the reference {unknown}"),
        (
            "2026-05-28;10.00;{first} and {second}",
            "unmatched",
            "it quotes several invoices: con_7732_alpha-2, con_7732_alpha-3",
        ),
        (
            "2026-05-28;-10.00;{first}",
            "unmatched",
            "it went out, quotes invoice con_7732_alpha-2, and was no order of ours",
        ),
        ("2026-05-28;-10.00;rent", "other", ""),
        (
            "2026-05-28;-10.00;x;evt-0123456789abcdef01234567",
            "unmatched",
            "an order evt-0123456789abcdef01234567 that these books do not hold",
        ),
    ],
)
def test_what_belongs_to_no_invoice_says_why(driver: Driver, row: str, standing: str, why: str) -> None:
    names = {"unknown": make_reference(f"evt_{1:024x}")}
    _, names["first"] = opened(driver)
    _, names["second"] = opened(driver, 3)

    [entry] = driver.import_now(csv_of(row.format(**names))).new
    assert (entry["standing"], entry["why"]) == (standing, why.format(**names))
    assert told(driver) == []


def test_another_currency_and_a_sum_of_several_payments_are_left_to_a_person(driver: Driver) -> None:
    _, reference = opened(driver)
    dollars = csv_of(f"2026-05-28;10.00;{reference}").replace(b";EUR;", b";USD;")
    [entry] = driver.import_now(dollars).new
    assert entry["why"] == "it is in usd, and invoice con_7732_alpha-2 in eur"


def test_a_collective_booking_that_the_bank_does_not_take_apart_pays_nothing(driver: Driver) -> None:
    intent, reference = opened(driver)
    driver.receive(reference, 300_000)
    hidden = b"<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch><TxDtls>"
    document = driver.statement().replace(b"<NtryDtls><TxDtls>", hidden)
    [entry] = driver.import_now(document).new
    assert entry["why"] == "several payments in one sum, which the bank does not tell apart"
    assert received(driver, intent) == 0


def test_the_other_format_of_the_same_days_is_refused(driver: Driver) -> None:
    intent, reference = opened(driver)
    driver.receive(reference, 300_000)
    driver.import_now()
    with pytest.raises(BankError, match="were imported as camt"):
        driver.import_now(driver.statement(format="csv"))
    assert received(driver, intent) == 300_000


def test_a_bank_that_writes_otherwise_from_one_day_to_the_next_counts_nothing_twice(driver: Driver) -> None:
    intent, reference = opened(driver)
    driver.import_now(csv_of(f"2026-05-28;10.00;{reference}"))
    again = driver.import_now(
        csv_of(f"2026-05-28;10.00;Invoice {reference} SEPA", f"2026-05-28;12.00;{reference}")
    )
    found = {entry["amount_minor"]: (entry["standing"], entry["why"]) for entry in again.new}
    assert found[1_200] == ("matched", "")
    assert found[1_000][0] == "unmatched"
    assert "under another name" in found[1_000][1]
    assert received(driver, intent) == 2_200


def test_the_statement_of_another_account_is_refused(driver: Driver) -> None:
    opened(driver)
    other = driver.statement().replace(driver.account.iban.encode(), b"GB29NWBK60161331926819")
    with pytest.raises(BankError, match="of the account GB29NWBK60161331926819"):
        driver.import_now(other)
    assert count(driver, bank_files) == 0


def test_a_statement_that_lacks_an_entry_says_by_how_much(driver: Driver) -> None:
    _, reference = opened(driver)
    driver.receive(reference, 300_000)
    document = driver.statement()
    start, end = document.index(b"<Ntry>"), document.index(b"</Ntry>") + 7
    assert driver.import_now(document[:start] + document[end:]).missing_minor == 300_000


def test_a_transfer_is_paid_by_its_debit_and_failed_by_its_return_in_any_order(driver: Driver) -> None:
    open_and_pay(driver)
    leg, name = paid_leg(driver)
    driver.order_now()
    driver.tell_bank("return", end_to_end_id=name, reason="AC04")
    driver.import_now()
    payout = payout_of(driver.gateway.ask(leg))
    assert (payout.status, payout.reason) == ("failed", "it came back on 2026-05-28: AC04")
    driver.import_now(driver.statement())
    assert payout_of(driver.gateway.ask(leg)) == payout


def test_a_second_debit_of_one_transfer_is_shown_to_a_person(driver: Driver) -> None:
    open_and_pay(driver)
    _, name = paid_leg(driver)
    rows = [f"2026-06-0{day};-5000.00;con_7732_alpha-2;{name}" for day in (1, 2)]
    first, second = driver.import_now(csv_of(*rows)).new
    assert (first["standing"], second["standing"]) == ("matched", "unmatched")
    assert second["why"] == f"{name} went out before, on 2026-06-01"


def test_another_amount_under_our_name_is_not_believed(driver: Driver) -> None:
    open_and_pay(driver)
    leg, name = paid_leg(driver)
    [entry] = driver.import_now(csv_of(f"2026-06-01;-4999.00;x;{name}")).new
    assert entry["why"] == f"ordered under {name} were 5,000.00 eur"
    assert payout_of(driver.gateway.ask(leg)).status == "pending"


def test_what_went_out_before_a_backup_was_restored_is_never_ordered_again(driver: Driver) -> None:
    open_and_pay(driver)
    leg, name = paid_leg(driver)
    driver.import_now(csv_of(f"2026-06-01;-5000.00;x;{name.upper()}"))
    assert payout_of(driver.gateway.ask(leg)).status == "paid"
    assert driver.order_now().file is None
    other = driver.orders.leg(driver.orders.legs[1])

    driver.import_now(csv_of(f"2026-06-02;-2500.00;x;{end_to_end_id(other.event_id)}"))
    paid = paid_leg(driver, 1)[0]
    assert payout_of(driver.gateway.ask(paid)).status == "paid", "the statement knew it before the books"
    assert driver.order_now().file is None


def test_a_payment_that_was_known_before_its_invoice_pays_it(driver: Driver) -> None:

    reference = make_reference(event_id("con_7732_alpha/2/r1/open_invoice"))
    driver.import_now(csv_of(f"2026-05-28;7500.00;{reference}"))
    intent, given = opened(driver)
    assert given == reference
    assert invoice_of(done(driver.gateway.ask(intent))).status == "paid"


@pytest.mark.parametrize(
    ("document", "said"),
    [(b"PK\x03\x04", "ZIP archive"), (b"%PDF-1.7\n", "a PDF"), (b"", "empty"), (b" \n", "empty")],
)
def test_a_file_that_is_no_statement_is_refused_with_what_to_do(
    driver: Driver, document: bytes, said: str
) -> None:
    with pytest.raises(BankError, match=said):
        import_statement(driver.db, driver.account, document, name="statement")
    assert count(driver, bank_files) == 0
