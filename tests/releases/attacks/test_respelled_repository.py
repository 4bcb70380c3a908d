"""An honest release is held with a false sentence. What was known of an issue is compared by the
repository's *name* (`evidence.place`), so that after a rename followed in the file, or mere other case
there, every open issue "carried the label before and was not completed" although it is there, labelled
and completed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import CONTRACT


@pytest.mark.parametrize("how", ["renamed", "other case"])
def test_a_respelled_repository_loses_no_issue(tmp_path: Path, how: str) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.issue()
        stage.settle()
        old = stage.forge.repository.full_name
        new = old.rpartition("/")[0] + "/shop" if how == "renamed" else old.title()
        if how == "renamed":
            stage.forge.rename_repository(new)
        text = stage.config.read_text(encoding="utf-8")
        stage.config.write_text(text.replace(f"forge:{old}", f"forge:{new}"), encoding="utf-8")
        stage.restart()
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        stage.decider.look_at(CONTRACT, 1)  # also where the delivery is not matched
        stage.settle()
        assert (stage.state(), stage.bills()) == ("invoiced", 1), stage.reason()
