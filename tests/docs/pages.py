"""The pages that people read, taken apart: fenced blocks, words in code, links, headings.

A block of shell that really runs in the tests says so: ```sh run. `exits=N` is the exit status that it must
end with (else 0), `serves` says that it goes on as a server until the end of the page.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block; `info` are the words behind its fence, `heading` is what it stands below."""

    page: Page
    heading: str
    line: int
    info: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def is_run(self) -> bool:
        return self.info[:2] == ("sh", "run")

    @property
    def exits(self) -> int:
        found = [word.removeprefix("exits=") for word in self.info if word.startswith("exits=")]
        return int(found[0]) if found else 0


@dataclass(frozen=True)
class Page:
    """A Markdown file; `name` is its path in the repository."""

    path: Path

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """Without the blocks, line for line."""
        return _FENCE.sub(lambda found: "\n" * found[0].count("\n"), self.text)

    @property
    def blocks(self) -> Iterator[Block]:
        for found in _FENCE.finditer(self.text):
            before = self.prose_until(found.start())
            headings = _HEADING.findall(before)
            line = self.text.count("\n", 0, found.start()) + 1
            text = textwrap.dedent(found["text"])
            yield Block(self, headings[-1] if headings else "", line, tuple(found["info"].split()), text)

    def prose_until(self, position: int) -> str:
        return "\n".join(self.prose.split("\n")[: self.text.count("\n", 0, position)])

    @property
    def spans(self) -> list[str]:
        """What stands in code within a sentence or a table, without Markdown's escapes."""
        return [found.replace("\\|", "|") for found in _SPAN.findall(self.prose)]

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @cached_property
    def anchors(self) -> set[str]:
        """https://github.com/gjtorikian/html-pipeline: how GitHub makes an anchor of a heading."""
        found = set()
        for heading in _HEADING.findall(self.prose):
            words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
            found.add(words.replace(" ", "-"))
        return found


PAGES = [Page(ROOT / "README.md"), *map(Page, sorted((ROOT / "docs").rglob("*.md")))]
BLOCKS = [block for page in PAGES for block in page.blocks]
