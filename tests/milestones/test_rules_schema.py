"""Rules in an editor: the JSON Schema knows them, and every file that comes with Closeout is right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from app.milestones.rule_shape import RulesEntry
from app.milestones.schema import schema
from tests.milestones.example import EXAMPLE, problems
from tests.milestones.rulebook import written

FILES = sorted(EXAMPLE.parent.rglob("*.yml"))
VALIDATOR = Draft7Validator(schema())


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2, as editors read it: a date is text, https://yaml.org/spec/1.2.2/#103-core-schema"""


EditorLoader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def underlined(text: str) -> list[str]:
    """The places that an editor would underline."""
    plain: Any = yaml.load(text, Loader=EditorLoader)  # noqa: S506  a SafeLoader without dates
    return [str(error.json_path) for error in VALIDATOR.iter_errors(plain)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_that_comes_along_is_right_for_the_reader_and_for_editors(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert problems(text) == []
    assert underlined(text) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_that_comes_along_leads_editors_to_the_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    comment, _, address = first.partition("=")
    assert comment == "# yaml-language-server: $schema"
    assert (path.parent / address).resolve() == EXAMPLE.with_name("closeout.schema.json")


def test_the_rules_are_shown_by_an_example_of_their_own() -> None:
    assert "rules.yml" in {path.name for path in FILES}


PAGE = (EXAMPLE.parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_what_the_manual_shows_may_be_written_like_that(block: str) -> None:
    shown = yaml.load(block, Loader=EditorLoader)  # noqa: S506  a SafeLoader without dates
    file = yaml.load(written(users=""), Loader=EditorLoader)  # noqa: S506
    contract = file["contracts"][0]
    contract.update(shown if shown.keys() <= contract.keys() else {"rules": shown})
    text = yaml.safe_dump(file)
    assert [str(one) for one in problems(text) if one.severity == "error"] == []


def test_the_manual_tells_of_every_rule() -> None:
    assert [name for name in RulesEntry.model_fields if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize(
    "rules",
    [
        "grace: 0",
        "approve_above: 10000.00, max_per_day: 500",
        "closers: {users: [0123, lena]}",
        "holidays: [2026-12-25]",
        "hold_label: 7",
        "acceptance: {by: [anna], within: 1 day}",
    ],
)
def test_what_the_reader_takes_is_not_underlined(rules: str) -> None:
    assert [one for one in problems(written(rules=rules)) if one.severity == "error"] == []
    assert underlined(written(rules=rules)) == []


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"rules": "closer: {}"}, "rules"),
        ({"rules": "closers: {role: [write]}"}, "rules.closers"),
        ({"rules": "acceptance: {by: [anna], in: 7 days}"}, "rules.acceptance"),
        ({"rules": "acceptance: {within: 7 days}"}, "rules.acceptance"),
        ({"rules": "acceptance: {by: []}"}, "rules.acceptance.by"),
        ({"rules": "when: closed"}, "rules.when"),
        ({"rules": "close_reasons: [duplicate]"}, "rules.close_reasons[0]"),
        ({"rules": "closers: {roles: [owner]}"}, "rules.closers.roles[0]"),
        ({"rules": "closers: {bots: 'no'}"}, "rules.closers.bots"),
        ({"rules": 'approvers: ["a b"]'}, "rules.approvers[0]"),
        ({"rules": "grace: 15"}, "rules.grace"),
        ({"rules": "grace: 1w"}, "rules.grace"),
        ({"rules": "acceptance: {by: [anna], within: 5}"}, "rules.acceptance.within"),
        ({"rules": "holidays: [25.12.2026]"}, "rules.holidays[0]"),
        ({"second": 'label: "m", rules: {gracie: 15m}'}, "milestones[1].rules"),
        ({"second": "mileston: v1.0"}, "milestones[1]"),
        ({"users": '"a b"'}, "payout.to[0].users[0]"),
    ],
)
def test_slips_in_rules_are_underlined(parts: dict[str, str], path: str) -> None:
    assert f"$.contracts[0].{path}" in underlined(written(**parts))
