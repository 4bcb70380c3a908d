"""camt.053, the statement of ISO 20022, in the versions that banks use (001.02 to 001.13). Pure.

https://www.iso20022.org/catalogue-messages (bank-to-customer cash management). Only what is booked counts;
what is pending may still vanish. Reports of the day (camt.052) and notices of single bookings (camt.054) are
refused: they say the same as the statement that follows them, a second time.
"""

from __future__ import annotations

import re

from app.errors import BankError, MoneyError
from app.gateways.bank.account import read_iban
from app.gateways.bank.amounts import read_amount
from app.gateways.bank.camt_parts import day_of, read_entry
from app.gateways.bank.statement import LARGEST_BYTES, MOST_ENTRIES, Entry, Names, Statement
from app.gateways.bank.xml_tree import Node, read_tree

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.(\d{3})\.001\.(\d{2})", re.ASCII)
_OLDEST, _NEWEST = 2, 13
_ASK = "Ask the bank for account statements as camt.053"


def read_camt(document: bytes, iban: str, file: str = "statement") -> tuple[Statement, ...]:
    """Every statement in a file, all of which must be of the account `iban`.

    Raises BankError with `file`:line for what is not a statement of that account, or says something that has
    no exact meaning; a file is read whole or not at all.
    """
    if len(document) > LARGEST_BYTES:
        raise BankError(
            f"the file is larger than {LARGEST_BYTES >> 20} MiB",
            where=file,
            mend="Ask the bank for statements of shorter periods",
        )
    iban = read_iban(iban)
    if document.startswith(b"PK"):
        raise BankError("this is a ZIP archive", where=file, mend="Unpack it and import each statement in it")
    root, namespace = read_tree(document, file)
    _check_kind(root, namespace, file)
    statements = [_statement(node, iban, file) for node in root.all("BkToCstmrStmt/Stmt")]
    if not statements:
        raise BankError("there is no statement in this file", where=f"{file}:{root.line}", mend=_ASK)
    return tuple(statements)


def _check_kind(root: Node, namespace: str, file: str) -> None:
    where = f"{file}:{root.line}"
    match = _NAMESPACE.fullmatch(namespace)
    if root.tag != "Document" or match is None:
        raise BankError(
            f"<{root.tag[:40]}> of {namespace[:80] or 'no namespace'} is no bank statement",
            where=where,
            mend=_ASK,
        )
    kind, version = match[1], int(match[2])
    if kind != "053":
        raise BankError(
            f"this is a camt.{kind}, not an account statement; a statement repeats what it says",
            where=where,
            mend=_ASK,
        )
    if not _OLDEST <= version <= _NEWEST:
        raise BankError(f"camt.053.001.{match[2]} is no version that is known here", where=where, mend=_ASK)


def _statement(node: Node, iban: str, file: str) -> Statement:
    where = f"{file}:{node.line}"
    account = node.word("Acct/Id/IBAN").replace(" ", "").upper()
    if account != iban:
        raise BankError(
            f"the statement is of the account {account[:40]}" if account else "the statement names no IBAN",
            where=where,
            mend=f"Import statements of {iban}, the account that the gateway has in the contract file",
        )
    names, entries = Names(iban), list[Entry]()
    for one in node.all("Ntry"):
        entries += read_entry(one, iban, names, file)
        if len(entries) > MOST_ENTRIES:
            raise BankError(
                f"more than {MOST_ENTRIES} entries in one statement",
                where=where,
                mend="Ask the bank for statements of shorter periods",
            )
    return Statement(iban, tuple(entries), _balance(node, file, "OPBD", "PRCD"), _balance(node, file, "CLBD"))


def _balance(statement: Node, file: str, *codes: str) -> int | None:
    """The balance of the first of `codes` that is there; PRCD, the day before's closing, is the opening."""
    for code in codes:
        for node in statement.all("Bal"):
            if node.word("Tp/CdOrPrtry/Cd") != code:
                continue
            amount = node.first("Amt")
            day_of(node, file, "Dt")
            if amount is None:
                raise BankError("a balance without an amount", where=f"{file}:{node.line}")
            try:
                minor = read_amount(amount.text, amount.attributes.get("Ccy", "").lower())
            except MoneyError as error:
                raise BankError(error.what, where=f"{file}:{amount.line}", mend=error.mend) from error
            return -minor if node.word("CdtDbtInd") == "DBIT" else minor
    return None
