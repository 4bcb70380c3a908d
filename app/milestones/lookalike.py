"""Whether two labels look the same to a person, and what sets them apart. It explains; it never matches.

The skeleton of a text is what is left when everything is folded that an eye passes over. It is made as in
Unicode Technical Standard #39, section 4, https://www.unicode.org/reports/tr39/#Confusable_Detection, and
goes further where labels do: case and spaces do not tell labels apart.
"""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

from app.milestones.confusables import ASCII, LETTERS
from app.milestones.fields import INVISIBLE

SHOWN = 3
"""How many characters an explanation names."""


def skeleton(text: str) -> str:
    """The same for texts that look alike, in time proportional to the text."""
    if not text.isascii():
        seen = INVISIBLE.sub("", text).translate(LETTERS)
        text = unicodedata.normalize("NFKC", seen).translate(LETTERS)
    return "".join(text.casefold().split()).translate(ASCII)


def difference(seen: str, wanted: str) -> str:
    """What makes `seen` another text than `wanted`, in words that follow "but"; positions count from 1."""
    ours, theirs = [char.casefold() for char in wanted], [char.casefold() for char in seen]
    odd: list[str] = []
    missing: list[str] = []
    for kind, start, end, low, high in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            odd += [f"{_named(seen[index])} at {index + 1}" for index in range(low, high)]
        elif kind == "delete":
            missing += [_named(char) for char in wanted[start:end]]
    if odd:
        return f"has {_listed(odd)}"
    if missing:
        return f"lacks {_listed(missing)}"
    return "differs in upper and lower case"


def _named(char: str) -> str:
    """ "і" → "U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I"."""
    return f"U+{ord(char):04X} {unicodedata.name(char, 'without a name')}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{' and '.join(names[:SHOWN])}{more}"
