"""An approval of one meddling is an approval of every later one: the key of that doubt names the person
alone ("cause/forge/<id>"), not what was done when. Once Tess's was approved, she makes the next revision
complete.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_an_approval_of_one_meddling_is_none_of_the_next(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana, tess = stage.person("dana"), stage.person("tess", "triage")
        number = stage.issue()
        stage.forge.label(number, "closeout:hold", dana)
        stage.forge.close(number, dana)
        stage.settle()
        stage.forge.unlabel(number, "closeout:hold", tess)
        stage.settle()
        assert stage.state() == "held"
        stage.order("approve")
        assert (stage.state(), stage.bills()) == ("invoiced", 1)
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.settle()
        stage.forge.label(number, "closeout:hold", dana)
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        assert stage.bills() == 1
        stage.forge.unlabel(number, "closeout:hold", tess)
        stage.settle()
        assert stage.bills() == 1, stage.story()
