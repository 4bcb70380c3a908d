"""The bank's statements, read as the product reads them."""

from __future__ import annotations

import pytest

from app.errors import BankError
from app.gateways.bank.account import in_groups
from app.gateways.bank.camt import read_camt
from app.gateways.bank.csv_statement import read_csv
from app.gateways.bank.reference import make_reference
from tests.sandbox.bank.client import CLIENT, EVENT, IBAN, PAYEE, Client, orders, transfer

REFERENCE = make_reference(EVENT)


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_clients_payment_stands_in_the_statement_with_its_reference(bank: Client, version: str) -> None:
    paid = bank.pay(750_000, reference=REFERENCE)
    (entry,) = bank.entries(version=version)
    assert (entry.amount_minor, entry.currency, entry.is_credit) == (750_000, "eur", True)
    assert (entry.references, entry.counterparty_name) == ((REFERENCE,), "Acme Corp")
    assert entry.counterparty_iban == CLIENT
    (told,) = bank.journal("money_in")
    assert (told["amount_cents"], told["payment_id"]) == (750_000, paid["payment_id"])


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_reference_within_a_text_survives_the_lines_that_the_bank_breaks_it_into(
    bank: Client, version: str
) -> None:
    bank.pay(750_000, text=f"Rechnung Alpha storefront {in_groups(REFERENCE)} mit Dank")
    (entry,) = bank.entries(version=version)
    assert entry.references == (REFERENCE,)


def test_balances_are_those_before_and_after_the_days_shown(bank: Client) -> None:
    bank.pay(5_000)
    bank.post("time", {"days": 2})
    bank.order(orders(transfer(), day="2026-05-30"))
    whole = bank.statement(**{"from": "2026-05-28"})
    assert (whole.opening_minor, whole.closing_minor, whole.missing_minor) == (100_000, 55_000, 0)
    last = bank.statement(**{"from": "2026-05-29", "to": "2026-05-30"})
    assert (last.opening_minor, last.closing_minor, last.missing_minor) == (105_000, 55_000, 0)


@pytest.mark.parametrize("with_references", [True, False])
@pytest.mark.parametrize("batch_booking", [True, False])
def test_overlapping_statements_repeat_entries_with_the_same_ids(
    bank: Client, with_references: bool, batch_booking: bool
) -> None:
    bank.post("switches", {"with_references": with_references, "batch_booking": batch_booking})
    for _ in range(2):
        bank.pay(5_000, text="the same twice")
    bank.post("time", {"days": 1})
    bank.pay(5_000, text="the same twice")
    bank.order(orders(transfer(), transfer("b", "1.00"), total="501.00", day="2026-05-29"))
    days = [bank.entries(**{"from": day, "to": day}) for day in ("2026-05-28", "2026-05-29")]
    both = bank.entries(**{"from": "2026-05-28", "to": "2026-05-29"})
    assert len({one.id for one in both}) == 5
    assert {one.id for one in both} == {one.id for day in days for one in day}
    assert sorted(one.amount_minor for one in both) == [100, 5_000, 5_000, 5_000, 50_000]
    assert both == bank.entries(version="02", **{"from": "2026-05-28", "to": "2026-05-29"})


def test_a_collective_booking_is_one_entry_of_the_bank_and_each_payment_to_us(bank: Client) -> None:
    bank.post("switches", {"batch_booking": True})
    bank.pay(5_000, text="one")
    bank.pay(7_000, text="two")
    assert bank.download().text.count("<Ntry>") == 1
    assert [(one.amount_minor, one.text) for one in bank.entries()] == [(5_000, "one"), (7_000, "two")]


def test_what_is_pending_is_shown_but_counts_only_once_it_is_booked(bank: Client) -> None:
    bank.pay(5_000, pending=True)
    assert "PDNG" in bank.download().text
    assert bank.entries() == ()
    assert (bank.balance(), bank.journal("money_in")) == (100_000, [])
    bank.post("time")
    assert [one.amount_minor for one in bank.entries()] == [5_000]
    assert len(bank.journal("money_in")) == 1


def test_a_payment_from_abroad_counts_as_what_arrived(bank: Client) -> None:
    bank.pay(9_200, instructed={"amount_cents": 10_000, "currency": "usd"})
    (entry,) = bank.entries()
    assert (entry.amount_minor, entry.currency) == (9_200, "eur")


def test_the_same_days_as_csv_say_the_same(bank: Client) -> None:
    bank.pay(750_000, text=f"Rechnung; {REFERENCE}")
    bank.pay(1, pending=True)
    bank.order(orders(transfer()))
    out, paid = read_csv(bank.download(format="csv").content, IBAN).entries
    assert (paid.amount_minor, paid.is_credit, paid.references) == (750_000, True, (REFERENCE,))
    assert (out.amount_minor, out.is_credit, out.counterparty_iban) == (50_000, False, PAYEE)
    assert out.end_to_end_id == "evt-98234109c0ffee98234109c0"
    longer = bank.download(format="csv", **{"from": "2026-05-20"}).content
    assert [one.id for one in read_csv(longer, IBAN).entries] == [out.id, paid.id]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-05-29"},
        {"from": "yesterday"},
        {"to": "2026-05-29"},
        {"from": "2026-05-28", "to": "2026-05-27"},
        {"format": "mt940"},
        {"version": "09"},
    ],
)
def test_a_statement_that_can_not_be_is_refused(bank: Client, query: dict[str, str]) -> None:
    assert bank.download(**query).status_code == 422


@pytest.mark.parametrize(
    "wish",
    [
        {"amount_cents": 0},
        {"amount_cents": "100"},
        {"amount_cents": 100, "currency": "usd"},
        {"amount_cents": 100, "iban": "NL91ABNA0417164301"},
    ],
)
def test_a_payment_that_can_not_be_is_refused(bank: Client, wish: dict[str, object]) -> None:
    assert bank.post("pay", wish).status_code == 422
    assert bank.journal("money_in") == []


def test_a_statement_that_breaks_off_is_not_believed(bank: Client) -> None:
    bank.pay(5_000)
    bank.post("faults", {"on": "statement", "kind": "wrong_json"})
    with pytest.raises(BankError, match="not XML"):
        read_camt(bank.download().content, IBAN)
    assert len(bank.entries()) == 1


def test_an_amount_or_currency_that_the_bank_gets_wrong_reaches_us_so(bank: Client) -> None:
    bank.pay(5_000)
    bank.post("faults", {"on": "statement", "kind": "wrong_amount"})
    assert [one.amount_minor for one in bank.entries()] == [5_001]
    bank.post("faults", {"on": "statement", "kind": "wrong_currency"})
    assert [one.currency for one in bank.entries()] == ["usd"]
