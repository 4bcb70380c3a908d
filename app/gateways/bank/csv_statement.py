"""A bank's CSV as a statement. Pure.

No two banks write the same CSV: columns are found by their names (`columns.py`), days and amounts are read in
the one way that fits the whole file (`readings.py`). Whatever could mean two things is refused, since an
amount that is read wrongly pays an invoice wrongly; a camt.053 never has to be guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from app import money
from app.errors import BankError, MoneyError
from app.gateways.bank.account import read_iban
from app.gateways.bank.columns import currency_of
from app.gateways.bank.readings import amounts, days
from app.gateways.bank.statement import MOST_ENTRIES, Entry, Names, Statement, clean, given
from app.gateways.bank.table import Row, Table, read_table

_BOOKED = frozenset(
    ("", "booked", "book", "completed", "posted", "gebucht", "umsatz gebucht", "verbucht", "comptabilisé")
)
_PENDING = frozenset(("pending", "pdng", "vorgemerkt", "umsatz vorgemerkt", "ausstehend", "en attente"))
_CREDIT = frozenset(("c", "cr", "crdt", "credit", "h", "haben", "bij", "+"))
_DEBIT = frozenset(("d", "dr", "dbit", "debit", "s", "soll", "af", "-"))
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.ASCII)


def read_csv(document: bytes, iban: str, currency: str = "", file: str = "statement") -> Statement:
    """The booked entries of a CSV of the account `iban`; `currency` is the account's, if rows do not say it.

    Raises BankError with `file`:line:column; a file is read whole or not at all. A file that names no account
    is taken to be of this one.
    """
    iban = read_iban(iban)
    table = read_table(document, file)
    _check_account(table, iban)
    rows = [row for row in table.rows if _is_booked(table, row)]
    if len(rows) > MOST_ENTRIES:
        raise BankError(f"more than {MOST_ENTRIES} entries", where=file, mend="Export shorter periods")
    way = _one_way(table, [(row, "booked_on") for row in rows], lambda text, _: set(days(text)))
    signed = _amounts(table, rows, currency)
    names = Names(iban)
    return Statement(
        iban, tuple(_entry(table, row, names, way, *signed[number]) for number, row in enumerate(rows))
    )


def _entry(table: Table, row: Row, names: Names, way: str, amount_minor: int, currency: str) -> Entry:
    is_credit = amount_minor >= 0
    side = "payer" if is_credit else "payee"
    entry = Entry(
        booked_on=_day(table, row, way),
        amount_minor=abs(amount_minor),
        currency=currency,
        is_credit=is_credit,
        reference=clean(table.cell(row, "reference")),
        text=clean(table.cell(row, "text")),
        counterparty_name=clean(table.cell(row, "name") or table.cell(row, side)),
        counterparty_iban=re.sub(r"\s", "", table.cell(row, "iban")).upper()[:34],
        end_to_end_id=clean(given(table.cell(row, "end_to_end_id"))),
    )
    return names.name(entry, table.cell(row, "id"))


def _day(table: Table, row: Row, way: str) -> date:
    readings = days(table.cell(row, "booked_on"))
    return readings.get("ymd") or readings[way]


def _check_account(table: Table, iban: str) -> None:
    """Any account that the file says it is of must be ours."""
    named = {match[0].replace(" ", "") for match in _IBAN.finditer(table.above) if _is_iban(match[0])}
    if named and iban not in named:
        raise BankError(
            f"the file is of the account {min(named)}",
            where=f"{table.file}:1",
            mend=f"Export the one of {iban}",
        )
    for row in table.rows:
        own = re.sub(r"\s", "", table.cell(row, "own_iban")).upper()
        if own and own != iban and _is_iban(own):
            raise BankError(
                f"this entry is of the account {own}",
                where=table.where(row, "own_iban"),
                mend=f"Export the one of {iban} alone",
            )


def _is_iban(text: str) -> bool:
    try:
        read_iban(text)
    except BankError:
        return False
    return True


def _is_booked(table: Table, row: Row) -> bool:
    status = table.cell(row, "status").casefold()
    if status in _BOOKED or status in _PENDING:
        return status in _BOOKED
    raise BankError(
        f"{status[:40]!r}: whether this entry is booked can not be told",
        where=table.where(row, "status"),
        mend="Delete this column if all entries are booked, else write booked or pending",
    )


def _one_way(table: Table, cells: list[tuple[Row, str]], readings: Callable[[str, Row], set[str]]) -> str:
    """The one way in which each of `cells` (row, field) can be read; "" where any way reads the same."""
    left: set[str] | None = None
    for row, field in cells:
        text = table.cell(row, field)
        ways = readings(text, row)
        if not ways:
            raise BankError(
                f"{text[:40]!r} can not be read as {field.replace('_', ' ')}",
                where=table.where(row, field),
                mend="Write days as 2026-05-28 and amounts as 1234.50; delete lines that are no entries",
            )
        if ways & {"ymd", "same"}:
            continue
        if left is not None and not left & ways:
            raise BankError(
                f"{text[:40]!r} is written in another way than the lines above it",
                where=table.where(row, field),
                mend="Export the file anew; it may have been edited in a spreadsheet",
            )
        left = ways if left is None else left & ways
    if left is not None and len(left) > 1:
        row, field = next(
            (row, field) for row, field in cells if len(readings(table.cell(row, field), row)) > 1
        )
        raise BankError(
            f"{table.cell(row, field)[:40]!r} can mean two things, and no other line tells which",
            where=table.where(row, field),
            mend="Write days as 2026-05-28 and amounts with all their decimals, or import a camt.053 instead",
        )
    return left.pop() if left else ""


def _amounts(table: Table, rows: list[Row], currency: str) -> list[tuple[int, str]]:
    """Each row's signed minor units and currency."""
    code = {row.line: _currency(table, row, currency) for row in rows}
    cells = [(row, _filled(table, row)) for row in rows]

    def ways(text: str, row: Row) -> set[str]:
        found = amounts(text, code[row.line])
        return {"same"} if len(found) == 2 and len(set(found.values())) == 1 else set(found)

    way = _one_way(table, cells, ways)
    signed = []
    for row, field in cells:
        found = amounts(table.cell(row, field), code[row.line])
        minor = found[way] if way in found else min(found.values())  # which are then the same
        signed.append((_signed(table, row, field, minor), code[row.line]))
    return signed


