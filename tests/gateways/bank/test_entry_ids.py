"""Importing twice counts once, and two equal payments of a day stay two."""

from __future__ import annotations

import pytest

from app.gateways.bank.camt import read_camt
from app.gateways.bank.csv_statement import read_csv
from tests.gateways.bank.camt_files import IBAN, document, entry, statement, transaction


def ids(*written: str, version: str = "08") -> list[str]:
    (one,) = read_camt(document(statement(*written), version=version), IBAN)
    return [entry.id for entry in one.entries]


def payment(
    text: str = "Invoice 7", reference: str = "", day: str = "2026-05-28", amount: str = "100.00"
) -> str:
    return entry(
        transaction(remittance=f"<Ustrd>{text}</Ustrd>"),
        amount=amount,
        reference=f"<AcctSvcrRef>{reference}</AcctSvcrRef>",
        day=f"<BookgDt><Dt>{day}</Dt></BookgDt>",
    )


@pytest.mark.parametrize("reference", ["B-1", "", "NONREF"])
def test_statements_that_overlap_name_an_entry_alike(reference: str) -> None:
    old, both, new = payment("old"), payment("both", reference), payment("new")
    first, second = ids(old, both), ids(both, new)
    assert first[1] == second[0]
    assert len({*first, *second}) == 3


@pytest.mark.parametrize("reference", ["B-1", "", "NONREF"])
def test_two_equal_payments_of_one_day_stay_two(reference: str) -> None:
    twice = ids(payment(reference=reference), payment(reference=reference))
    assert len(set(twice)) == 2
    assert ids(payment(reference=reference), payment(reference=reference), payment("other"))[:2] == twice


@pytest.mark.parametrize(
    "other",
    [
        payment("Invoice 8"),
        payment(day="2026-05-29"),
        payment(amount="100.01"),
        payment(reference="B-2"),
        payment().replace("CRDT", "DBIT"),
    ],
)
def test_whatever_differs_is_another_entry(other: str) -> None:
    assert len(set(ids(payment(), other))) == 2


def test_an_entrys_number_in_its_statement_is_no_name() -> None:
    assert ids(payment()) == ids(payment().replace("<NtryRef>1<", "<NtryRef>9<"))


def test_a_banks_own_reference_outlives_how_it_writes_the_text() -> None:
    assert ids(payment("RF12 ABC", "B-1")) == ids(payment("RF12ABC (SEPA)", "B-1"))


def test_lines_that_are_wrapped_elsewhere_are_the_same_text() -> None:
    assert ids(payment("Invoice 7, thanks")) == ids(payment("Invoice 7,</Ustrd><Ustrd>thanks"))


def test_each_part_of_a_collective_booking_has_its_own_id() -> None:
    part = transaction(amount='<Amt Ccy="EUR">50</Amt>', remittance="<Ustrd>same</Ustrd>")
    both = entry(part + part, amount="100")
    assert len(set(ids(both))) == 2
    assert ids(both) == ids(both)


def test_a_csv_keeps_its_ids_when_another_period_is_exported() -> None:
    header = "Date;Amount;Currency;Text"
    lines = ["2026-05-29;5,00;EUR;late", "2026-05-28;7,00;EUR;same", "2026-05-28;7,00;EUR;same"]
    longer = read_csv("\n".join([header, *lines]).encode(), IBAN).entries
    shorter = read_csv("\n".join([header, *lines[1:]]).encode(), IBAN).entries
    assert [one.id for one in longer[1:]] == [one.id for one in shorter]
    assert len({one.id for one in longer}) == 3
