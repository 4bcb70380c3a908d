"""What a camt.053 says of the account: entries in all the forms that banks give them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import money
from app.gateways.bank.account import in_groups
from app.gateways.bank.camt import read_camt
from app.gateways.bank.reference import make_reference
from app.gateways.bank.statement import Entry
from tests.gateways.bank.camt_files import (
    CLIENT,
    CLIENT_PAYS,
    IBAN,
    amount_of,
    balance,
    document,
    entry,
    party,
    statement,
    transaction,
)

REFERENCE = make_reference("evt_98234109c0ffee98234109c0")


def entries(*written: str, version: str = "08") -> tuple[Entry, ...]:
    (one,) = read_camt(document(statement(*written), version=version), IBAN)
    return one.entries


@pytest.mark.parametrize("version", ["02", "04", "06", "08", "10", "13"])
def test_a_clients_payment_is_read_in_each_version(version: str) -> None:
    is_old = version in ("02", "04", "06")
    paid = transaction(
        refs="<EndToEndId>INV-7</EndToEndId>",
        parties=party("Dbtr", "Acme  Corp", CLIENT, old=is_old)
        + party("Cdtr", "Northwind", IBAN, old=is_old),
        remittance=f"<Ustrd>Thank you</Ustrd><Strd><CdtrRefInf><Ref>{REFERENCE}</Ref></CdtrRefInf></Strd>",
    )
    status = "<Sts>BOOK</Sts>" if version == "02" else "<Sts><Cd>BOOK</Cd></Sts>"
    (one,) = entries(entry(paid, status=status), version=version)
    assert one.id.startswith("ent_")
    assert (one.booked_on, one.amount_minor, one.currency) == (date(2026, 5, 28), 750_000, "eur")
    assert (one.is_credit, one.is_reversal, one.is_collective) == (True, False, False)
    assert (one.reference, one.text, one.end_to_end_id) == (REFERENCE, "Thank you", "INV-7")
    assert (one.counterparty_name, one.counterparty_iban) == ("Acme Corp", CLIENT)
    assert one.references == (REFERENCE,)


def test_a_reference_is_found_where_the_bank_broke_the_text() -> None:
    shown = in_groups(REFERENCE).lower()
    lines = f"<Ustrd>Rechnung {shown[:15]}</Ustrd><Ustrd>{shown[15:]} danke</Ustrd>"
    (one,) = entries(entry(transaction(remittance=lines)))
    assert one.reference == ""
    assert one.references == (REFERENCE,)


def test_a_reference_is_found_where_the_bank_puts_the_text_beside_the_payment() -> None:
    details = transaction(more="<AddtlTxInf>Transfer</AddtlTxInf>")
    (one,) = entries(entry(details, more=f"<AddtlNtryInf>Invoice {REFERENCE}</AddtlNtryInf>"))
    assert one.references == (REFERENCE,)


def test_an_entry_without_any_optional_part_is_read() -> None:
    (one,) = entries(entry(reference="", amount="0.5"))
    assert (one.amount_minor, one.text, one.counterparty_name, one.references) == (50, "", "", ())
    assert not one.is_collective


@pytest.mark.parametrize(
    "status", ["<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>", "<Sts><Cd>INFO</Cd></Sts>"]
)
def test_what_is_not_booked_does_not_count(status: str) -> None:
    assert entries(entry(status=status)) == ()


def test_a_day_with_a_time_and_a_zone_is_that_day() -> None:
    (one,) = entries(entry(day="<BookgDt><DtTm>2026-05-28T23:59:00.000+02:00</DtTm></BookgDt>"))
    assert one.booked_on == date(2026, 5, 28)
    (other,) = entries(entry(day="<ValDt><Dt>2026-05-29</Dt></ValDt>"))
    assert other.booked_on == date(2026, 5, 29)


def test_a_collective_booking_is_taken_apart_where_its_parts_add_up() -> None:
    first = transaction(amount=amount_of("5000.00"), parties=CLIENT_PAYS, remittance="<Ustrd>one</Ustrd>")
    second = transaction(
        amount="<AmtDtls><InstdAmt>" + amount_of("2700.00", "USD") + "</InstdAmt><TxAmt>"
        f"{amount_of('2500.00')}</TxAmt></AmtDtls>",
        remittance="<Ustrd>two</Ustrd>",
    )
    one, two = entries(entry(first + second))
    assert [(part.amount_minor, part.text) for part in (one, two)] == [(500_000, "one"), (250_000, "two")]
    assert one.id != two.id
    assert not one.is_collective


@pytest.mark.parametrize(
    "details",
    [
        transaction(amount=amount_of("5000.00")) + transaction(amount=amount_of("2500.01")),
        transaction(amount=amount_of("5000.00")) + transaction(),
        transaction(amount=amount_of("5000.00", "USD")) + transaction(amount=amount_of("2500.00")),
        "<Btch><NbOfTxs>3</NbOfTxs></Btch>" + transaction(amount=amount_of("7500.00")),
        "<Btch><NbOfTxs>2</NbOfTxs></Btch>",
    ],
)
def test_a_collective_booking_that_can_not_be_told_apart_stays_one_entry_for_a_person(details: str) -> None:
    (one,) = entries(entry(details))
    assert one.amount_minor == 750_000
    assert one.is_collective


def test_a_part_may_go_the_other_way() -> None:
    back = transaction(amount=amount_of("500.00") + "<CdtDbtInd>DBIT</CdtDbtInd>")
    one, two = entries(entry(transaction(amount=amount_of("8000.00")) + back))
    assert (one.is_credit, two.is_credit) == (True, False)


def test_a_transfer_that_comes_back_is_a_reversal_with_its_reason_and_its_order() -> None:
    returned = transaction(
        refs="<EndToEndId>evt-98234109c0ffee98234109c0</EndToEndId>",
        parties=party("Dbtr", "Northwind", IBAN) + party("Cdtr", "Dev Team", CLIENT),
        more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
    )
    (one,) = entries(entry(returned))
    assert (one.is_credit, one.is_reversal, one.reason) == (True, True, "AC04")
    assert one.end_to_end_id == "evt-98234109c0ffee98234109c0"
    assert (one.counterparty_name, one.counterparty_iban) == ("Dev Team", CLIENT)


def test_a_payment_that_is_taken_back_is_a_debit_from_the_client() -> None:
    (one,) = entries(entry(transaction(parties=CLIENT_PAYS), sign="DBIT", reversal="<RvslInd>true</RvslInd>"))
    assert (one.is_credit, one.is_reversal, one.counterparty_name) == (False, True, "Acme Corp")


def test_a_payout_names_its_payee() -> None:
    sides = party("Dbtr", "Northwind", IBAN) + party("Cdtr", "Dev Team", CLIENT)
    (one,) = entries(entry(transaction(parties=sides), sign="DBIT"))
    assert (one.is_credit, one.counterparty_name) == (False, "Dev Team")


def test_several_statements_of_one_file_are_all_read() -> None:
    read = read_camt(document(statement(entry()), statement(entry(amount="1"), entry(amount="2"))), IBAN)
    assert [len(one.entries) for one in read] == [1, 2]


def test_balances_tell_whether_an_entry_is_missing() -> None:
    balances = balance("OPBD", "100.00", "DBIT") + balance("CLBD", "7400.00")
    (one,) = read_camt(document(statement(entry(), balances=balances)), IBAN)
    assert (one.opening_minor, one.closing_minor, one.missing_minor) == (-10_000, 740_000, 0)
    (cut,) = read_camt(document(statement(balances=balances)), IBAN)
    assert cut.missing_minor == 750_000
    (plain,) = read_camt(document(statement(entry())), IBAN)
    assert (plain.opening_minor, plain.missing_minor) == (None, 0)


@given(st.sampled_from(["eur", "usd", "jpy", "kwd"]), st.integers(0, 10**14))
def test_any_amount_is_read_to_the_unit(currency: str, amount_minor: int) -> None:
    written = money.write_amount(amount_minor, currency)
    (one,) = entries(entry(amount=written, currency=currency.upper()))
    assert (one.amount_minor, one.currency) == (amount_minor, currency)


@given(st.text(st.characters(codec="utf-8", exclude_characters="<&", exclude_categories=["Cc", "Cs"])))
def test_any_text_is_read_without_control_characters(text: str) -> None:
    (one,) = entries(entry(transaction(remittance=f"<Ustrd>{text.replace(']]>', '')}&#x9;x</Ustrd>")))
    assert one.text.replace("\n", "").isprintable()
    assert one.text.endswith("x")


def test_the_other_side_is_told_by_its_role_where_no_account_is_given() -> None:
    sides = "<Dbtr><Nm>Acme Corp</Nm></Dbtr><Cdtr><Nm>Northwind</Nm></Cdtr>"
    paid, out = entries(entry(transaction(parties=sides)), entry(transaction(parties=sides), sign="DBIT"))
    assert (paid.counterparty_name, out.counterparty_name) == ("Acme Corp", "Northwind")


def test_the_side_with_our_own_account_is_never_the_other_one() -> None:
    swapped = party("Dbtr", "Dev Team", CLIENT) + party("Cdtr", "Northwind", IBAN)
    (one,) = entries(entry(transaction(parties=swapped, more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")))
    assert (one.is_reversal, one.counterparty_name) == (True, "Dev Team")
