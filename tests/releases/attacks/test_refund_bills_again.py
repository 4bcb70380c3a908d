"""The seller is paid for what its operator ordered back. After `refund` of an open invoice the void makes
Closeout look again: a milestone that was released by hand, or one to which another issue was closed
meanwhile, is issued anew at once, with nobody having reopened or triggered anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.releases.people.manual import milestone_by_hand, trigger_by_hand
from tests.releases.play import OPERATOR, play
from tests.releases.scene import CONTRACT

MANUAL: dict[str, Any] = {
    "milestones": [
        {"title": "Deposit", "share": "60%", "rules": {"when": "manual"}},
        {"label": "milestone:uat", "title": "Testing", "share": "40%"},
    ]
}


def test_a_deposit_that_was_ordered_back_is_not_billed_again_by_itself(tmp_path: Path) -> None:
    with play(tmp_path, "github", {}, **MANUAL) as stage:
        contract, milestone = milestone_by_hand(stage.book.current, CONTRACT, 1)
        trigger_by_hand(stage.db, contract, milestone, OPERATOR)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("invoiced", 1)
        stage.order("hold", "the client stepped back")
        stage.order("refund", keep_payouts=False)
        assert (stage.state(), stage.bills()) == ("voided", 1), stage.story()


@pytest.mark.parametrize("when", ["any_closed", "all_closed"])
def test_what_was_ordered_back_is_not_billed_again_since_another_issue_was_closed_before(
    tmp_path: Path, when: str
) -> None:
    with play(tmp_path, "github", {"when": when}) as stage:
        stage.closed()
        stage.settle()
        stage.closed()  # more of the same milestone, which changes nothing now
        stage.settle()
        assert (stage.state(), stage.bills()) == ("invoiced", 1)
        stage.order("dispute", "bad work")
        stage.order("refund", keep_payouts=False)
        assert (stage.state(), stage.bills()) == ("voided", 1), stage.story()
