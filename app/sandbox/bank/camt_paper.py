"""A statement as camt.053, in the old version that most banks still give (02) and in today's (08)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring

from app.sandbox.bank.papers import Booking, Period

VERSIONS = ("02", "08")


def write_camt(period: Period, version: str, *, in_batches: bool, with_references: bool) -> bytes:
    """The XML. `in_batches`: what belongs together is one entry; without references a bank names nothing."""
    root = Element("Document", xmlns=f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}")
    body = SubElement(root, "BkToCstmrStmt")
    written = f"{period.last}T23:00:00"
    _put(body, "GrpHdr", MsgId=f"M{period.first:%Y%m%d}{period.last:%Y%m%d}", CreDtTm=written)
    statement = SubElement(body, "Stmt")
    SubElement(statement, "Id").text = f"S{period.first:%Y%m%d}{period.last:%Y%m%d}"
    SubElement(statement, "CreDtTm").text = written
    account = SubElement(statement, "Acct")
    _put(account, "Id", IBAN=period.iban)
    SubElement(account, "Ccy").text = period.currency.upper()
    for code, amount_minor, day in (
        ("OPBD", period.opening_minor, period.first),
        ("CLBD", period.closing_minor, period.last),
    ):
        balance = SubElement(statement, "Bal")
        _put(SubElement(balance, "Tp"), "CdOrPrtry", Cd=code)
        _amount(balance, abs(amount_minor), period.currency)
        SubElement(balance, "CdtDbtInd").text = _side(amount_minor >= 0)
        _put(balance, "Dt", Dt=day.isoformat())
    for number, together in enumerate(_entries(period.bookings, in_batches), 1):
        _entry(statement, number, together, period.currency, version, with_references)
    xml: bytes = tostring(root, "utf-8", xml_declaration=True)
    return xml


def _entries(bookings: Iterable[Booking], in_batches: bool) -> list[list[Booking]]:
    def key(one: Booking) -> tuple[str, str]:
        name = one.group if in_batches and one.is_booked else str(one.number)
        return (one.day.isoformat(), name)

    return [list(together) for _, together in groupby(sorted(bookings, key=key), key)]


def _entry(
    statement: Element, number: int, together: list[Booking], currency: str, version: str, named: bool
) -> None:
    first = together[0]
    entry = SubElement(statement, "Ntry")
    SubElement(entry, "NtryRef").text = str(number)  # counted anew in each statement, as many banks do
    _amount(entry, sum(one.amount_minor for one in together), currency)
    SubElement(entry, "CdtDbtInd").text = _side(first.is_credit)
    status = "BOOK" if first.is_booked else "PDNG"
    if version == "02":
        SubElement(entry, "Sts").text = status
    else:
        _put(entry, "Sts", Cd=status)
    _put(entry, "BookgDt", Dt=first.day.isoformat())
    _put(entry, "ValDt", Dt=first.day.isoformat())
    if named:
        SubElement(entry, "AcctSvcrRef").text = first.bank_reference
    domain = SubElement(SubElement(entry, "BkTxCd"), "Prtry")
    SubElement(domain, "Cd").text = "NRTI" if first.reason else "NTRF"
    details = SubElement(entry, "NtryDtls")
    if len(together) > 1:
        _put(details, "Btch", NbOfTxs=str(len(together)))
    for one in together:
        _transaction(details, one, currency, version, named)


def _transaction(details: Element, one: Booking, currency: str, version: str, named: bool) -> None:
    node = SubElement(details, "TxDtls")
    refs = SubElement(node, "Refs")
    if named:
        SubElement(refs, "AcctSvcrRef").text = one.bank_reference
    SubElement(refs, "EndToEndId").text = one.end_to_end_id or "NOTPROVIDED"
    if version != "02":
        _amount(node, one.amount_minor, currency)
        SubElement(node, "CdtDbtInd").text = _side(one.is_credit)
    amounts = SubElement(node, "AmtDtls")
    if one.instructed:
        _amount(SubElement(amounts, "InstdAmt"), *one.instructed)
    _amount(SubElement(amounts, "TxAmt"), one.amount_minor, currency)
    # What came back, or was taken back, keeps the roles of the first movement.
    role = "Dbtr" if one.is_credit != bool(one.reason) else "Cdtr"
    parties = SubElement(node, "RltdPties")
    party = SubElement(parties, role)
    SubElement(party if version == "02" else SubElement(party, "Pty"), "Nm").text = one.name
    if one.iban:
        _put(SubElement(parties, f"{role}Acct"), "Id", IBAN=one.iban)
    remittance = SubElement(node, "RmtInf")
    for start in range(0, len(one.text), 35):  # the lines of the old paper slips, which banks still break at
        SubElement(remittance, "Ustrd").text = one.text[start : start + 35]
    if one.reference:
        _put(SubElement(remittance, "Strd"), "CdtrRefInf", Ref=one.reference)
    if one.reason:
        _put(SubElement(node, "RtrInf"), "Rsn", Cd=one.reason)


def _put(parent: Element, tag: str, **children: str) -> None:
    node = SubElement(parent, tag)
    for name, text in children.items():
        SubElement(node, name).text = text


def _amount(parent: Element, amount_minor: int, currency: str) -> None:
    node = SubElement(parent, "Amt", Ccy=currency.upper())
    node.text = f"{amount_minor // 100}.{amount_minor % 100:02d}"


def _side(is_credit: bool) -> str:
    return "CRDT" if is_credit else "DBIT"
