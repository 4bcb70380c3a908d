"""YAML text as plain Python in which every scalar stays text as written, with the place of every value.

YAML's own types would turn 010 into 8, no into False and 1200.50 into a float; here only the field that
wants a number or a boolean reads one. The text is read as a stream of events, so nothing is built before it
was counted: depth, nodes and what aliases stand for are capped, and a bomb is refused after a few kilobytes.
Source: YAML 1.1 as PyYAML implements it, https://pyyaml.org/wiki/PyYAMLDocumentation
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from app.milestones.problems import ConfigurationInvalid, FieldPath, Problem, Source, quoted

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's scanner where PyYAML was built with it (about ten times faster), else the one in Python."""

MAX_BYTES = 256 * 1024**2
MAX_NODES = 20_000_000
MAX_DEPTH = 20
MAX_ALIASES = 100
MAX_ALIASED_NODES = 10_000
"""Room for 100,000 contracts written out; aliases are for a shared address, not for building data."""

Value = Any
"""str, list[Value] or dict[str, Value]; nothing else."""

_UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NULL = frozenset({"~", "null", "Null", "NULL"})
_TEXT_TAGS = frozenset({None, "!", "tag:yaml.org,2002:str"})
_LIST_TAGS = frozenset({None, "!", "tag:yaml.org,2002:seq"})
_MAP_TAGS = frozenset({None, "!", "tag:yaml.org,2002:map"})


class Mark(NamedTuple):
    """Where a value and its key begin, as offsets into the text; -1 for a value without a key."""

    at: int
    key_at: int
    inner: dict[str, Mark] | list[Mark] | None = None


@dataclass(frozen=True)
class Document:
    """What was read. `problems` are slips that did not stop the reading (a key twice, a null)."""

    source: Source
    value: Value
    mark: Mark
    problems: tuple[Problem, ...]

    def offset(self, path: FieldPath, *, of_key: bool = False) -> int:
        """Where `path` stands: at the value if that is text, else at its key (where it has one).

        For what is missing, its nearest parent.
        """
        mark, value = self.mark, self.value
        for step in path:
            inner = _child(mark, step)
            if inner is None:
                of_key = False
                break
            mark, value = inner, value[step]
        at_value = mark.key_at < 0 or (isinstance(value, str) and value != "" and not of_key)
        return mark.at if at_value else mark.key_at


def _child(mark: Mark, step: str | int) -> Mark | None:
    found: Mark | None = None
    if isinstance(mark.inner, dict):
        found = mark.inner.get(str(step))
    elif isinstance(mark.inner, list) and isinstance(step, int) and step < len(mark.inner):
        found = mark.inner[step]
    return found


