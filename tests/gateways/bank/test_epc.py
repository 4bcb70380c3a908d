"""The QR code of an invoice, as EPC069-12 describes it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from app.errors import BankError
from app.gateways.bank.account import Account
from app.gateways.bank.epc import draw, write_payload

SELLER = Account("Franz Mustermänn", "DE71110220330123456789", "BHBLDEHHXXX")
AT_HOME = Account("Northwind Studio", "DE89370400440532013000")


def test_the_guidelines_example_is_written_as_it_stands_there() -> None:
    assert write_payload(SELLER, 1230, "eur", reference="RF18 5390 0754 7034").split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "BHBLDEHHXXX",
        "Franz Mustermänn",
        "DE71110220330123456789",
        "EUR12.30",
        "",
        "RF18539007547034",
    ]


def test_a_text_stands_where_the_guideline_has_it_and_the_bic_may_be_missing() -> None:
    payload = write_payload(AT_HOME, 1, "eur", text="Invoice 2026-07")
    assert (
        payload
        == "BCD\n002\n1\nSCT\n\nNorthwind Studio\nDE89370400440532013000\nEUR0.01\n\n\nInvoice 2026-07"
    )


def test_the_code_is_an_svg_that_scales() -> None:
    svg = ElementTree.fromstring(draw(write_payload(AT_HOME, 99_999_999_999, "eur", text="x" * 140)))  # noqa: S314
    assert svg.tag == "svg"
    assert "viewBox" in svg.attrib
    assert "width" not in svg.attrib


def test_the_longest_payload_still_fits_the_largest_code() -> None:
    payload = write_payload(SELLER, 99_999_999_999, "eur", text="y" * 140)
    longest = payload + "z" * (331 - len(payload.encode()))
    assert draw(longest).startswith("<svg")
    with pytest.raises(BankError, match="scanners read 13"):
        draw(longest + "z" * 40)


@pytest.mark.parametrize(
    ("to", "amount_minor", "currency", "words", "what"),
    [
        (AT_HOME, 100, "usd", {}, "euro alone"),
        (AT_HOME, 0, "eur", {}, "outside 0.01"),
        (AT_HOME, 100_000_000_000, "eur", {}, "outside 0.01"),
        (AT_HOME, 100, "eur", {"text": "x" * 141}, "room for 140"),
        (AT_HOME, 100, "eur", {"text": "a\nb"}, "one line"),
        (AT_HOME, 100, "eur", {"reference": "RF19539007547034"}, "check digits"),
        (AT_HOME, 100, "eur", {"reference": "RF18539007547034", "text": "both"}, "not both"),
        (Account("x" * 71, AT_HOME.iban), 100, "eur", {}, "room for 70"),
        (Account("Eve\nDE71110220330123456789", AT_HOME.iban), 100, "eur", {}, "one line"),
        (Account("", AT_HOME.iban), 100, "eur", {}, "one line"),
        (Account("ü" * 70, AT_HOME.iban), 100, "eur", {"text": "ü" * 140}, "room for 331 bytes"),
        (Account("Northwind", "DE89370400440532013001"), 100, "eur", {}, "check digits"),
        (Account("Northwind", "CH9300762011623852957"), 100, "eur", {}, "needs its BIC"),
    ],
)
def test_what_the_guideline_has_no_room_for_is_refused(
    to: Account, amount_minor: int, currency: str, words: dict[str, str], what: str
) -> None:
    with pytest.raises(BankError, match=what):
        write_payload(to, amount_minor, currency, **words)
