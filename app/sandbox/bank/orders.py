"""Reading a pain.001.001.09 as a strict bank does: by ISO 20022's schema first, then by what it says."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import xmlschema
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.sandbox.bank.papers import Credit, Message, Refused

_SCHEMA = "pain.001.001.09"
_NS = {"p": f"urn:iso:std:iso:20022:tech:xsd:{_SCHEMA}"}
_LETTERS = re.compile(r"[A-Za-z0-9/?:().,'+ -]*", re.ASCII)
_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?", re.ASCII)


@cache
def _schema() -> Any:
    return xmlschema.XMLSchema10(str(files("sepaxml") / "schemas" / f"{_SCHEMA}.xsd"))


def read_message(body: bytes) -> Message:
    """What a file orders. Raises Refused: the file is taken whole or not at all."""
    try:
        root = fromstring(body, forbid_dtd=True)
        text = body.decode("utf-8")
    except (ParseError, DefusedXmlException, UnicodeDecodeError) as error:
        raise Refused("FF01", f"this is not XML ({error})") from error
    fault = next(_schema().iter_errors(text), None)
    if fault is not None:
        raise Refused("FF01", f"not valid by {_SCHEMA}: {fault.reason} at {fault.path}")
    ordered: list[Credit] = []
    debtors = set()
    for part in root.iterfind(".//p:PmtInf", _NS):
        debtors.add(_word(part, "DbtrAcct/p:Id/p:IBAN"))
        inside = [_credit(one, part) for one in part.iterfind("p:CdtTrfTxInf", _NS)]
        _check_sums(part, inside)
        ordered += inside
    header = root.find(".//p:GrpHdr", _NS)
    if header is None or len(debtors) != 1:
        raise Refused("AC02", "a file orders from one account")
    _check_sums(header, ordered)
    return Message(_id(_word(header, "MsgId")), debtors.pop(), tuple(ordered))


def _credit(node: Element, part: Element) -> Credit:
    amount = node.find("p:Amt/p:InstdAmt", _NS)
    if amount is None or amount.get("Ccy") != "EUR":
        raise Refused("AM03", "only EUR is transferred by SEPA")
    iban = _word(node, "CdtrAcct/p:Id/p:IBAN")
    if not is_iban(iban):
        raise Refused("AC01", f"{iban} is no account number")
    name, text = _word(node, "Cdtr/p:Nm"), _word(node, "RmtInf/p:Ustrd")
    if not name or len(name) > 70 or len(text) > 140 or not (_LETTERS.fullmatch(name + text)):
        raise Refused("CH16", "names have 1 to 70 and texts up to 140 letters of the Latin set of SEPA")
    return Credit(
        end_to_end_id=_id(_word(node, "PmtId/p:EndToEndId")),
        amount_minor=_cents(amount.text or ""),
        name=name,
        iban=iban,
        text=text,
        execute_on=date.fromisoformat(_word(part, "ReqdExctnDt/p:Dt")),
    )


def _check_sums(node: Element, ordered: list[Credit]) -> None:
    count, total = _word(node, "NbOfTxs"), _word(node, "CtrlSum")
    if count != str(len(ordered)) or _cents(total) != sum(one.amount_minor for one in ordered):
        raise Refused("AM10", "NbOfTxs or CtrlSum is not that of the transfers")


def _cents(text: str) -> int:
    match = _AMOUNT.fullmatch(text)
    cents = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0
    if cents == 0:
        raise Refused("AM09", f"{text!r} is no amount between 0.01 and 999999999.99")
    return cents


def _id(text: str) -> str:
    if not text or not _LETTERS.fullmatch(text) or text[0] == "/" or text[-1] == "/" or "//" in text:
        raise Refused("CH16", f"{text!r} is no identification")
    return text


def _word(node: Element, path: str) -> str:
    return (node.findtext(f"p:{path}", "", _NS)).strip()


def is_iban(text: str) -> bool:
    """By its checksum alone: which lengths a country has is for the bank at the other end to know."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text, re.ASCII):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1
