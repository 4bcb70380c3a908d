"""Kill -9 between an order's being in the bank's books and our record of it: it is paid once, at the bank."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.ledger.journal import verify
from tests.e2e.errands import Errands
from tests.e2e.stack import stack
from tests.e2e.test_kill_gateways import DYING, LABEL, gone, journalled


@pytest.mark.parametrize("step", ["open_invoice", "pay_out"])
def test_a_bank_invoice_is_billed_once_and_each_share_paid_once(tmp_path: Path, step: str) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", kind="bank") as one:
        errands = Errands(one)
        one.serve(DYING, DIE_AT=f"{step}:inside")
        one.close(one.open_issue(LABEL))
        if step == "open_invoice":
            gone(one, f"{step}:inside")
        one.until_state(2, "invoiced")
        errands.pay()
        errands.hand_in()
        if step == "pay_out":
            gone(one, f"{step}:inside")
        errands.until_transferred(2)
        one.until_state(2, "disbursed")
        assert not errands.hand_out(), "nothing is left to be ordered"
        assert journalled(one, "money_in", "transfer") == [1, 2]
        assert verify(one.db).problems == ()


def test_a_bank_invoice_is_voided_once(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", kind="bank") as one:
        one.serve(DYING, DIE_AT="void_invoice:inside")
        issue = one.open_issue(LABEL)
        one.close(issue)
        one.until_state(2, "invoiced")
        one.reopen(issue)
        gone(one, "void_invoice:inside")
        one.until_state(2, "voided")
        assert verify(one.db).problems == ()


def test_a_client_gets_its_money_back_once(tmp_path: Path) -> None:
    def approved(file: dict[str, list[dict[str, dict[str, bool]]]]) -> None:
        file["contracts"][0]["payout"]["auto_clear"] = False  # else nobody could give a share back

    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", edit=approved, kind="bank") as one:
        errands = Errands(one)
        one.serve(DYING, DIE_AT="credit_note:inside")
        issue = one.open_issue(LABEL)
        one.close(issue)
        one.until_state(2, "invoiced")
        errands.pay()
        errands.hand_in()
        one.until_state(2, "paid")
        one.reopen(issue)
        one.until_state(2, "disputed")
        ordered = one.cli("releases", "refund", one.contract_id, "2", "--yes")
        assert ordered.returncode == 0, ordered.stderr
        gone(one, "credit_note:inside")
        one.until_state(2, "refunded")
        errands.until_transferred(1)
        assert not errands.hand_out()
        assert journalled(one, "money_in", "transfer") == [1, 1]
        assert verify(one.db).problems == ()
