"""A stranger's XML as a small tree that remembers its lines. Pure.

The parser refuses what a file of a bank never has: a document type (and with it every entity, the way of XML
bombs), deep nesting and more elements than a statement of that size can have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from app.errors import BankError

DEEPEST = 40
"""A real camt.053 nests about fifteen levels."""
MOST_ELEMENTS = 1_000_000


@dataclass(slots=True)
class Node:
    """An element: its name without the namespace, its own text, its attributes and the line it starts on."""

    tag: str
    line: int
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def all(self, path: str) -> Iterator[Node]:
        """Every element at a path such as "NtryDtls/TxDtls", in the document's order."""
        first, _, rest = path.partition("/")
        for child in self.children:
            if child.tag == first:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, *paths: str) -> Node | None:
        """The first element at the first of `paths` that leads anywhere."""
        return next((node for path in paths for node in self.all(path)), None)

    def word(self, *paths: str) -> str:
        """The text there without the spaces around it, "" where there is none."""
        node = self.first(*paths)
        return node.text.strip() if node else ""


def read_tree(document: bytes, file: str) -> tuple[Node, str]:
    """The root element and its namespace. Raises BankError with file:line:column."""
    builder = _Builder(file)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.expat = parser.parser
    try:
        parser.feed(document)
        parser.close()
    except DefusedXmlException as error:
        raise BankError(
            "the file declares a document type or entities, which no bank's statement does",
            where=f"{file}:{builder.line}",
            mend="Download the statement again, from the bank's own page",
        ) from error
    except ParseError as error:
        line, column = error.position
        raise BankError(
            f"this is not XML that can be read ({str(error).split(':')[0]})",
            where=f"{file}:{line}:{column + 1}",
            mend="Download the statement again; it may have been cut short or edited",
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that expat does not know
        raise BankError(
            f"the file can not be decoded ({error})", where=file, mend="Save it as UTF-8"
        ) from error
    return builder.root, builder.namespace


class _Builder:
    """Is told of each element as the parser comes to it."""

    def __init__(self, file: str) -> None:
        self.expat: Any = None
        self.namespace = ""
        self._file = file
        self.root = Node("", 0, {})
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._count = 0

    @property
    def line(self) -> int:
        return int(self.expat.CurrentLineNumber)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, local = tag.removeprefix("{").rpartition("}")
        node = Node(local, self.line, attributes)
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_ELEMENTS:
            raise BankError(
                f"more than {DEEPEST} levels or {MOST_ELEMENTS} elements of XML",
                where=f"{self._file}:{node.line}",
                mend="Ask the bank for statements of shorter periods",
            )
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root, self.namespace = node, namespace
        self._open.append(node)
        self._texts.append([])

    def data(self, text: str) -> None:
        self._texts[-1].append(text)

    def end(self, _tag: str) -> None:
        node, texts = self._open.pop(), self._texts.pop()
        if not node.children:
            node.text = "".join(texts)

    def close(self) -> None:
        """The parser has refused an empty document before, so there is a root."""
