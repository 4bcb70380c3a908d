"""The client accepted 600.00 and is billed 900.00. Its acceptance was lost; the release was withdrawn (the
label came off), the contract's file changed, and decided anew without anybody closing again (an approver
passed over the late label). The sweep finds the old word, which is younger than the closing, and takes it
for the new question: it is compared with the closing alone, not with when the client was asked.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.releases.scene import LABEL
from tests.releases.sweeping import installed, read

RULES = {
    "acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"},
    "approvers": ["lena"],
}


def test_a_word_to_an_earlier_question_is_no_answer_to_this_one(tmp_path: Path) -> None:
    with installed(tmp_path, "github", RULES) as (stage, _):
        anna, lena, dana = stage.person("anna", "read"), stage.person("lena"), stage.person("dana")
        number = stage.closed()
        stage.settle()
        assert stage.state() == "awaiting_acceptance"
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        stage.lose()
        stage.tick()
        stage.forge.unlabel(number, LABEL, dana)
        stage.settle()
        assert stage.state() in ("withdrawn", "waiting"), stage.state()
        path = tmp_path / "closeout.yml"
        file = yaml.safe_load(path.read_text())
        one, two = file["contracts"][0]["milestones"]
        one["share"], two["share"] = "90%", "10%"
        path.write_text(yaml.safe_dump(file, sort_keys=False))
        stage.restart()
        stage.tick()
        stage.forge.label(number, LABEL, dana)
        stage.settle()
        assert stage.state() == "held", stage.reason()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        assert stage.state() == "awaiting_acceptance", stage.reason()
        assert stage.release()["amount_minor"] == 90_000
        read(stage.sweeper)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0), stage.story()
