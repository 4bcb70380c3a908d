"""One entry of a camt.053, which may stand for several payments. Pure.

Versions differ in where things stand, hence the two paths here and there: from 001.04 the amount of a
transaction is <Amt> and the status <Sts><Cd>, from 001.08 a party's name is <Pty><Nm>.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from app.errors import BankError, MoneyError
from app.gateways.bank.amounts import read_amount
from app.gateways.bank.statement import Entry, Names, clean, given
from app.gateways.bank.xml_tree import Node

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T+Z-].*)?", re.ASCII)


def read_entry(node: Node, iban: str, names: Names, file: str) -> list[Entry]:
    """The booked payments that an entry is made of; none where it is pending or for information.

    A collective booking is taken apart where its parts add up to it to the unit; else it stays one entry that
    says `is_collective`, for a person to look at. Raises BankError with file:line.
    """
    if not _is_booked(node, file):
        return []
    whole = _whole(node, file)
    bank_reference = node.word("AcctSvcrRef")
    details = list(node.all("NtryDtls/TxDtls"))
    if len(details) == 1 and not _hides_more(node, 1):
        entry = _detailed(whole, details[0], iban, beside=node.word("AddtlNtryInf"))
        return [names.name(entry, given(details[0].word("Refs/AcctSvcrRef")) or bank_reference)]
    if details:
        parts = [_part(whole, one, iban) for one in details]
        if None not in parts and _signed(parts) == _signed([whole]) and not _hides_more(node, len(parts)):
            return [
                names.name(part, one.word("Refs/AcctSvcrRef"))
                for part, one in zip(parts, details, strict=True)
                if part is not None
            ]
    texts = [_text(one) for one in details] + [node.word("AddtlNtryInf")]
    text = clean("\n".join(text for text in texts if text))
    is_collective = bool(details) or _hides_more(node, 1)
    return [names.name(replace(whole, text=text, is_collective=is_collective), bank_reference)]


def day_of(node: Node, file: str, *fields: str) -> date:
    """The first of the day fields that is there: <Dt> or the day of <DtTm>. Raises BankError."""
    paths = [f"{field}/{part}" for field in fields for part in ("Dt", "DtTm")]
    text = node.word(*paths)
    match = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(match[1] if match else text)
    except ValueError as error:
        raise BankError(
            f"{text[:40]!r} is no day" if text else f"<{node.tag}> has no {' or '.join(fields)}",
            where=f"{file}:{node.line}",
            mend="Download the statement again; a bank always writes 2026-05-28",
        ) from error


def _is_booked(node: Node, file: str) -> bool:
    status = node.word("Sts/Cd", "Sts")
    if status in ("PDNG", "INFO", "FUTR"):
        return False
    if status != "BOOK":
        raise BankError(
            f"an entry of status {status[:40]!r}: whether it is booked can not be told",
            where=f"{file}:{node.line}",
            mend="Ask the bank for statements of booked entries (status BOOK)",
        )
    return True


def _whole(node: Node, file: str) -> Entry:
    """The entry as it moved the balance."""
    amount, direction = node.first("Amt"), node.word("CdtDbtInd")
    if amount is None or direction not in ("CRDT", "DBIT"):
        raise BankError(
            "an entry needs an amount, and CRDT or DBIT",
            where=f"{file}:{node.line}",
            mend="Download the statement again, from the bank's own page",
        )
    currency = amount.attributes.get("Ccy", "").lower()
    try:
        amount_minor = read_amount(amount.text, currency)
    except MoneyError as error:
        raise BankError(error.what, where=f"{file}:{amount.line}", mend=error.mend) from error
    return Entry(
        booked_on=day_of(node, file, "BookgDt", "ValDt"),
        amount_minor=amount_minor,
        currency=currency,
        is_credit=direction == "CRDT",
        is_reversal=node.word("RvslInd") in ("true", "1"),
    )


def _part(whole: Entry, detail: Node, iban: str) -> Entry | None:
    """One payment of a collective booking; None where its amount in the account's currency is not said."""
    for path in ("AmtDtls/TxAmt/Amt", "Amt", "AmtDtls/InstdAmt/Amt"):
        amount = detail.first(path)
        if amount is None or amount.attributes.get("Ccy", "").lower() != whole.currency:
            continue
        try:
            amount_minor = read_amount(amount.text, whole.currency)
        except MoneyError:
            return None
        direction = detail.word("CdtDbtInd")
        is_credit = direction == "CRDT" if direction else whole.is_credit
        return _detailed(replace(whole, amount_minor=amount_minor, is_credit=is_credit), detail, iban)
    return None


def _detailed(entry: Entry, detail: Node, iban: str, beside: str = "") -> Entry:
    """`entry` with what its one payment says of itself; some banks put the client's text `beside` that."""
    is_reversal = entry.is_reversal or detail.first("RtrInf") is not None
    name, other = _counterparty(detail, iban, from_debtor=entry.is_credit != is_reversal)
    return replace(
        entry,
        is_reversal=is_reversal,
        reference=clean(detail.word("RmtInf/Strd/CdtrRefInf/Ref")),
        text=clean(f"{_text(detail)}\n{beside}"),
        counterparty_name=clean(name),
        counterparty_iban=other[:34],
        end_to_end_id=clean(given(detail.word("Refs/EndToEndId"))),
        reason=clean(detail.word("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")),
    )


def _counterparty(detail: Node, iban: str, *, from_debtor: bool) -> tuple[str, str]:
    """Name and IBAN of the other side.

    A payment that is taken back keeps the roles of the first one, though some banks swap them as well: the
    side with our own account is never the other one.
    """
    sides = []
    for role in ("Dbtr", "Cdtr") if from_debtor else ("Cdtr", "Dbtr"):
        name = detail.word(f"RltdPties/{role}/Pty/Nm", f"RltdPties/{role}/Nm")
        account = detail.word(f"RltdPties/{role}Acct/Id/IBAN").replace(" ", "").upper()
        if account != iban and (name or account):
            sides.append((name, account))
    return sides[0] if sides else ("", "")


def _text(detail: Node) -> str:
    lines = [one.text for one in detail.all("RmtInf/Ustrd")]
    lines += [one.text for one in detail.all("RmtInf/Strd/AddtlRmtInf")]
    return "\n".join(lines) or detail.word("AddtlTxInf")


def _hides_more(node: Node, shown: int) -> bool:
    """Whether the entry says that it stands for more payments than it shows."""
    counts = [one.text.strip() for one in node.all("NtryDtls/Btch/NbOfTxs")]
    return sum(int(one) for one in counts if one.isascii() and one.isdecimal() and len(one) < 10) > shown


def _signed(entries: list[Entry | None] | list[Entry]) -> int:
    return sum(one.amount_minor if one.is_credit else -one.amount_minor for one in entries if one)
