"""With `auto_clear: false` the closer (even a payee) approves the payouts: no check of the closer there,
while the rules say "Never may somebody approve who closed one of the milestone's issues".
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_who_closed_it_does_not_approve_its_payouts(tmp_path: Path) -> None:
    payout = {"auto_clear": False, "to": [{"account": "acc_one", "share": "100%", "users": ["lena"]}]}
    with play(tmp_path, "github", {"approvers": ["lena", "marc"]}, payout=payout) as stage:
        lena = stage.person("lena", "write")
        stage.person("marc", "write")
        number = stage.issue()
        stage.forge.close(number, lena)
        stage.settle()
        stage.pay()
        assert stage.state() == "paid"
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        assert stage.journal("transfer") == [], stage.story()
