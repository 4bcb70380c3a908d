"""An honest release is lost for ever. The repository is renamed, and the operator follows in the contract
file, as one does. The id still leads to the old name alone, under which no contract is: every delivery
and every find of the sweep is ignored with "no contract names the repository".
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_a_repository_that_was_renamed_at_the_forge_and_in_the_file_still_bills(
    tmp_path: Path, kind: str
) -> None:
    with play(tmp_path, kind) as stage:
        number = stage.issue()
        stage.settle()
        stage.sweeper.sweep()
        old = stage.forge.repository.full_name
        new = old.rpartition("/")[0] + "/shop"
        stage.forge.rename_repository(new)
        text = stage.config.read_text(encoding="utf-8")
        stage.config.write_text(text.replace(f"forge:{old}", f"forge:{new}"), encoding="utf-8")
        stage.restart()
        stage.sweeper.sweep()
        stage.settle()
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        stage.tick()
        stage.sweeper.sweep()
        stage.settle()
        assert (stage.state(), stage.bills()) == ("invoiced", 1), stage.told
