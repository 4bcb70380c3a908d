"""A payee washes a dispute off. Disputed before the invoice (in the grace, or while the client is asked), a
reopening and closing by whoever may close withdraws and clears the dispute: it is billed at once, or
silence "accepts" what the client had disputed. Nobody settled the dispute.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play

ASKED = {"acceptance": {"by": ["anna"], "within": "5 business days", "on_silence": "accept"}}


@pytest.mark.parametrize("rules", [{"grace": "15m"}, ASKED], ids=["grace", "acceptance"])
def test_who_may_close_does_not_settle_a_dispute(tmp_path: Path, rules: dict[str, object]) -> None:
    with play(tmp_path, "github", rules) as stage:
        stage.person("anna", "read")
        penny = stage.person("penny", "write")
        number = stage.closed()
        stage.settle()
        stage.order("dispute", "this is not what we ordered")
        assert stage.state() == "disputed"
        stage.tick()
        stage.forge.reopen(number, penny)
        stage.settle()
        stage.tick()
        stage.forge.close(number, penny)
        stage.settle()
        stage.pass_time()
        assert stage.bills() == 0, stage.story()
