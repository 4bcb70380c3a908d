"""A word "from before a later dispute or hold" is to be said again, says the reference: an acceptance
that the sweep finds is taken although the client itself held afterwards, and once an approver resumes it
is billed.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play
from tests.releases.sweeping import installed, read

RULES = {
    "acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"},
    "approvers": ["lena"],
}


def test_an_acceptance_from_before_the_clients_own_hold_bills_nothing(tmp_path: Path) -> None:
    with installed(tmp_path, "github", RULES) as (stage, sweeper):
        anna = stage.person("anna", "read")
        stage.person("lena")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        stage.lose()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout hold wait, half of it is missing")
        stage.settle()
        assert stage.state() == "held"
        read(sweeper)
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout resume")
        stage.settle()
        assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0), stage.story()


def test_an_approval_from_before_a_hold_that_was_lifted_pays_nothing(tmp_path: Path) -> None:
    rules = {"approvers": ["lena", "marc"]}
    payout = {
        "auto_clear": False,
        "to": [{"account": "acc_one", "share": "60%"}, {"account": "acc_two", "share": "40%"}],
    }
    with play(tmp_path, "github", rules, payout=payout) as stage:
        lena, marc = stage.person("lena"), stage.person("marc")
        number = stage.closed()
        stage.settle()
        stage.pay()
        assert stage.state() == "paid"
        stage.forge.sandbox.pass_time(300)  # type: ignore[attr-defined]
        stage.forge.comment(number, lena, "/closeout approve")
        kept = stage.forge.sent()[-1]
        stage.lose()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout hold I was wrong, that account is not theirs")
        stage.settle()
        assert stage.state() == "held"
        stage.tick()
        stage.forge.comment(number, marc, "/closeout resume")
        stage.settle()
        assert stage.state() == "paid", stage.told
        stage.deliver(kept)
        stage.settle()
        assert stage.journal("transfer") == [], stage.story()
