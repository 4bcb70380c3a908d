"""A bank's CSV as rows under known columns: its encoding, its separator, where its header stands. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import BankError
from app.gateways.bank.columns import is_header, map_columns
from app.gateways.bank.statement import LARGEST_BYTES

_SEPARATORS = ";,\t"
_LONGEST_HEADER = 10_000
_HIGHEST_HEADER = 40
"""Banks put the account, its owner and the period above the header."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `line` counts from 1 in the file."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: field → the columns that hold it. `above` is what stands over the header."""

    file: str
    header: tuple[str, ...]
    columns: dict[str, list[int]]
    rows: tuple[Row, ...]
    above: str

    def cell(self, row: Row, field: str) -> str:
        """What a row says of a field, "" where there is no such column; several columns on a line each."""
        return "\n".join(row.cells[number].strip() for number in self.columns.get(field, ()))

    def where(self, row: Row, field: str) -> str:
        """file:line:column, the column counted in cells."""
        return f"{self.file}:{row.line}:{self.columns[field][0] + 1}"


def read_table(document: bytes, file: str) -> Table:
    """Raises BankError with file:line:column for what is not one table with a known header."""
    if len(document) > LARGEST_BYTES:
        raise BankError(
            f"the file is larger than {LARGEST_BYTES >> 20} MiB", where=file, mend="Export shorter periods"
        )
    lines = list(io.StringIO(_decode(document, file), newline=""))
    for number, line in enumerate(lines[:_HIGHEST_HEADER]):
        separators = [one for one in _SEPARATORS if is_header(_cells(line, one))]
        if len(separators) == 1:
            return _table(lines, number, separators[0], file)
    raise BankError(
        "the line that names the columns was not found",
        where=f"{file}:1",
        mend="Its columns must be separated by ; , or tabs and include a day and an amount, for example "
        "Date;Amount;Currency;Text;Name;IBAN. Rename yours, or import a camt.053 instead",
    )


def _decode(document: bytes, file: str) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = document.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise BankError("the file is neither UTF-8 nor Latin-1 text", where=file, mend="Save it as CSV in UTF-8")


def _cells(line: str, separator: str) -> list[str]:
    """One line by itself; what stands above a table need not be well quoted."""
    return next(csv.reader([line[:_LONGEST_HEADER]], delimiter=separator), [])


def _table(lines: list[str], above: int, separator: str, file: str) -> Table:
    """The table whose header follows the first `above` lines."""
    header, *rows = _rows(lines[above:], above + 1, separator, file)
    columns = map_columns(header.cells, f"{file}:{header.line}")
    body = tuple(_whole(row, header, file) for row in rows if any(cell.strip() for cell in row.cells))
    return Table(file, header.cells, columns, body, "".join(lines[:above]))


def _rows(lines: list[str], first: int, separator: str, file: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    line = first
    try:
        for cells in reader:
            yield Row(line, tuple(cells))
            line = first + reader.line_num
    except csv.Error as error:
        raise BankError(
            f"this is not CSV ({error})", where=f"{file}:{line}", mend="Look for a quote that is not closed"
        ) from error


def _whole(row: Row, header: Row, file: str) -> Row:
    """A separator at the end of each line makes an empty column more, or less."""
    extra = row.cells[len(header.cells) :]
    if any(cell.strip() for cell in extra) or len(row.cells) < len(header.cells) - 1:
        raise BankError(
            f"this line has {len(row.cells)} columns, the header has {len(header.cells)}",
            where=f"{file}:{row.line}",
            mend="Delete it if it is no entry; else quote the text that has the separator in it",
        )
    padded = (*row.cells, "")[: len(header.cells)]
    return Row(row.line, padded)
