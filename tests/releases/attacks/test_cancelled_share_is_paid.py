"""The client gets everything back, and a payee is paid all the same. `refund` cancels the shares that were
not sent, but not their stored orders: a run that was killed (or is) between two shares goes on with its
list, and since the refund has lifted what held the release, the order goes out. Nobody is told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.releases.people import orders
from tests.releases.play import OPERATOR, play


def test_what_a_refund_cancelled_is_not_paid_by_the_run_that_goes_on(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        stage.closed()
        stage.settle()
        call = stage.caller.call
        seen: list[str] = []

        def between_the_shares(key: str) -> dict[str, Any]:
            if "/pay_out/" in key:
                seen.append(key)
                if len(seen) == 2:  # the server was down here, and the operator was not
                    with stage.db.transaction() as connection:
                        row = orders.locked(connection, "con_play", 1)
                        orders.hold(connection, row, OPERATOR, "the client wants its money back")
                    with stage.db.transaction() as connection:
                        row = orders.locked(connection, "con_play", 1)
                        orders.refund(connection, row, OPERATOR, keep_payouts=False)
            return call(key)

        stage.caller.call = between_the_shares  # type: ignore[method-assign]
        stage.pay()
        stage.pass_time()
        out = {one["payout_id"] for one in stage.journal("transfer")}
        back = {one["payout_id"] for one in stage.journal("reversal")}
        assert out == back, f"{len(out)} transfers, {len(back)} came back; {stage.story()}"
        stage.check()
