"""One person spends four eyes. lena (approver, may close) approves the amount while dana is the closer,
reopens, and closes herself: the approval of the amount does not name the closer, so that it is passed
over.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play


@pytest.mark.parametrize("grace", ["0", "15m"])
def test_an_approval_does_not_outlive_the_closing_that_was_looked_at(tmp_path: Path, grace: str) -> None:
    rules = {"approve_above": "500.00", "approvers": ["lena"], "grace": grace}
    with play(tmp_path, "github", rules) as stage:
        lena = stage.person("lena", "admin")
        number = stage.closed()
        stage.settle()
        assert stage.state() == "held"
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        before = stage.bills()
        stage.tick()
        stage.forge.reopen(number, lena)
        stage.settle()
        assert stage.state() in ("withdrawn", "voided")
        stage.tick()
        stage.forge.close(number, lena)
        stage.settle()
        stage.pass_time()
        assert stage.bills() == before, f"lena closed and lena approved: {stage.story()}"
