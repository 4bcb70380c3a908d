"""Every command that a page shows exists, with its options and as many arguments as it takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from app.cli import closeout
from app.cli.manual import leaves, page
from tests.docs.pages import BLOCKS, PAGES, ROOT, Block, Page
from tests.docs.typed import commands_of, fault

SHELL = [block for block in BLOCKS if block.info[:1] in ((), ("sh",)) and list(commands_of(block))]
LEAVES = list(leaves())
FILES = sorted(path for pattern in ("*.py", "*.html") for path in (ROOT / "app").rglob(pattern))
SOURCES = [path for path in FILES if "closeout " in path.read_text("utf-8")]
PURPOSES = {"acceptance", "invoice", "migrations", "serving", "status", "turn", "worker", "working"}
"""What keys and locks are named after, which are no commands."""
TOLD = re.compile(r"(?<![\w/-])closeout ([a-z]+)(?: ([a-z]+))?")


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_a_shown_command_is_taken_by_the_command_line(block: Block) -> None:
    assert [wrong for words in commands_of(block) if (wrong := fault(words))] == []


@pytest.mark.parametrize("one", PAGES, ids=str)
def test_a_command_within_a_sentence_exists_with_what_stands_behind_it(one: Page) -> None:
    wrong = []
    for span in one.spans:
        if not span.startswith("closeout ") or "COMMAND" in span:
            continue
        # "[--json]" is an option that may be left out, "…" what a reader knows from elsewhere.
        words = shlex.split(re.sub(r"\[(--[^\]]+)\]", r"\1", span).split("…")[0])
        if found := fault(words[1:], may_be_a_name=True):
            wrong.append(f"{span}: {found}")
    assert wrong == []


def test_the_page_of_commands_is_fresh() -> None:
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_a_command_says_in_a_line_what_it_does_and_what_each_option_is_for(
    name: str, command: click.Command
) -> None:
    brief = command.get_short_help_str(limit=200)
    assert brief
    assert not brief.endswith("...")
    silent = [one.opts for one in command.params if isinstance(one, click.Option) and not one.help]
    assert silent == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_command_that_the_program_tells_people_to_give_exists(path: Path) -> None:
    wrong = []
    for first, second in TOLD.findall(path.read_text(encoding="utf-8")):
        if first in PURPOSES:
            continue
        found = closeout.get_command(click.Context(closeout), first)
        is_group = isinstance(found, click.Group) and not found.invoke_without_command
        words = [first, second] if is_group and second else [first]
        wrong.append(fault(words, may_be_a_name=True))
    assert [one for one in wrong if one] == []


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("releases", ""),
        ("releases approve con_1 2", ""),
        ("releases approve CONTRACT INDEX", ""),
        ("releases approve con_1", "lacks INDEX"),
        ("releases approve con_1 two", "not a valid integer"),
        ("releases approve con_1 2 3", "takes no 3"),
        ("release", "has no command release"),
        ("check --jsno", "--jsno"),
        ("serve --only work", "'work' is not 'web'"),
        ("github import --app-id 1", "lacks"),
        ("github", "needs a command"),
    ],
)
def test_a_slip_in_a_command_is_noticed(typed: str, wrong: str) -> None:
    found = fault(typed.split())
    assert wrong in found if wrong else found == ""
