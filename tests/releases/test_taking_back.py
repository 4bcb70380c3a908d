"""Taking an invoice back: voids and the next revision, refunds, and answers that come too late."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.gateways.base import Done, Failed, Unknown
from app.releases.facts import invoice_key, lock_release
from app.releases.money.answers import apply_answer
from app.releases.money.recall import record_void
from tests.releases.play import Play, play
from tests.releases.scene import LABEL


def test_an_open_invoice_is_voided_and_issued_again_as_the_next_revision(stage: Play) -> None:
    number = stage.closed()
    stage.settle()
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    assert stage.state() == "voided"
    assert "#1 was reopened by dana" in stage.reason()
    assert len(stage.journal("invoice_voided")) == 1
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    release = stage.release()
    assert (release["state"], release["revision"], stage.bills()) == ("invoiced", 2, 2)
    stage.pay()
    assert (stage.state(), len(stage.journal("transfer"))) == ("disbursed", 2)


def test_a_second_closing_alone_never_issues_a_voided_invoice_again(stage: Play) -> None:
    number = stage.closed()
    stage.settle()
    (invoice,) = stage.platform.books.invoices()
    stage.platform.undoing.void(invoice.id)  # the seller did it by hand, at the platform
    stage.settle()
    assert stage.state() == "voided"
    for sent in stage.forge.sent():
        stage.deliver(sent)
    stage.settle()
    assert (stage.state(), stage.bills()) == ("voided", 1)
    stage.forge.reopen(number, stage.person("dana"))
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert stage.bills() == 1, "only what was seen to be reopened is done again"
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.bills()) == ("invoiced", 2)


def voided_pair(stage: Play) -> tuple[int, int]:
    """Two issues that were billed; the second was opened again, so that the invoice is void."""
    dana = stage.person("dana")
    first, second = (stage.forge.open_issue("Some work", [LABEL], dana) for _ in range(2))
    for number in (first, second):
        stage.forge.close(number, dana)
    stage.settle()
    stage.forge.reopen(second, dana)
    stage.settle()
    return first, second


@pytest.mark.parametrize("is_open", [False, True])
def test_what_left_a_voided_milestone_by_a_labeler_is_not_waited_for(stage: Play, is_open: bool) -> None:
    dana, (first, second) = stage.person("dana"), voided_pair(stage)
    stage.forge.unlabel(first, LABEL, dana)
    if is_open:
        stage.forge.reopen(first, dana)
    stage.settle()
    assert (stage.state(), stage.bills()) == ("voided", 1)
    stage.forge.close(second, dana)
    stage.settle()
    assert (stage.state(), stage.bills()) == ("invoiced", 2)


@pytest.mark.parametrize("is_open", [False, True])
def test_what_left_a_voided_milestone_by_a_stranger_waits_for_a_person(stage: Play, is_open: bool) -> None:
    dana, (first, second) = stage.person("dana"), voided_pair(stage)
    stage.forge.unlabel(first, LABEL, stage.person("tess", "triage"))
    if is_open:
        stage.forge.reopen(first, dana)
    stage.forge.close(second, dana)
    stage.settle()
    assert (stage.state(), stage.bills()) == ("voided", 1)
    assert "tess (triage) took it out: put it back" in stage.reason()


def test_an_invoice_that_is_paid_while_it_is_being_voided_is_disputed(stage: Play) -> None:
    number = stage.closed()
    stage.settle()
    stage.platform.faults.switch_on("void_invoice", "500", 1)
    stage.forge.reopen(number, stage.person("dana"))
    (invoice,) = stage.platform.books.invoices()
    stage.platform.books.receive(invoice.id)
    stage.settle()
    stage.pass_time()
    assert stage.state() == "disputed"
    assert stage.journal("transfer") == []


def test_a_refund_brings_the_shares_back_and_gives_the_client_its_money(stage: Play) -> None:
    number = stage.closed()
    stage.settle()
    stage.pay()
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    assert stage.state() == "disputed"
    stage.order("refund", keep_payouts=False)
    assert stage.state() == "refunded"
    assert len(stage.journal("reversal")) == 2
    (credit,) = stage.journal("credit_note")
    assert credit["amount_cents"] == 60_000
    assert {leg["status"] for leg in stage.release()["payouts"]} == {"reversed"}
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.bills()) == ("refunded", 1), "a milestone bills once"


def test_a_payee_who_has_spent_its_share_stops_the_refund_until_the_operator_decides(stage: Play) -> None:
    number = stage.closed()
    stage.settle()
    stage.pay()
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    stage.platform.undoing.empty_payee("acc_two", 0)
    stage.order("refund", keep_payouts=False)
    assert stage.state() == "held"
    assert stage.journal("credit_note") == []
    stage.platform.undoing.seller_credit_minor = 100_000
    stage.order("refund", keep_payouts=True)
    assert (stage.state(), len(stage.journal("credit_note"))) == ("refunded", 1)


def test_an_answer_from_before_the_credit_note_changes_nothing(stage: Play) -> None:
    number = stage.closed()
    stage.settle()
    stage.pay()
    with stage.db.reading() as connection:
        paid = stage.caller.ask(invoice_key(lock_release(connection, "con_play/1")))
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    stage.order("refund", keep_payouts=False)
    with stage.db.transaction() as connection:
        apply_answer(connection, "con_play/1/r1/open_invoice", paid)
    stage.settle()
    assert (stage.state(), stage.release()["invoice"]["status"]) == ("refunded", "credited")


def test_an_answer_from_before_the_void_changes_nothing(stage: Play) -> None:
    number = stage.closed()
    stage.settle()
    still_open = stage.caller.ask("con_play/1/r1/open_invoice")
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    with stage.db.transaction() as connection:
        apply_answer(connection, "con_play/1/r1/open_invoice", still_open)
    assert stage.state() == "voided"


def test_a_stranger_who_reopens_while_the_order_is_unknown_voids_nothing_either(stage: Play) -> None:
    stage.person("tess", "triage")
    stage.platform.faults.switch_on("open_invoice", "reset", 1)
    stage.platform.faults.switch_on("ask", "500", 1)
    number = stage.closed()
    stage.settle()
    assert stage.state() == "unknown"
    stage.forge.reopen(number, stage.person("tess"))
    stage.settle()
    stage.pass_time()
    assert (stage.state(), stage.journal("invoice_voided")) == ("disputed", [])


def test_a_refund_of_an_open_invoice_is_not_billed_again_until_the_work_is_closed_anew(
    tmp_path: Path,
) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.closed()
        stage.settle()
        assert stage.state() == "invoiced"
        stage.order("dispute", "bad work")
        stage.order("refund", keep_payouts=False)
        assert (stage.state(), stage.bills()) == ("voided", 1)
        for sent in stage.forge.sent():
            stage.deliver(sent)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("voided", 1)
        stage.tick()
        stage.forge.reopen(number, stage.person("dana"))
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.bills()) == ("invoiced", 2)


def test_what_was_taken_back_before_the_invoice_is_not_released_by_looking_again(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"acceptance": {"by": ["anna"], "within": "2 days"}}) as stage:
        stage.person("anna", "read")
        stage.closed()
        stage.settle()
        stage.order("dispute", "bad work")
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "withdrawn"
        stage.order("hold", "x")
        stage.order("resume")
        assert stage.state() == "held"
        assert "the refund was ordered by olaf" in stage.reason()
        stage.order("approve")
        assert stage.state() == "awaiting_acceptance"


def test_what_came_of_an_earlier_revisions_void_is_no_word_about_the_present_invoice(stage: Play) -> None:
    """A run that was killed while it wrote the void down is resumed when the next revision is billed."""
    number = stage.closed()
    stage.settle()
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    voided = stage.caller.ask("con_play/1/r1/void_invoice")
    assert isinstance(voided, Done)
    stage.tick()
    stage.forge.close(number, stage.person("dana"))
    stage.settle()
    assert (stage.state(), stage.release()["revision"]) == ("invoiced", 2)
    for outcome in (voided, Unknown("who knows"), Failed("refused")):
        with stage.db.transaction() as connection:
            record_void(connection, "con_play/1", "con_play/1/r1/void_invoice", outcome)
        assert stage.state() == "invoiced"
