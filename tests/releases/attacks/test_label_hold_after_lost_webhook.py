"""A false sentence that sends people the wrong way: the hold label is taken off by somebody who may, the
webhook is lost, the sweep finds it: it stays held and still says "carries the label: take it off".
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_a_hold_label_that_is_off_is_not_told_as_on(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.sweeper.sweep()
        stage.forge.label(number, "closeout:hold", dana)
        stage.settle()
        assert stage.state() == "held"
        stage.tick()
        stage.forge.unlabel(number, "closeout:hold", dana)
        stage.lose()
        stage.tick()
        stage.sweeper.sweep()
        stage.settle()
        assert stage.state() == "invoiced" or "carries the label" not in stage.story(), stage.story()
