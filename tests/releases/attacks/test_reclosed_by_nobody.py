"""A payee (payees_may_close: false), or any stranger who wrote the issue, keeps a release alive that the
maintainer took back: dana reopens, the payee closes again before the webhook of the reopening was handled
(or it was lost). The release stands although the present closing is one that the rules do not allow, and
is billed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import FORGE_KINDS


@pytest.mark.parametrize("kind", FORGE_KINDS)
def test_a_reopening_that_a_payee_closed_again_at_once_takes_the_release_back(
    tmp_path: Path, kind: str
) -> None:
    rules = {"payees_may_close": False, "grace": "15m"}
    with play(tmp_path, kind, rules) as stage:
        penny = stage.person("penny", "write")
        number = stage.closed()
        stage.settle()
        assert stage.state() == "ready"
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.tick()
        stage.forge.close(number, penny)
        stage.settle()
        stage.pass_time()
        assert (stage.state(), stage.bills()) != ("invoiced", 1), stage.story()


def test_a_stranger_who_closes_again_what_was_reopened_gets_nothing_paid_out(tmp_path: Path) -> None:
    with play(
        tmp_path, "github", {}, payout={"auto_clear": True, "to": [{"account": "acc_one", "share": "100%"}]}
    ) as stage:
        tess = stage.person("tess", "triage")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.tick()
        stage.forge.close(number, tess)
        stage.settle()
        stage.pay()
        assert stage.journal("transfer") == [], stage.story()
