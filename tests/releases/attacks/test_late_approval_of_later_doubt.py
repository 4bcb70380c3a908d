"""An approval approves what came after it was written: only closings and labellings that count are
compared. A triage contributor takes the label off an open issue afterwards, or the price in the file goes
up.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
import yaml

from tests.releases.play import play
from tests.releases.scene import LABEL


def test_a_late_approval_does_not_approve_a_later_meddling(tmp_path: Path) -> None:
    rules = {"approve_above": 100, "labelers": {"users": ["dana"]}, "approvers": ["lena"]}
    with play(tmp_path, "github", rules) as stage:
        lena, tess = stage.person("lena"), stage.person("tess", "triage")
        number = stage.closed()
        stage.settle()
        assert stage.state() == "held", stage.reason()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        kept = stage.forge.sent()[-1]
        stage.lose()
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
            more = stage.issue()
            stage.settle()
            assert stage.state() == "waiting", stage.reason()
            stage.tick()
            stage.forge.unlabel(more, LABEL, tess)
            stage.settle()
            assert stage.state() == "held", stage.reason()
            stage.deliver(kept)
            stage.settle()
        assert f"#{more} belonged to it" in stage.reason(), (stage.told[-2:], stage.reason())


def test_a_late_approval_does_not_approve_a_later_price(tmp_path: Path) -> None:
    rules = {"approve_above": 100, "approvers": ["lena"]}
    with play(tmp_path, "github", rules) as stage:
        lena = stage.person("lena")
        number = stage.closed()
        stage.settle()
        assert stage.state() == "held", stage.reason()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        kept = stage.forge.sent()[-1]
        stage.lose()
        path = tmp_path / "closeout.yml"
        file = yaml.safe_load(path.read_text())
        one, two = file["contracts"][0]["milestones"]
        one["share"], two["share"] = "90%", "10%"
        path.write_text(yaml.safe_dump(file, sort_keys=False))
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
            stage.restart()
            stage.decider.look_at("con_play", 1)
            stage.settle()
            assert "900" in stage.reason(), stage.reason()
            stage.deliver(kept)
            stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()
