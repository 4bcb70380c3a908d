"""Plain tables for the terminal: aligned, readable without colours, last column cut to the width."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Sequence

import click


def echo_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print rows under their heads. `right`: indexes of columns that hold amounts."""
    cells = [[clean(cell) for cell in row] for row in (head, *rows)]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(head))]
    for number, row in enumerate(cells):
        line = "  ".join(
            _pad(cell, width, to_right=i in right)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        click.echo(_cut(line.rstrip()))
        if number == 0:
            click.echo(_cut("  ".join("-" * width for width in widths)))


def clean(text: str) -> str:
    """Without control and direction characters, which could rewrite a terminal's line."""
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") else one for one in text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _pad(text: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if to_right else text + space


def _cut(line: str) -> str:
    """To the terminal's width; a pipe or file gets the whole line."""
    if not sys.stdout.isatty():
        return line
    columns = shutil.get_terminal_size().columns
    return line if _width(line) <= columns else line[: columns - 1] + "…"
