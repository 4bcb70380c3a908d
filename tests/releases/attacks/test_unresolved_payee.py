"""A payee named in the contract renames the account before the first decision. The login is nobody's then,
is silently left out, and `payees_may_close: false` does not hold: the payee closes and is paid (fails
open).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_a_payee_who_was_renamed_before_the_first_decision_may_not_close_either(
    tmp_path: Path, kind: str
) -> None:
    with play(tmp_path, kind, {"payees_may_close": False}) as stage:
        penny = stage.person("penny", "write")
        stage.sweeper.sweep()  # the server is up; names could have been looked up
        stage.forge.rename_person(penny, "penny-two")
        number = stage.issue()
        stage.forge.close(number, penny)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()
