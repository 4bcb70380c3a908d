"""Whatever a CSV could mean twice is refused, with file:line:column and what to do."""

from __future__ import annotations

import pytest

from app.errors import BankError
from app.gateways.bank.csv_statement import read_csv

IBAN = "DE89370400440532013000"
HEAD = "Date;Amount;Currency;Text\n"
GOOD = "2026-05-28;1.50;EUR;x\n"


@pytest.mark.parametrize(
    ("file", "what", "where"),
    [
        ("", "names the columns was not found", "may.csv:1"),
        ("When;How much\n2026-05-28;1.50\n", "names the columns was not found", "may.csv:1"),
        ("Date;Text\n2026-05-28;1.50\n", "names the columns was not found", "may.csv:1"),
        ("Date;Betrag;Amount\n", "could both be the amount", "may.csv:1:3"),
        ("Date;Amount;Credit\n", "beside a credit or a debit", "may.csv:1"),
        ("Date;Credit;Currency\n", "but not both", "may.csv:1"),
        (HEAD + GOOD + "05/06/2026;1.50;EUR;x\n", "can mean two things", "may.csv:3:1"),
        (HEAD + "25/06/2026;1.50;EUR;x\n06/25/2026;1.50;EUR;x\n", "another way", "may.csv:3:1"),
        (HEAD + "31.02.2026;1.50;EUR;x\n", "read as booked on", "may.csv:2:1"),
        (HEAD + GOOD + "Saldo;99.00;EUR;\n", "read as booked on", "may.csv:3:1"),
        (HEAD + "2026-05-28;1.230;EUR;x\n", "can mean two things", "may.csv:2:2"),
        (HEAD + GOOD + "2026-05-28;1,50;EUR;x\n", "another way", "may.csv:3:2"),
        (HEAD + "2026-05-28;(1.50);EUR;x\n", "read as amount", "may.csv:2:2"),
        (HEAD + "2026-05-28;-1.50-;EUR;x\n", "read as amount", "may.csv:2:2"),
        (HEAD + "2026-05-28;1.505;EUR;x\n2026-05-28;1.50;EUR;x\n", "read as amount|another way", "may.csv:"),
        (HEAD + "2026-05-28;1E3;EUR;x\n", "read as amount", "may.csv:2:2"),
        (HEAD + "2026-05-28;;EUR;x\n", "read as amount", "may.csv:2:2"),
        (HEAD + "2026-05-28;1.50 USD;EUR;x\n", "read as amount", "may.csv:2:2"),
        (HEAD + "2026-05-28;1.50;Euro;x\n", "the currency is 'euro'", "may.csv:2:3"),
        ("Date;Amount\n2026-05-28;1.50\n", "no currency is said", "may.csv:2"),
        (HEAD + '2026-05-28;1.50;EUR;"x\n', "not CSV", "may.csv:2"),
        (HEAD + "2026-05-28;1.50;EUR;x;y\n", "has 5 columns, the header has 4", "may.csv:2"),
        (HEAD + "2026-05-28;1.50\n", "has 2 columns", "may.csv:2"),
        ("Date;Amount;Currency;Status\n2026-05-28;1.50;EUR;maybe\n", "can not be told", "may.csv:2:4"),
        ("Date;Amount;Currency;D/C\n2026-05-28;1.50;EUR;X\n", "came in or went out", "may.csv:2:4"),
        ("Date;Credit;Debit;Currency\n2026-05-28;1.50;2.50;EUR\n", "not under both", "may.csv:2"),
        ("Date;Credit;Debit;Currency\n2026-05-28;;;EUR\n", "not under both", "may.csv:2"),
        ("IBAN NL91ABNA0417164300\n" + HEAD + GOOD, "of the account NL91ABNA0417164300", "may.csv:1"),
        (
            "Date;Amount;Currency;Auftragskonto\n2026-05-28;1.50;EUR;NL91 ABNA 0417 1643 00\n",
            "of the account NL91ABNA0417164300",
            "may.csv:2:4",
        ),
    ],
)
def test_a_file_that_could_be_misread_is_refused(file: str, what: str, where: str) -> None:
    with pytest.raises(BankError, match=what) as raised:
        read_csv(file.encode(), IBAN, file="may.csv")
    assert raised.value.where.startswith(where)
    assert raised.value.mend


@pytest.mark.parametrize("file", [(HEAD + GOOD).encode("utf-16"), b"\x81\x00"])
def test_other_encodings_are_refused(file: bytes) -> None:
    with pytest.raises(BankError, match="UTF-8"):
        read_csv(file, IBAN)


def test_more_entries_than_a_statement_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.gateways.bank.csv_statement.MOST_ENTRIES", 3)
    with pytest.raises(BankError, match="more than 3 entries"):
        read_csv((HEAD + GOOD * 4).encode(), IBAN)
