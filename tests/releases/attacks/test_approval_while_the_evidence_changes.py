"""An approval of what was read before. A decision that says the same sentence about another closing
stores its evidence without touching `updated_at` (`record`), so that "changed while … was judged" does
not see it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.releases.people import commands
from app.releases.people.said import still_closed
from tests.releases.play import play


def test_an_approval_does_not_approve_a_closing_of_while_it_was_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = {"closers": {"users": ["dana"]}, "approvers": ["lena"]}
    with play(tmp_path, "github", rules) as stage:
        lena, tess = stage.person("lena"), stage.person("tess")
        number = stage.issue()
        stage.forge.close(number, tess)
        stage.settle()
        assert stage.state() == "held"
        before = stage.reason()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        kept = stage.forge.sent()[-1]
        stage.lose()
        real = still_closed

        def and_then(*arguments: Any) -> str:
            found = real(*arguments)
            stage.tick()
            stage.forge.reopen(number, tess)
            stage.forge.close(number, tess)
            stage.lose()
            stage.decider.look_at("con_play", 1)
            assert stage.reason() == before
            return found

        monkeypatch.setattr(commands, "still_closed", and_then)
        stage.deliver(kept)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), (stage.told, stage.story())
