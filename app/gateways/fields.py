"""One field of a gateway's document at a time: it is as its documentation says, or it is named. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.errors import PayloadError

_LINK = re.compile(r"https?://[^\s\"'<>\\`]{1,2000}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object and where it stands, so that every complaint (PayloadError) names its field."""

    path: str
    members: dict[str, object]

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def get(self, name: str) -> object:
        if name not in self.members:
            raise PayloadError("this field is missing", where=self.where(name))
        return self.members[name]

    def text(self, name: str) -> str:
        value = self.get(name)
        if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= 255:
            raise PayloadError("expected 1 to 255 printable characters", where=self.where(name))
        return value

    def word(self, name: str, *words: str) -> str:
        value = self.get(name)
        if not isinstance(value, str) or value not in words:
            raise PayloadError(f"expected {' or '.join(words)}, not {brief(value)}", where=self.where(name))
        return value

    def whole(self, name: str) -> int:
        value = self.get(name)
        if type(value) is not int or value < 0:  # bool is an int to isinstance
            raise PayloadError(f"expected a whole number, not {brief(value)}", where=self.where(name))
        return value

    def at_least(self, name: str, least: int) -> int:
        """A whole number that may be left out, and is `least` then."""
        value = self.whole(name) if name in self.members else least
        if value < least:
            raise PayloadError(f"expected at least {least}, not {value}", where=self.where(name))
        return value

    def objects(self, name: str) -> list[Object]:
        entries = self.get(name)
        if not isinstance(entries, list):
            raise PayloadError(f"expected a list, not {brief(entries)}", where=self.where(name))
        return [as_object(self.where(f"{name}[{number}]"), entry) for number, entry in enumerate(entries)]

    def link(self, name: str) -> str:
        value = self.get(name)
        if not isinstance(value, str) or _LINK.fullmatch(value) is None:
            raise PayloadError("expected an http(s) address", where=self.where(name))
        return value


def as_object(path: str, value: object) -> Object:
    """`value`, which stands at `path` of a document, as an object. Raises PayloadError."""
    if not isinstance(value, dict):
        raise PayloadError(f"expected an object, not {brief(value)}", where=path or "the document")
    return Object(path, value)


def clean(value: object) -> str:
    """Foreign text on one line of at most 200 printable characters; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    text = " ".join(value[:2000].split())
    return "".join(char for char in text if char.isprintable())[:200]


def brief(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return clean(repr(value)[:60])
