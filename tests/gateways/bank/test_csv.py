"""A bank's CSV, whichever way that bank writes it."""

from __future__ import annotations

from datetime import date

import pytest

from app.gateways.bank.csv_statement import read_csv
from app.gateways.bank.reference import make_reference

IBAN = "DE89370400440532013000"
CLIENT = "NL91ABNA0417164300"
REFERENCE = make_reference("evt_98234109c0ffee98234109c0")

GERMAN = f"""\ufeff"Konto:";"{IBAN}"
"Zeitraum:";"01.05.2026 - 31.05.2026"

"Buchungstag";"Valuta";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";"IBAN";"Betrag (€)"
"28.05.26";"28.05.26";"Acme Corp";"Northwind";"Rechnung {REFERENCE}";"{CLIENT}";"7.500,00"
"29.05.26";"29.05.26";"Northwind";"Miete GmbH";"Miete; Mai";"DE02120300000000202051";"-1.200,50"
"""
ENGLISH = f"""Date,Description,Currency,Paid in,Paid out,Balance
25/05/2026,"Acme Corp, {REFERENCE}",GBP,"7,500.00",,8000.00
04/06/2026,Rent,GBP,,1200.50,6799.50
"""
DUTCH = f"""Datum\tNaam tegenpartij\tTegenrekening\tAf Bij\tBedrag (EUR)\tOmschrijving\tCode
20260528\tAcme Corp\t{CLIENT}\tBij\t7500,00\t{REFERENCE}\tOV
20260529\tMiete GmbH\t\tAf\t1200,50\tHuur\tOV
"""
SWISS = f"""Buchungsdatum;Belastung;Gutschrift;Währung;Buchungstext;Status
28.05.2026;;7'500.00;CHF;{REFERENCE};gebucht
29.05.2026;1'200.50;;CHF;Miete;gebucht
30.05.2026;9.00;;CHF;Karte;vorgemerkt
"""


@pytest.mark.parametrize(
    ("file", "currency", "name"),
    [(GERMAN, "eur", "Acme Corp"), (ENGLISH, "gbp", ""), (DUTCH, "eur", "Acme Corp"), (SWISS, "chf", "")],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_banks_of_several_countries_are_read(file: str, currency: str, name: str, encoding: str) -> None:
    text = file if encoding == "utf-8" else file.removeprefix("\ufeff")
    paid, rent = read_csv(text.encode(encoding), IBAN).entries
    assert (paid.amount_minor, paid.currency, paid.is_credit) == (750_000, currency, True)
    assert (rent.amount_minor, rent.currency, rent.is_credit) == (120_050, currency, False)
    assert paid.references == (REFERENCE,)
    assert paid.booked_on in (date(2026, 5, 28), date(2026, 5, 25))
    assert paid.counterparty_name == name


def test_who_pays_and_who_is_paid_is_told_by_the_direction() -> None:
    paid, rent = read_csv(GERMAN.encode(), IBAN).entries
    assert (paid.counterparty_name, paid.counterparty_iban) == ("Acme Corp", CLIENT)
    assert (rent.counterparty_name, rent.text) == ("Miete GmbH", "Miete; Mai")


def test_a_line_that_answers_it_settles_days_and_amounts_for_the_whole_file() -> None:
    first, second = read_csv(
        b"Date;Amount;Currency\n05/06/2026;1.230;EUR\n25/06/2026;1,50;EUR\n", IBAN
    ).entries
    assert (first.booked_on, first.amount_minor) == (date(2026, 6, 5), 123_000)
    assert (second.booked_on, second.amount_minor) == (date(2026, 6, 25), 150)


def test_credits_settle_how_debits_are_written() -> None:
    file = b"Date;Credit;Debit;Currency\n2026-05-28;;1,230;EUR\n2026-05-28;2.50;;EUR\n"
    assert [one.amount_minor for one in read_csv(file, IBAN).entries] == [123_000, 250]


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("12", "EUR", 1200),
        ("+12.5", "EUR", 1250),
        ("12,50-", "EUR", -1250),
        ("\u221212,50 €", "EUR", -1250),
        ("EUR 1 234 567.89", "EUR", 123_456_789),
        ("1,234,567", "JPY", 1_234_567),
        ("1.234", "KWD", 1234),
        ("0.00", "EUR", 0),
    ],
)
def test_an_amount_is_read_to_the_unit(text: str, currency: str, amount_minor: int) -> None:
    rows = f"Date;Amount;Currency\n2026-05-28;{text};{currency}\n"
    if text == "1.234":
        rows += "2026-05-28;1,000.500;KWD\n"
    entry = read_csv(rows.encode(), IBAN).entries[0]
    assert (entry.amount_minor, entry.is_credit) == (abs(amount_minor), amount_minor >= 0)


def test_the_accounts_currency_is_taken_where_no_column_says_it() -> None:
    (entry,) = read_csv(b"Date;Amount\n2026-05-28;1.50\n", IBAN, "eur").entries
    assert entry.currency == "eur"


def test_empty_lines_and_a_separator_at_the_end_are_no_matter() -> None:
    file = b"Date;Amount;Currency;\r\n2026-05-28;1.50;EUR;\r\n\r\n;;;\r\n2026-05-28;2.50;EUR\r\n"
    assert [one.amount_minor for one in read_csv(file, IBAN).entries] == [150, 250]