def decode(data: bytes, file: str) -> str:
    """The file's bytes as text. Raises ConfigurationInvalid, at the first byte that is not UTF-8."""
    if len(data) > MAX_BYTES:
        raise Source("", file).refuse(0, f"the file is larger than {MAX_BYTES // 1024**2} MiB", "Split it")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Source("", file).refuse(0, "the file is UTF-16", "Save it as UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        what = f"byte {data[error.start]:#04x} is not UTF-8"
        raise Source(before, file).refuse(len(before), what, "Save the file as UTF-8") from error


def compose(text: str, file: str, loader: type[Any] | None = None) -> Document:
    """Read one YAML document. Raises ConfigurationInvalid where it can not be read on."""
    source = Source(text.removeprefix("\ufeff"), file)
    if bad := _UNREADABLE.search(source.text):
        raise source.refuse(
            bad.start(), f"the character U+{ord(bad[0]):04X} can not stand in a YAML file", "Remove it"
        )
    reader = _Reader(source)
    for event in _events(source, loader or LOADER):
        reader.take(event)
    if reader.root is None or reader.root[0] == "":
        raise source.refuse(0, "the file is empty", "`closeout new contract` prints a complete one")
    value, mark, _ = reader.root
    return Document(source, value, mark, tuple(reader.problems))


def _events(source: Source, loader: type[Any]) -> Iterator[Any]:
    """PyYAML's events. Its errors, and what its Python scanner lets slip through, become ours."""
    mend = "Mend the YAML here: look at the indentation (spaces, no tabs), the quotes and the brackets"
    try:
        yield from yaml.parse(source.text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(filter(None, [error.context, error.problem]))
        at = mark.index if mark else 0
        raise source.refuse(min(at, len(source.text)), f"this is not YAML: {what}", mend) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise source.refuse(0, f"this is not YAML: {error}", mend) from error


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read; `size` counts its values with aliases written out."""

    value: Any
    inner: Any
    at: int
    anchor: str | None
    size: int = 1
    key: str | None = None
    key_at: int = -1


@dataclass(slots=True)
class _Reader:
    """Builds values from events, one at a time, without recursion."""

    source: Source
    root: tuple[Value, Mark, int] | None = None
    problems: list[Problem] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    anchors: dict[str, tuple[Value, Mark, int] | None] = field(default_factory=dict)
    nodes: int = 0
    aliases: int = 0
    aliased_nodes: int = 0

    def take(self, event: Any) -> None:
        """One event of the stream; those that carry no value end the reading or change nothing."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
            self._open(event, is_mapping=kind is yaml.MappingStartEvent)
        elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            frame = self.frames.pop()
            self._place(frame.value, frame.inner, frame.at, frame.size, frame.anchor)
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent and self.root is not None:
            raise self._refuse(event, "a second YAML document begins here", "Keep one document per file")

    def _scalar(self, event: Any) -> None:
        at, text = event.start_mark.index, event.value
        if event.tag not in _TEXT_TAGS:
            raise self._tag(event)
        if event.style == '"' and _SURROGATE.search(text):
            raise self._refuse(event, "half a surrogate pair is no character", "Write the character itself")
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.key is None and isinstance(frame.value, dict):
            self._key(frame, event)
            return
        if event.implicit[0] and text in _NULL:
            self.problems.append(
                self.source.problem(
                    at,
                    f"{text} is no value",
                    f'Leave the field out, or write "{text}" if that is the text',
                    self._path(),
                )
            )
        self._place(text, None, at, 1, event.anchor)

    def _key(self, frame: _Frame, event: Any) -> None:
        if event.implicit[0] and event.value == "<<":
            mend = "Write the fields out, or give the whole value an anchor and repeat it with an alias"
            raise self._refuse(event, "merge keys (<<) are not read", mend)
        frame.key, frame.key_at = sys.intern(event.value), event.start_mark.index
        if event.anchor is not None:
            self.anchors[event.anchor] = (event.value, Mark(event.start_mark.index, -1), 1)

    def _open(self, event: Any, *, is_mapping: bool) -> None:
        if event.tag not in (_MAP_TAGS if is_mapping else _LIST_TAGS):
            raise self._tag(event)
        self._refuse_as_key(event)
        if len(self.frames) >= MAX_DEPTH:
            raise self._refuse(event, f"this is nested deeper than {MAX_DEPTH} levels", "Flatten it")
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        empty: Any = {} if is_mapping else []
        self.frames.append(_Frame(empty, empty.copy(), event.start_mark.index, event.anchor))

    def _alias(self, event: Any) -> None:
        self._refuse_as_key(event)
        name = event.anchor
        if self.anchors.get(name) is None:
            what = "contains itself" if name in self.anchors else "has no anchor before it"
            raise self._refuse(event, f"the alias *{quoted(name)[1:-1]} {what}", "Write the value out")
        value, mark, size = self.anchors[name] or ("", Mark(0, -1), 0)
        self.aliases, self.aliased_nodes = self.aliases + 1, self.aliased_nodes + size
        if self.aliases > MAX_ALIASES or self.aliased_nodes > MAX_ALIASED_NODES:
            what = (
                f"aliases stand for too much: at most {MAX_ALIASES} of them, and {MAX_ALIASED_NODES:,} values"
            )
            raise self._refuse(event, what, "Write the values out")
        self._place(value, mark.inner, event.start_mark.index, size, None)

    def _place(self, value: Value, inner: Any, at: int, size: int, anchor: str | None) -> None:
        """Put a finished value where it belongs: into the open list or mapping, or as the root."""
        frame = self.frames[-1] if self.frames else None
        mark = Mark(at, frame.key_at if frame else -1, inner)
        if anchor is not None:
            self.anchors[anchor] = (value, mark, size)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.source.refuse(at, f"the file holds more than {MAX_NODES:,} values", "Split it")
        if frame is None:
            self.root = (value, mark, size)
            return
        frame.size += size
        if frame.key is None:
            frame.value.append(value)
            frame.inner.append(mark)
            return
        if frame.key in frame.value:
            self._twice(frame)
        else:
            frame.value[frame.key], frame.inner[frame.key] = value, mark
        frame.key, frame.key_at = None, -1

    def _twice(self, frame: _Frame) -> None:
        line, column = self.source.position(frame.inner[frame.key].key_at)
        what = f"the key {quoted(frame.key or '')} stands here a second time (first in {line}:{column})"
        self.problems.append(self.source.problem(frame.key_at, what, "Remove one of the two", self._path()))

    def _path(self) -> FieldPath:
        """Where the next value will stand."""
        return tuple(len(frame.value) if frame.key is None else frame.key for frame in self.frames)

    def _refuse_as_key(self, event: Any) -> None:
        frame = self.frames[-1] if self.frames else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            raise self._refuse(event, "a key must be plain text", "Write the field's name here")

    def _tag(self, event: Any) -> ConfigurationInvalid:
        return self._refuse(event, f"the tag {quoted(event.tag)} is not read", "Remove the tag")

    def _refuse(self, event: Any, message: str, mend: str) -> ConfigurationInvalid:
        return self.source.refuse(event.start_mark.index, message, mend)
