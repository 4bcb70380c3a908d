"""Kill -9 while something is taken back: one invoice is voided, one share reversed, one credit written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from app.ledger.journal import verify
from tests.e2e.stack import Stack, stack

DYING = (sys.executable, "-m", "tests.e2e.dying", "serve")
LABEL = "milestone:ui-prototype"

VOIDING = [
    f"{step}:{when}"
    for step in ("order_void", "void_invoice", "record_void")
    for when in ("before", "inside", "after")
]
REFUNDING = [
    f"{step}:{when}"
    for step in (
        "order_reversals",
        "reverse_payout",
        "record_reversal",
        "order_credit",
        "credit_note",
        "record_credit",
    )
    for when in ("inside", "after")
]


def _dies_then_goes_on(one: Stack, moment: str) -> None:
    assert one.server is not None
    process = one.server.process
    assert process is not None
    one.until(f"the kill at {moment}", process.poll)
    assert process.returncode == -9
    one.serve()


@pytest.mark.parametrize("moment", VOIDING)
def test_a_kill_while_voiding_voids_once_and_bills_the_next_revision_once(
    tmp_path: Path, moment: str
) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", pay_after_s=None) as one:
        one.serve(DYING, DIE_AT=moment)
        issue = one.open_issue(LABEL)
        one.close(issue)
        one.until_state(2, "invoiced")
        one.reopen(issue)
        _dies_then_goes_on(one, moment)
        one.until_state(2, "voided")
        assert len(one.journal("invoice_voided")) == 1
        one.close(issue)
        assert one.until_state(2, "invoiced")["revision"] == 2
        (invoice,) = [bill for bill in one.world.platform.books.invoices() if bill.status == "open"]
        one.world.platform.books.receive(invoice.id)
        one.until_state(2, "disbursed")
        assert (len(one.journal("invoice_opened")), len(one.journal("transfer"))) == (2, 1)
        assert verify(one.db).problems == ()


@pytest.mark.parametrize("moment", REFUNDING)
def test_a_kill_while_refunding_gives_back_once(tmp_path: Path, moment: str) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as one:
        one.serve(DYING, DIE_AT=moment)
        issue = one.open_issue(LABEL)
        one.close(issue)
        one.until_state(2, "disbursed")
        one.reopen(issue)
        one.until_state(2, "disputed")
        ordered = one.cli("releases", "refund", "con_7732_alpha", "2", "--yes")
        assert ordered.returncode == 0, ordered.stderr
        _dies_then_goes_on(one, moment)
        one.until_state(2, "refunded")
        assert (len(one.journal("reversal")), len(one.journal("credit_note"))) == (1, 1)
        assert verify(one.db).problems == ()


@pytest.mark.parametrize("moment", ["ask_client:before", "ask_client:inside", "ask_client:after"])
def test_a_kill_while_the_client_is_asked_asks_once_more(tmp_path: Path, moment: str) -> None:
    def accepted(file: dict[str, Any]) -> None:
        file["contracts"][0]["rules"] = {"acceptance": {"by": ["carl"], "within": "5 business days"}}

    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", edit=accepted) as one:
        one.serve(DYING, DIE_AT=moment)
        issue = one.open_issue(LABEL)
        one.close(issue)
        _dies_then_goes_on(one, moment)
        one.until_state(2, "awaiting_acceptance")
        assert one.journal("invoice_opened") == []
        one.world.repository("carl").get_issue(issue.number).create_comment("/closeout accept")
        one.until_state(2, "disbursed")
        one.until_quiet()
        one.until_told()
        one.assert_paid_once(2)
        (comment,) = one.own_comments(issue)
        assert "Accepted by carl" in comment
