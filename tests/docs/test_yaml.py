"""Every contract file that a page shows is accepted, every piece of one is accepted in a whole one."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from app.milestones import document
from app.milestones.reference.page import page
from app.milestones.reference.slips import EXAMPLE, SLIPS, said
from app.milestones.rule_shape import RulesEntry
from app.milestones.shape import ContractEntry, FileEntry
from tests.docs.pages import BLOCKS, ROOT, Block

FOREIGN = ({"groups"}, {"services"})
"""The top-level keys of Prometheus' rules and of compose's overrides."""


def read(text: str) -> Any:
    """The file as our reader takes it: every scalar as the text that stands there."""
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but text


def keys(block: Block) -> set[str]:
    found = read(block.text)
    return set(found) if isinstance(found, dict) else set()


def around(piece: dict[str, Any]) -> str:
    """A whole file for a piece: a gateway's kind may have an example of its own, in its own currency."""
    kinds = [gateway.get("kind", "") for gateway in piece.get("gateways", ())]
    own = [ROOT / "config" / "examples" / f"{kind}.yml" for kind in kinds]
    return next((path.read_text(encoding="utf-8") for path in own if path.exists()), EXAMPLE)


YAML = [block for block in BLOCKS if block.info[:1] == ("yaml",) and keys(block) not in FOREIGN]


@pytest.mark.parametrize("block", YAML, ids=str)
def test_a_shown_contract_or_a_piece_of_one_is_accepted(block: Block) -> None:
    piece = read(block.text)
    assert isinstance(piece, dict)
    file = read(around(piece))
    text = block.text
    if "version" not in piece:
        if piece.keys() <= RulesEntry.model_fields.keys():
            piece = {"rules": piece}
        if piece.keys() <= ContractEntry.model_fields.keys():
            file["contracts"][0].update(piece)
        else:
            assert piece.keys() <= FileEntry.model_fields.keys()
            file.update(piece)
        text = yaml.safe_dump(file, sort_keys=False)
    configuration, problems = document.read(text, str(block))
    assert configuration is not None, "\n".join(map(str, problems))
    if text == block.text:
        assert problems == []


def test_the_reference_of_the_contract_file_is_fresh() -> None:
    assert (ROOT / "docs/contract.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_the_reference_shows_slips_of_both_kinds_the_errors_first() -> None:
    kinds = [said(slip).severity for slip in SLIPS]
    assert kinds == sorted(kinds)
    assert set(kinds) == {"error", "warning"}


@pytest.mark.parametrize("entry", [FileEntry, ContractEntry, RulesEntry], ids=lambda entry: entry.__name__)
def test_the_reference_names_every_key(entry: Any) -> None:
    assert [name for name in entry.model_fields if f"| `{name}` |" not in page()] == []
