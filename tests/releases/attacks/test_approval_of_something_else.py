"""One approval approves twice. lena's `/closeout approve` of the amount was lost, and the operator gave it
for her; when it comes at last (sent again, or replayed by whoever kept the signed body) it lets the
payees' shares go, which she has not seen: they were not even paid for when she wrote it.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import play


def test_an_approval_written_before_the_payment_lets_no_share_go(tmp_path: Path) -> None:
    rules = {"approve_above": "500.00", "approvers": ["lena"]}
    people = {"auto_clear": False, "to": [{"account": "acc_one", "share": "100%"}]}
    with play(tmp_path, "github", rules, payout=people) as stage:
        lena = stage.person("lena")
        number = stage.closed()
        stage.settle()
        assert stage.state() == "held"
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        kept = stage.forge.sent()[-1]
        stage.lose()
        stage.order("approve")
        assert stage.state() == "invoiced", stage.reason()
        stage.pay()
        assert stage.state() == "paid"
        stage.deliver(kept)
        stage.settle()
        assert stage.journal("transfer") == [], stage.story()
