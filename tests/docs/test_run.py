"""What a page says to run runs, from top to bottom, and ends as the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import BLOCKS, PAGES, Block, Page
from tests.docs.scenes import SCENES

RUN = [page for page in PAGES if any(block.is_run for block in page.blocks)]


@pytest.mark.parametrize("page", RUN, ids=str)
def test_what_a_page_says_to_run_runs_in_its_order(page: Page, tmp_path: Path) -> None:
    with SCENES[page.name](tmp_path) as scene:
        try:
            for part in page.parts:
                if not isinstance(part, Block):
                    scene.below(part)
                elif part.is_run:
                    assert scene.run(part) == part.exits, f"{part}\n{scene.said}"
        finally:
            scene.stop()
        assert scene.hands == {}, "a heading of the page is gone"


def test_the_pages_of_the_way_to_the_first_invoice_and_of_the_drill_are_run() -> None:
    assert {page.name for page in RUN} == SCENES.keys()


def test_a_block_says_nothing_that_is_not_understood() -> None:
    known = {"exits", "run", "serves"}
    strange = [
        f"{block}: {word}"
        for block in BLOCKS
        for word in block.info[1:]
        if word.partition("=")[0] not in known or block.info[0] != "sh"
    ]
    assert strange == []
