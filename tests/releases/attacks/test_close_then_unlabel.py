"""A triage contributor (who may label and close, but whose closing does not count) gets a milestone billed
with unfinished work: close the open issue "as completed" (held: not allowed to), then take its label off.
What would be missed had it been unlabelled while open is not missed now, since it "was completed"; the
next honest closing bills. Same with a payee whose closing the rules do not count.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import LABEL


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_work_closed_by_somebody_who_may_not_and_then_unlabelled_is_still_missing(
    tmp_path: Path, kind: str
) -> None:
    with play(tmp_path, kind) as stage:
        tess = stage.person("tess", "triage")
        done, unfinished = stage.issue(), stage.issue()
        stage.settle()
        stage.forge.close(unfinished, tess)
        stage.settle()
        assert stage.state() == "held"
        stage.forge.unlabel(unfinished, LABEL, tess)
        stage.settle()
        stage.forge.close(done, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.reason()
