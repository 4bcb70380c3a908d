"""Every example of the repository is a contract file without an error or a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.milestones.example import EXAMPLE, problems

EXAMPLES = [EXAMPLE, *sorted((EXAMPLE.parent / "examples").glob("*.yml"))]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_passes_the_check(path: Path) -> None:
    assert [str(problem) for problem in problems(path.read_bytes())] == []
