"""The hold label, taken off by a triage contributor (who may not), is lifted by the next unrelated webhook
of anybody who may: any event of dana's about the issue, or an old one replayed, is taken for her taking
it off.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_an_unrelated_event_of_dana_does_not_lift_what_tess_took_off(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana, tess = stage.person("dana"), stage.person("tess", "triage")
        number = stage.closed()
        stage.settle()
        stage.forge.label(number, "closeout:hold", dana)
        kept = stage.forge.sent()[-1]
        stage.settle()
        assert stage.state() == "held"
        stage.forge.unlabel(number, "closeout:hold", tess)
        stage.settle()
        assert stage.state() == "held"
        stage.deliver(kept)  # dana *attaching* the hold label, an hour ago
        stage.settle()
        assert stage.state() == "held", stage.story()
