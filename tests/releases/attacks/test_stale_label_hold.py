"""An honest release is stuck, and the comment says why falsely. A hold by label is a row; after a withdrawal
or a void nothing lifts it when the label goes, and the milestone is held for a label that is on no issue.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play


@pytest.mark.parametrize("rules", [{"grace": "15m"}, {}], ids=["withdrawn", "voided"])
def test_a_hold_label_that_was_taken_off_while_nothing_was_released_holds_nothing(
    tmp_path: Path, rules: dict[str, str]
) -> None:
    with play(tmp_path, "github", rules) as stage:
        dana = stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.forge.label(number, "closeout:hold", dana)
        stage.settle()
        assert stage.state() == "held"
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.settle()
        before = stage.bills()
        stage.forge.unlabel(number, "closeout:hold", dana)
        stage.settle()
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        stage.pass_time()
        assert (stage.state(), stage.bills()) == ("invoiced", before + 1), stage.story()
