"""What is no statement of this account, or has no exact meaning, is refused with its line."""

from __future__ import annotations

import pytest

from app.errors import BankError
from app.gateways.bank import statement as limits
from app.gateways.bank.camt import read_camt
from tests.gateways.bank.camt_files import IBAN, balance, document, entry, statement

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Document>&b;</Document>"""
OUTSIDE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>'
OTHER = "NL91ABNA0417164300"


@pytest.mark.parametrize(
    ("file", "what", "where"),
    [
        (b"", "not XML", "may.xml:1:1"),
        (document(statement())[:-30], "not XML", "may.xml:"),
        (b"Date;Amount\n", "not XML", "may.xml:1:5"),
        (BOMB, "document type or entities", "may.xml:2"),
        (OUTSIDE, "document type or entities", "may.xml:1"),
        (b'<?xml version="1.0" encoding="utf-99"?><a/>', "not XML|decoded", "may.xml"),
        (b"<a>" * 60, "more than 40 levels", "may.xml:1"),
        (b"PK\x03\x04", "ZIP archive", "may.xml"),
        (b"<Document/>", "is no bank statement", "may.xml:1"),
        (document(statement(), namespace="urn:x:"), "is no bank statement", "may.xml:2"),
        (document(statement(), version="14"), "no version that is known", "may.xml:2"),
        (document(statement(), version="01"), "no version that is known", "may.xml:2"),
        (document(), "no statement in this file", "may.xml:2"),
        (document(statement(iban=OTHER)), f"of the account {OTHER}", "may.xml:5"),
        (document(statement(), statement(iban=OTHER)), f"of the account {OTHER}", "may.xml:8"),
        (document(statement().replace("IBAN", "Othr")), "names no IBAN", "may.xml:5"),
        (document(statement(entry(), entry(status=""))), "can not be told", "may.xml:7"),
        (document(statement(entry(status="<Sts><Prtry>X</Prtry></Sts>"))), "can not be told", "may.xml:6"),
        (document(statement(entry(sign="UP"))), "CRDT or DBIT", "may.xml:6"),
        (document(statement(entry(day=""))), "has no BookgDt or ValDt", "may.xml:6"),
        (document(statement(entry(day="<BookgDt><Dt>2026-02-30</Dt></BookgDt>"))), "is no day", "may.xml:6"),
        (document(statement(entry(amount="1.005"))), "can not be represented", "may.xml:6"),
        (document(statement(entry(amount="1,00"))), "is not an amount", "may.xml:6"),
        (document(statement(entry(amount="-1"))), "is not an amount", "may.xml:6"),
        (document(statement(entry(amount=""))), "is not an amount", "may.xml:6"),
        (document(statement(entry(amount="1e3"))), "is not an amount", "may.xml:6"),
        (document(statement(entry(amount="9" * 50))), "is not an amount", "may.xml:6"),
        (document(statement(entry(currency="XXQ"))), "unknown currency", "may.xml:6"),
        (document(statement(balances=balance("OPBD", "x"))), "is not an amount", "may.xml:6"),
    ],
)
def test_a_file_that_can_not_be_believed_is_refused_with_its_line(file: bytes, what: str, where: str) -> None:
    with pytest.raises(BankError, match=what) as raised:
        read_camt(file, IBAN, "may.xml")
    assert raised.value.where.startswith(where)
    assert raised.value.mend


@pytest.mark.parametrize("kind", ["052", "054"])
def test_reports_and_notices_are_refused_since_a_statement_repeats_them(kind: str) -> None:
    file = document(statement(entry()), namespace=f"urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.")
    with pytest.raises(BankError, match=f"camt.{kind}") as raised:
        read_camt(file, IBAN)
    assert "camt.053" in raised.value.mend


def test_a_file_beyond_every_size_is_refused_before_it_is_read() -> None:
    with pytest.raises(BankError, match="larger than 32 MiB"):
        read_camt(b" " * (limits.LARGEST_BYTES + 1), IBAN)


def test_more_elements_than_a_statement_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.gateways.bank.xml_tree.MOST_ELEMENTS", 50)
    with pytest.raises(BankError, match="or 50 elements"):
        read_camt(document(statement(*[entry()] * 10)), IBAN)


def test_more_entries_than_a_statement_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.gateways.bank.camt.MOST_ENTRIES", 3)
    with pytest.raises(BankError, match="more than 3 entries"):
        read_camt(document(statement(*[entry()] * 4)), IBAN)
