"""The JSON Schema that editors use: fresh, draft-07, and of one mind with the reader on what is right."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft7Validator

from app.cli.schema import command
from app.milestones.schema import schema, schema_text
from tests.milestones.example import EXAMPLE, SECOND, TEXT, edited, problems

FILE = EXAMPLE.with_name("closeout.schema.json")
VALIDATOR = Draft7Validator(schema())


def errors(text: str) -> list[str]:
    """What an editor would underline: YAML read with its own types."""
    return [str(error.json_path) for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_the_schema_in_the_repository_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run `make schema`"


def test_the_command_prints_the_schema() -> None:
    assert CliRunner().invoke(command).output == schema_text()


def test_it_is_a_draft_07_schema_without_newer_keywords() -> None:
    Draft7Validator.check_schema(schema())
    assert schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert not {"$defs", "prefixItems", "unevaluatedProperties"} & set(keywords(schema()))
    assert all(len(node) == 1 for node in nodes(schema()) if "$ref" in node)


def test_the_worked_example_names_the_schema_and_is_valid() -> None:
    assert TEXT.startswith("# yaml-language-server: $schema=./closeout.schema.json\n")
    assert errors(TEXT) == []
    assert errors(TEXT + SECOND) == []


@pytest.mark.parametrize(
    "edit",
    [
        ("name: Acme Corp", "name: 2026"),
        ("10115 Berlin, DE", "10115, NO"),
        ("total: 30000.00", 'total: "30000.00"'),
        ("total: 30000.00", "total: 30000"),
        ("version: 1", 'version: "1"'),
        ("id: con_7732_alpha", "id: 7732"),
    ],
)
def test_what_the_reader_takes_as_text_is_not_underlined_for_looking_like_a_number(
    edit: tuple[str, str],
) -> None:
    assert problems(edited(edit)) == []
    assert errors(edited(edit)) == []


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (("    title: Alpha", "    titel: Alpha"), "$.contracts[0]"),
        (("currency: usd", "currency: USD"), "$.contracts[0].currency"),
        (("share: 100%", "share: 100"), "$.contracts[0].payout.to[0].share"),
        (("auto_clear: true", 'auto_clear: "on"'), "$.contracts[0].payout.auto_clear"),
        (("forge: github", "forge: svn"), "$.connections[0].forge"),
        (("terms: net-15", "terms: 15"), "$.contracts[0].terms"),
        (("github:acme/storefront", "acme"), "$.contracts[0].repositories[0]"),
        (("version: 1\n", ""), "$"),
    ],
)
def test_slips_are_underlined(edit: tuple[str, str], path: str) -> None:
    assert path in errors(edited(edit))


def test_every_field_has_a_description_and_an_example_that_is_valid_itself() -> None:
    for node in nodes(schema()):
        for name, field in node.get("properties", {}).items():
            assert field["description"], name
            for example in field["examples"]:
                part = {**field, "definitions": schema()["definitions"]}
                assert not list(Draft7Validator(part).iter_errors(example)), name


def nodes(node: Any) -> list[dict[str, Any]]:
    """Every mapping inside."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    found = [one for item in inner for one in nodes(item)]
    return [node, *found] if isinstance(node, dict) else found


def keywords(node: Any) -> list[str]:
    return [key for one in nodes(node) for key in one]
