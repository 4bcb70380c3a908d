"""What a page says that Closeout says stands in the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.docs.pages import PAGES, ROOT, Page

TABLE = re.compile(r"^\| Closeout says \| do \|\n\|---\|---\|\n((?:\|.*\n)+)", re.MULTILINE)


def said(page: Page) -> list[str]:
    """The first cell of each row of such a table, in pieces: "…" stands for what differs each time."""
    rows = "".join(TABLE.findall(page.prose)).splitlines()
    cells = [row.strip("| ").split(" | ")[0] for row in rows]
    return [piece.strip(" :;,") for cell in cells for piece in re.split("…|[*]+", cell)]


def texts() -> Iterator[str]:
    """Every text in the program; in one that is made of pieces, "…" stands for what is filled in."""
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)


PROGRAM = "\n".join(texts())
TELLING = [page for page in PAGES if said(page)]


@pytest.mark.parametrize("page", TELLING, ids=str)
def test_what_closeout_is_said_to_say_stands_in_the_program(page: Page) -> None:
    assert [piece for piece in said(page) if piece not in PROGRAM] == []


def test_each_page_on_connecting_says_what_can_go_wrong() -> None:
    connecting = [page for page in PAGES if page.path.parent.name in ("forges", "gateways")]
    assert connecting
    assert [page.name for page in connecting if page not in TELLING] == []