def _filled(table: Table, row: Row) -> str:
    """Which column holds this row's amount."""
    if "amount" in table.columns:
        return "amount"
    filled = [field for field in ("credit", "debit") if table.cell(row, field)]
    zeros = [field for field in filled if not table.cell(row, field).strip("0.,+- ")]
    filled = [field for field in filled if field not in zeros] or zeros[:1]
    if len(filled) != 1:
        raise BankError(
            "this line needs an amount under credit or under debit, and not under both",
            where=f"{table.file}:{row.line}",
            mend="If it is no entry, delete it",
        )
    return filled[0]


def _signed(table: Table, row: Row, field: str, minor: int) -> int:
    if field == "debit":
        return -abs(minor)
    word = table.cell(row, "direction").casefold()
    if not word and "direction" not in table.columns:
        return minor
    if word not in _CREDIT | _DEBIT or (minor < 0 and word in _CREDIT):
        raise BankError(
            f"{word[:40]!r} does not say whether {table.cell(row, field)} came in or went out",
            where=table.where(row, "direction"),
            mend="Write credit or debit",
        )
    return abs(minor) if word in _CREDIT else -abs(minor)


def _currency(table: Table, row: Row, account_currency: str) -> str:
    header = "".join(
        currency_of(table.header[number])
        for field in ("amount", "credit")
        for number in table.columns.get(field, ())
    )
    code = table.cell(row, "currency").lower() or header or account_currency
    try:
        money.exponent(code)
    except MoneyError as error:
        is_column = "currency" in table.columns
        where = table.where(row, "currency") if is_column else f"{table.file}:{row.line}"
        raise BankError(
            f"the currency is {code[:20]!r}" if code else "no currency is said",
            where=where,
            mend="Add a column Currency with codes such as EUR",
        ) from error
    return code
