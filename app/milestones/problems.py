"""What is wrong with a contract file: a list of problems, each with its place, its field and its mend."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from app.errors import ContractError

FieldPath = tuple[str | int, ...]
"""Where a value stands in the file: keys, and positions in lists from 0."""

_LINE_BREAK = re.compile("\r\n|\r|\n")

SHOWN = 10
"""How many problems an error's own text carries; `closeout check` prints them all."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error (the file can not be used) or warning (it can). `line` and `column` count from 1.

    `field` is the dotted path, such as contracts[0].milestones[2].share, or "" for the file as a whole;
    `message` says what is wrong and `mend` what to do, both without a full stop at the end.
    """

    severity: Literal["error", "warning"]
    file: str
    line: int
    column: int
    field: str
    message: str
    mend: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.where}: {self.severity}: {field}{self.message}. {self.mend}"

    @property
    def where(self) -> str:
        """file:line:column, as editors and terminals make it a link."""
        return f"{self.file}:{self.line}:{self.column}"


class ConfigurationInvalid(ContractError):
    """The contract file has errors; `problems` holds them all, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first, count = problems[0], len(problems)
        field = f"{first.field}: " if first.field else ""
        super().__init__(f"{field}{first.message}", where=first.where, mend=first.mend)
        self.problems = tuple(problems)
        self.count = count

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if self.count > SHOWN:
            lines.append(f"and {self.count - SHOWN} more: `closeout check` prints them all")
        return "\n".join(lines)


@dataclass(frozen=True)
class Source:
    """A file's text and name; turns offsets into lines and columns that count from 1."""

    text: str
    file: str

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def problem(self, offset: int, message: str, mend: str, path: FieldPath = ()) -> Problem:
        line, column = self.position(offset)
        return Problem("error", self.file, line, column, dotted(path), message, mend)

    def refuse(self, offset: int, message: str, mend: str) -> ConfigurationInvalid:
        return ConfigurationInvalid([self.problem(offset, message, mend)])


def dotted(path: FieldPath) -> str:
    """("contracts", 0, "title") → "contracts[0].title"."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{printable(step)}" if text else printable(step)
    return text


def printable(text: str, limit: int = 60) -> str:
    """Text of the file as it may stand in a message: shortened, nothing that could steer a terminal."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(char if char.isprintable() else "�" for char in short)


def number_of(count: int, noun: str) -> str:
    """ "1 release", "1,200 releases"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def quoted(text: str) -> str:
    """The same between quotation marks; escapes what does not print, so that it can be seen."""
    short = text if len(text) <= 60 else text[:59] + "…"
    return repr(short)
