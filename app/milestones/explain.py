"""What pydantic refused, in words for the person who wrote the file."""

from __future__ import annotations

import difflib
import json
import typing
from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import Any

from pydantic_core import ErrorDetails

from app.milestones.entry import Entry
from app.milestones.problems import FieldPath, printable, quoted
from app.milestones.shape import FileEntry

_KINDS = {"model_type": "a mapping (key: value)", "tuple_type": "a list ([…], or a dash for each entry)"}


def explain(error: ErrorDetails) -> tuple[str, str]:
    """What is wrong, and the mend. `error` is one of ValidationError.errors()."""
    kind, path = error["type"], error["loc"]
    context = error.get("ctx", {})
    if kind == "missing":
        return f"{path[-1]} is missing", _add(path)
    if kind == "extra_forbidden":
        known = _model_at(path[:-1]).model_fields
        return f"unknown field {quoted(str(path[-1]))}", nearest(str(path[-1]), known)
    if kind in _KINDS:
        given = error["input"]
        found = "a list" if isinstance(given, list) else "a mapping" if isinstance(given, dict) else "text"
        found = "nothing" if given == "" else found
        return f"{_KINDS[kind]} is expected here, found {found}", _instead(path)
    if kind == "too_short":
        return "this list must not be empty", _instead(path)
    if kind == "too_long":
        return f"{context['actual_length']} entries are too many", f"Use at most {context['max_length']}"
    return context["what"], context["mend"]


def first_causes(errors: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """The errors without those that only follow from others: a field that is missing because it was
    misspelt, a list that is too short because its entries were refused.
    """
    misspelt = {
        (*error["loc"][:-1], _closest(str(error["loc"][-1]), _model_at(error["loc"][:-1]).model_fields))
        for error in errors
        if error["type"] == "extra_forbidden"
    }
    for error in errors:
        is_misspelt = error["type"] == "missing" and error["loc"] in misspelt
        if not is_misspelt and not (error["type"] == "too_short" and error["input"]):
            yield error


def nearest(word: str, known: Iterable[str]) -> str:
    """The mend for a misspelt word: the known one that it was probably meant to be, or what is known."""
    words = sorted(known)
    if close := _closest(word, words):
        return f"Did you mean {quoted(close)}?"
    shown = ", ".join(printable(one) for one in words[:12]) + (", …" if len(words) > 12 else "")
    return f"Known here: {shown}" if words else "None is defined in this file yet"


def _closest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word[:80].lower(), list(known), n=1, cutoff=0.7)), None)


def _add(path: Sequence[str | int]) -> str:
    return f"Add it, for example: {_example(path)}"


def _instead(path: Sequence[str | int]) -> str:
    example = _example(path)
    return f"Write for example: {example}" if example else "Write its fields as key: value"


def _example(path: Sequence[str | int]) -> str:
    """`key: value` as it may be written; JSON is YAML too. "" for an entry of a list."""
    if not path or isinstance(path[-1], int):
        return ""
    examples = _model_at(tuple(path[:-1])).model_fields[path[-1]].examples or [""]
    example = examples[0]
    is_plain = isinstance(example, str) and ":" not in example
    return f"{path[-1]}: {example if is_plain else json.dumps(example)}"


def _model_at(path: FieldPath) -> type[Entry]:
    """The class of the mapping that stands at `path`."""
    found: Any = FileEntry
    for step in path:
        found = _entry(found) if isinstance(step, int) else found.model_fields[step].annotation
        found = _entry(found) if isinstance(found, UnionType) else found
    entry: type[Entry] = found
    return entry


def _entry(annotation: Any) -> Any:
    """tuple[MilestoneEntry, ...] → MilestoneEntry; RulesEntry | None → RulesEntry."""
    return typing.get_args(annotation)[0]
