"""Kill -9 between a gateway's taking of an order and our record of it: it happens once, at every gateway."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from app.capabilities import OF_KIND
from app.ledger.journal import verify
from tests.e2e.stack import Stack, stack

DYING = (sys.executable, "-m", "tests.e2e.dying", "serve")
LABEL = "milestone:ui-prototype"
KINDS = ("stripe", "paypal")
BACK = [
    (kind, step)
    for kind in KINDS
    for step in ("reverse_payout", "credit_note")
    if OF_KIND[kind].reversal or step == "credit_note"
]


def gone(one: Stack, moment: str) -> None:
    """The server is killed at that moment, and another one goes on."""
    assert one.server is not None
    assert one.server.process is not None
    one.until(f"the kill at {moment}", one.server.process.poll)
    assert one.server.process.returncode == -9
    one.serve()


def journalled(one: Stack, *kinds: str) -> list[int]:
    return [len(one.journal(kind)) for kind in kinds]


@pytest.mark.parametrize("step", ["open_invoice", "pay_out"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_taken_before_a_kill_is_not_ordered_again(tmp_path: Path, kind: str, step: str) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", kind=kind) as one:
        one.serve(DYING, DIE_AT=f"{step}:inside")
        one.close(one.open_issue(LABEL))
        gone(one, f"{step}:inside")
        one.until_state(2, "disbursed")
        one.assert_paid_once(2)


REQUESTS = [("stripe", number) for number in range(1, 8)] + [("paypal", number) for number in range(2, 5)]


@pytest.mark.parametrize(("kind", "number"), REQUESTS)
def test_a_kill_after_any_request_of_an_order_leaves_nothing_half_done(
    tmp_path: Path, kind: str, number: int
) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", kind=kind) as one:
        one.serve(DYING, DIE_AT=f"post:after#{number}")
        one.close(one.open_issue(LABEL))
        gone(one, f"post:after#{number}")
        one.until_state(2, "disbursed")
        one.assert_paid_once(2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_void_that_was_done_before_a_kill_is_done_once(tmp_path: Path, kind: str) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", pay_after_s=None, kind=kind) as one:
        one.serve(DYING, DIE_AT="void_invoice:inside")
        issue = one.open_issue(LABEL)
        one.close(issue)
        one.until_state(2, "invoiced")
        one.reopen(issue)
        gone(one, "void_invoice:inside")
        one.until_state(2, "voided")
        assert journalled(one, "invoice_opened", "invoice_voided", "transfer") == [1, 1, 0]
        assert verify(one.db).problems == ()


@pytest.mark.parametrize(
    ("kind", "step"), [one for one in BACK if one[1] != "reverse_payout" or OF_KIND[one[0]].reversal]
)
def test_what_was_given_back_before_a_kill_is_given_back_once(tmp_path: Path, kind: str, step: str) -> None:
    has_reversals = OF_KIND[kind].reversal

    def approved(file: dict[str, Any]) -> None:
        file["contracts"][0]["payout"]["auto_clear"] = has_reversals  # else nobody could give a share back

    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", edit=approved, kind=kind) as one:
        one.serve(DYING, DIE_AT=f"{step}:inside")
        issue = one.open_issue(LABEL)
        one.close(issue)
        one.until_state(2, "disbursed" if has_reversals else "paid")
        one.reopen(issue)
        one.until_state(2, "disputed")
        contract = one.contract_id
        ordered = one.cli("releases", "refund", contract, "2", "--yes")
        assert ordered.returncode == 0, ordered.stderr
        gone(one, f"{step}:inside")
        one.until_state(2, "refunded")
        assert journalled(one, "credit_note") == [1]
        assert journalled(one, "reversal") == journalled(one, "transfer")
        assert verify(one.db).problems == ()
