"""The file of payment orders that an operator uploads at the bank."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BankError
from app.gateways.bank.account import Account
from app.gateways.bank.pain import (
    Transfer,
    end_to_end_id,
    event_of_order,
    sepa_text,
    write_transfers,
)

DEBTOR = Account("Northwind Studio", "DE89370400440532013000")
FIRST = Transfer(
    Account("Łukasz Müller & Co", "PL61109010140000071219812874", "BREXPLPWXXX"),
    500_000,
    "eur",
    end_to_end_id("evt_" + "a" * 24),
    "Alpha storefront, milestone 2",
)
SECOND = replace(
    FIRST,
    payee=Account("Design", "AT611904300234573201"),
    amount_minor=1,
    end_to_end_id=end_to_end_id("evt_" + "b" * 24),
)
AT, ON = datetime(2026, 5, 28, 9, 10, 20, tzinfo=UTC), date(2026, 5, 29)
NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def write(*transfers: Transfer, debtor: Account = DEBTOR) -> ElementTree.Element:
    return ElementTree.fromstring(write_transfers(debtor, transfers, created_at=AT, execute_on=ON))  # noqa: S314


def texts(root: ElementTree.Element, name: str) -> list[str | None]:
    return [one.text for one in root.iterfind(f".//p:{name}", NS)]


def test_a_file_says_who_gets_what_from_which_account() -> None:
    root = write(FIRST, SECOND)
    assert texts(root, "InstdAmt") == ["5000.00", "0.01"]
    assert texts(root, "EndToEndId") == ["evt-" + "a" * 24, "evt-" + "b" * 24]
    assert texts(root, "Cdtr/p:Nm") == ["Lukasz Muller + Co", "Design"]
    assert texts(root, "CdtrAcct/p:Id/p:IBAN") == [FIRST.payee.iban, SECOND.payee.iban]
    assert texts(root, "DbtrAcct/p:Id/p:IBAN") == [DEBTOR.iban]
    assert texts(root, "GrpHdr/p:CtrlSum") == texts(root, "PmtInf/p:CtrlSum") == ["5000.01"]
    assert texts(root, "GrpHdr/p:NbOfTxs") == ["2"]
    assert texts(root, "ReqdExctnDt/p:Dt") == ["2026-05-29"]
    assert texts(root, "BtchBookg") == ["false"]
    assert texts(root, "DbtrAgt/p:FinInstnId/p:Othr/p:Id") == ["NOTPROVIDED"]


def test_the_same_orders_are_the_same_bytes_and_others_have_another_message_id() -> None:
    first = write_transfers(DEBTOR, [FIRST, SECOND], created_at=AT, execute_on=ON)
    assert first == write_transfers(DEBTOR, [FIRST, SECOND], created_at=AT, execute_on=ON)
    assert texts(write(FIRST, SECOND), "MsgId") == texts(write(SECOND, FIRST), "MsgId")
    assert texts(write(FIRST), "MsgId") != texts(write(SECOND), "MsgId")
    assert all(len(str(text)) <= 35 for name in ("MsgId", "PmtInfId") for text in texts(write(FIRST), name))


def test_an_order_keeps_its_name_through_banks_that_change_its_case() -> None:
    event_id = "evt_98234109c0ffee98234109c0"
    assert end_to_end_id(event_id) == "evt-98234109c0ffee98234109c0"
    assert event_of_order(end_to_end_id(event_id).upper()) == event_id
    assert event_of_order("NOTPROVIDED") == ""
    with pytest.raises(ValueError, match="no event id"):
        end_to_end_id("evt_98234109")


@pytest.mark.parametrize(
    ("transfer", "what"),
    [
        (replace(FIRST, currency="usd"), "in euro, not in usd"),
        (replace(FIRST, amount_minor=0), "outside 0.01"),
        (replace(FIRST, amount_minor=-5), "outside 0.01"),
        (replace(FIRST, amount_minor=100_000_000_000), "outside 0.01"),
        (replace(FIRST, end_to_end_id="evt_" + "a" * 24), "no end-to-end id"),
        (replace(FIRST, end_to_end_id="x" * 36), "no end-to-end id"),
        (replace(FIRST, payee=Account("A", "PL61109010140000071219812875")), "check digits"),
        (replace(FIRST, payee=Account("A", "TR330006100519786457841326")), "do not reach"),
        (replace(FIRST, payee=Account("A", SECOND.payee.iban, "NOBIC")), "not a BIC"),
        (replace(FIRST, payee=Account("☃", SECOND.payee.iban)), "no letter"),
        (FIRST, "stands in the file twice"),
    ],
)
def test_what_is_no_sepa_transfer_is_refused_by_its_number(transfer: Transfer, what: str) -> None:
    with pytest.raises(BankError, match=what) as raised:
        write(FIRST, transfer) if transfer is FIRST else write(SECOND, transfer)
    assert raised.value.where == "transfer 2"


def test_a_file_needs_an_order() -> None:
    with pytest.raises(BankError, match="nothing to transfer"):
        write()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Jürgen Weiß", "Jurgen Weiss"),
        ("Ørsted A/S", "Orsted A/S"),
        ("//Anna//", "Anna"),
        ("a\nb\x00<c>", "a b c"),
        ("Алексей", "Aleksei"),
    ],
)
def test_names_are_written_in_the_letters_of_banks(text: str, plain: str) -> None:
    assert sepa_text(text, 70, "name") == plain


@settings(max_examples=8)
@given(st.text(min_size=1, max_size=200), st.integers(1, 99_999_999_999))
def test_any_name_and_amount_make_a_valid_file(name: str, amount_minor: int) -> None:
    transfer = replace(
        FIRST, payee=replace(FIRST.payee, name=f"A{name}"), amount_minor=amount_minor, text=f"B{name}"
    )
    root = write(transfer)
    assert texts(root, "InstdAmt") == [f"{amount_minor // 100}.{amount_minor % 100:02d}"]
