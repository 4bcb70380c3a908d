"""Which IBANs and BICs can exist. The IBANs are the IBAN registry's own examples."""

from __future__ import annotations

import pytest

from app.errors import BankError
from app.gateways.bank.account import LENGTHS, SEPA, is_sepa, read_bic, read_iban

REGISTRY = [
    "AD1200012030200359100100",
    "AL47212110090000000235698741",
    "AT611904300234573201",
    "BE68539007547034",
    "BG80BNBG96611020345678",
    "CH9300762011623852957",
    "CY17002001280000001200527600",
    "CZ6508000000192000145399",
    "DE89370400440532013000",
    "DK5000400440116243",
    "EE382200221020145685",
    "ES9121000418450200051332",
    "FI2112345600000785",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "GI75NWBK000000007099453",
    "GR1601101250000000012300695",
    "HR1210010051863000160",
    "HU42117730161111101800000000",
    "IE29AIBK93115212345678",
    "IS140159260076545510730339",
    "IT60X0542811101000000123456",
    "LI21088100002324013AA",
    "LT121000011101001000",
    "LU280019400644750000",
    "LV80BANK0000435195001",
    "MC5811222000010123456789030",
    "MD24AG000225100013104168",
    "ME25505000012345678951",
    "MK07250120000058984",
    "MT84MALT011000012345MTLCAST001S",
    "NL91ABNA0417164300",
    "NO9386011117947",
    "PL61109010140000071219812874",
    "PT50000201231234567890154",
    "RO49AAAA1B31007593840000",
    "RS35260005601001611379",
    "SE4550000000058398257466",
    "SI56263300012039086",
    "SK3112000000198742637541",
    "SM86U0322509800000000270100",
    "VA59001123000012345678",
]


@pytest.mark.parametrize("iban", REGISTRY)
def test_the_registrys_examples_are_right_and_reach_by_sepa(iban: str) -> None:
    grouped = " ".join(iban[start : start + 4] for start in range(0, len(iban), 4)).lower()
    assert read_iban(grouped) == iban
    assert is_sepa(iban)


def test_every_sepa_country_has_an_example_and_a_length() -> None:
    assert {iban[:2] for iban in REGISTRY} == SEPA
    assert set(LENGTHS) >= SEPA


def test_an_account_outside_sepa_is_an_iban_all_the_same() -> None:
    assert read_iban("TR33 0006 1005 1978 6457 8413 26") == "TR330006100519786457841326"
    assert not is_sepa("TR330006100519786457841326")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("DE89370400440532013001", "its check digits are wrong"),
        ("DE98370400440532013000", "its check digits are wrong"),
        ("DE8937040044053201300", "one of DE has 22 characters, not 21"),
        ("ZZ89370400440532013000", "no country ZZ"),
        ("acc_dev_team_44", "two letters, two digits"),
        ("", "two letters, two digits"),
        ("DE89３70400440532013000", "two letters, two digits"),
    ],
)
def test_a_wrong_iban_is_told_what_is_wrong_with_it(text: str, what: str) -> None:
    with pytest.raises(BankError, match=what) as raised:
        read_iban(text, where="payout.to[0].account")
    assert str(raised.value).startswith("payout.to[0].account: ")
    assert raised.value.mend


@pytest.mark.parametrize("position", range(4, 22))
def test_any_one_mistyped_digit_is_noticed(position: int) -> None:
    iban = "DE89370400440532013000"
    other = "1" if iban[position] != "1" else "2"
    with pytest.raises(BankError):
        read_iban(iban[:position] + other + iban[position + 1 :])


@pytest.mark.parametrize("bic", ["COBADEFF", "COBADEFFXXX", "BREXPLPWMBK", "coba de ff xxx"])
def test_a_bic_has_8_or_11_characters(bic: str) -> None:
    assert read_bic(bic) == bic.replace(" ", "").upper()


@pytest.mark.parametrize("bic", ["", "COBADEF", "COBADEFFXX", "COBA1EFF", "COBADEFFXXXX"])
def test_what_is_no_bic_is_refused(bic: str) -> None:
    with pytest.raises(BankError, match="is not a BIC"):
        read_bic(bic)
