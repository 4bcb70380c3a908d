"""Plain tables for the terminal: aligned, readable without colours; what does not fit goes below its row."""

from __future__ import annotations

import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Sequence

import click


def echo_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print rows under their heads. `right`: indexes of columns that hold amounts.

    On a terminal that is too narrow the last column goes below its row, wrapped; a pipe gets whole lines.
    """
    cells = [[clean(cell) for cell in row] for row in (head, *rows)]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(head))]
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    is_narrow = 0 < columns < sum(widths) + 2 * (len(widths) - 1)
    shown = len(widths) - 1 if is_narrow else len(widths)
    for number, row in enumerate(cells):
        line = "  ".join(_pad(row[i], widths[i], to_right=i in right) for i in range(shown))
        click.echo(line.rstrip())
        if is_narrow:
            click.echo(textwrap.fill(row[-1], columns, initial_indent="    ", subsequent_indent="    "))
        if number == 0:
            click.echo("  ".join("-" * width for width in widths[:shown]))


def clean(text: str) -> str:
    """Without control and direction characters, which could rewrite a terminal's line."""
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") else one for one in text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _pad(text: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if to_right else text + space
