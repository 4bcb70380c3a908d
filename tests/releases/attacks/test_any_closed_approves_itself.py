"""With `when: any_closed` a doubtful issue is not "billed" in the evidence, so that four eyes know no
closer: whoever closed it (an approver, a payee) approves the own closing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_nobody_approves_the_own_closing_under_any_closed(tmp_path: Path, kind: str) -> None:
    rules = {"when": "any_closed", "closers": {"users": ["dana"]}, "approvers": ["lena"]}
    with play(tmp_path, kind, rules) as stage:
        lena = stage.person("lena", "write")
        number = stage.issue()
        stage.forge.close(number, lena)
        stage.settle()
        assert stage.state() == "held"
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()
