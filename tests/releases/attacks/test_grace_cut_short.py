"""Whoever may hold ends the grace: /closeout hold and /closeout resume (or the label on and off) make the
release due at once, so that nobody has the time in which a reopening withdraws in silence.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_holding_and_resuming_does_not_end_the_grace(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"grace": "30d"}) as stage:
        penny = stage.person("penny", "write")
        number = stage.closed()
        stage.settle()
        assert stage.state() == "ready"
        stage.forge.comment(number, penny, "/closeout hold a moment")
        stage.settle()
        assert stage.state() == "held"
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        assert (stage.state(), stage.bills()) == ("ready", 0), stage.story()


def test_the_hold_label_on_and_off_does_not_end_the_grace(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"grace": "30d"}) as stage:
        penny = stage.person("penny", "write")
        number = stage.closed()
        stage.settle()
        stage.forge.label(number, "closeout:hold", penny)
        stage.settle()
        assert stage.state() == "held"
        stage.forge.unlabel(number, "closeout:hold", penny)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("ready", 0), stage.story()
