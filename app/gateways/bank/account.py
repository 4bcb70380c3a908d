"""Bank accounts: an IBAN that can exist, and the BIC of its bank. Pure.

Lengths: the IBAN registry, ISO 13616 (https://www.swift.com/standards/data-standards/iban).
The SEPA area: EPC409-09, the list of SEPA scheme countries (https://www.europeanpaymentscouncil.eu).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.errors import BankError

_LENGTHS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29
ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20
LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29
PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
YE30
"""
LENGTHS = {entry[:2]: int(entry[2:]) for entry in _LENGTHS.split()}
_EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
_BESIDE_EEA = "AD AL CH GB GI MC MD ME MK RS SM VA"
EEA = frozenset(_EEA.split())
SEPA = EEA | frozenset(_BESIDE_EEA.split())

_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_IBAN_MEND = "Copy the IBAN again from the account holder's invoice or bank card"


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account, and which. `bic` may be empty: within the EEA the IBAN is enough."""

    name: str
    iban: str
    bic: str = ""


def read_iban(text: str, *, where: str = "") -> str:
    """An IBAN without spaces and in capitals. Raises BankError, which names what is wrong with it.

    A right checksum does not prove that the account exists, only that no digit was mistyped or swapped.
    """
    iban = re.sub(r"[\s\u200b]+", "", text).upper()
    shown = iban[:40]
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]*", iban, re.ASCII):
        raise BankError(
            f"{shown!r} is not an IBAN: it is two letters, two digits, then letters and digits",
            where=where,
            mend=_IBAN_MEND,
        )
    country = iban[:2]
    if country not in LENGTHS:
        raise BankError(
            f"{shown!r} is not an IBAN: no country {country} has them", where=where, mend=_IBAN_MEND
        )
    if len(iban) != LENGTHS[country]:
        raise BankError(
            f"{shown!r} is not an IBAN: one of {country} has {LENGTHS[country]} characters, not {len(iban)}",
            where=where,
            mend=_IBAN_MEND,
        )
    if not checks_out(iban):
        raise BankError(f"{shown!r} is not an IBAN: its check digits are wrong", where=where, mend=_IBAN_MEND)
    return iban


def read_bic(text: str, *, where: str = "") -> str:
    """A BIC (ISO 9362) without spaces and in capitals. Raises BankError."""
    bic = re.sub(r"\s+", "", text).upper()
    if _BIC.fullmatch(bic) is None:
        raise BankError(
            f"{bic[:20]!r} is not a BIC: 8 or 11 characters, the fifth and sixth of which are a country",
            where=where,
            mend="Copy it from the bank's own page, for example COBADEFFXXX",
        )
    return bic


def in_groups(code: str) -> str:
    """An IBAN or a creditor reference in groups of four, as it is printed: RF18 5390 0754 7034."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def is_sepa(iban: str) -> bool:
    """Whether SEPA credit transfers reach the account."""
    return iban[:2] in SEPA


def checks_out(code: str) -> bool:
    """Whether the check digits of an IBAN or a creditor reference are those of the rest, 02 to 98."""
    return "02" <= code[2:4] <= "98" and remainder_97(code) == 1


def remainder_97(code: str) -> int:
    """ISO 7064 MOD 97-10 of a code whose first four characters are moved to its end; 1 where it is right.

    Letters count as 10 to 35. IBANs and creditor references (ISO 11649) are both made this way.
    """
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97
