"""An approval counts whenever its webhook is handled, not when it was written: lena approved one doubt, the
webhook was lost and is sent again later (by GitHub's redelivery, or by whoever kept the signed body). It
then approves another doubt, which lena never saw. (`accept` has that check: written before the
completion.)
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_an_approval_written_before_the_present_closing_approves_nothing(tmp_path: Path) -> None:
    rules = {"closers": {"users": ["dana"]}, "approvers": ["lena"]}
    with play(tmp_path, "github", rules) as stage:
        lena, tess, penny = stage.person("lena"), stage.person("tess"), stage.person("penny")
        number = stage.issue()
        stage.forge.close(number, tess)
        stage.settle()
        assert stage.state() == "held"
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        kept = stage.forge.sent()[-1]
        stage.lose()
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.settle()
        stage.tick()
        stage.forge.close(number, penny)
        stage.settle()
        assert stage.state() == "held"
        stage.deliver(kept)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()
