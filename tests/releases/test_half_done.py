"""Orders that a gateway has half done, or can be asked about only by sending them again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.events import InvoiceFacts
from app.gateways.base import Done, Intent, Outcome, Unknown
from tests.releases.bent import Answer, Bent, bend
from tests.releases.paying import arrive, balance, billed, legs, paid_out, pay, paying
from tests.releases.play import Play

OPEN, VOID = "con_play/1/r1/open_invoice", "con_play/1/r1/void_invoice"
LEG = "con_play/1/pay_out/acc_one"
DRAFT = InvoiceFacts("inv_draft", "", "https://pay.example/d", "draft", 60_000, "usd")
LOST = Unknown("the answer was lost")


def drafted(stage: Play) -> Bent:
    """Milestone 1 is ordered: the vendor has written the invoice, and before it was sent the line broke."""
    bent = bend(stage)

    def as_draft(intent: Intent) -> Outcome:
        asked = bent.real.ask(intent)
        return asked if intent.key != OPEN or isinstance(asked, Done) else Done(invoice=DRAFT)

    bent.sending, bent.asking = (lambda _: LOST), as_draft
    stage.closed()
    stage.settle()
    assert stage.state() == "unknown"
    assert bent.sent == [OPEN]
    bent.sending = None
    return bent


def unaskable(bent: Bent, *, may_resend: bool) -> Answer:
    """The vendor tells of invoices, and can not be asked about payouts."""
    silence = Unknown("it can not be asked about", may_resend=may_resend)
    return lambda intent: silence if "/pay_out/" in intent.key else bent.real.ask(intent)


def test_a_draft_is_completed_by_the_same_order(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        bent = drafted(stage)
        stage.pass_time()
        assert stage.state() == "invoiced"
        assert (bent.sent.count(OPEN), stage.bills()) == (2, 1)


def test_a_draft_is_no_news_of_an_invoice_and_nobody_owes_it(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        bent = drafted(stage)
        bent.sending = lambda _: LOST
        stage.pass_time()
        assert (stage.state(), stage.release()["invoice"]) == ("unknown", None)
        assert balance(stage.db, "receivable:con_play") == 0


def test_what_is_reopened_while_the_invoice_is_a_draft_is_taken_away_and_billed_anew(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        bent = drafted(stage)

        def take_away(intent: Intent) -> Outcome:
            assert intent.key == VOID, "nothing else goes out while it is taken back"
            return Done(invoice=replace(DRAFT, status="void"))

        bent.sending = take_away
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        stage.pass_time()
        assert (stage.state(), stage.bills()) == ("voided", 0)
        assert balance(stage.db, "receivable:con_play") == balance(stage.db, "revenue:con_play") == 0
        bent.sending = None
        stage.tick()
        stage.forge.close(1, stage.person("dana"))
        stage.settle()
        assert (stage.state(), stage.release()["revision"], stage.bills()) == ("invoiced", 2, 1)
        pay(stage)
        arrive(stage)
        assert stage.state() == "disbursed"


def test_a_draft_whose_taking_away_was_not_answered_is_asked_about_and_owed_by_nobody(
    tmp_path: Path,
) -> None:
    with paying(tmp_path) as stage:
        bent = drafted(stage)
        bent.sending = lambda _: LOST  # the answer to that is lost as well
        bent.asking = lambda one: Done(invoice=DRAFT) if one.key == OPEN else LOST
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        stage.pass_time()
        assert stage.release()["invoice"]["status"] == "draft"
        bent.asking = lambda one: Done(invoice=replace(DRAFT, status="void")) if one.key == VOID else LOST
        stage.pass_time()
        assert stage.state() == "voided"
        assert stage.bills() == 0


@pytest.mark.parametrize("may_resend", [True, False])
def test_what_can_not_be_asked_about_is_sent_again_only_where_the_vendor_would_refuse_it_twice(
    tmp_path: Path, may_resend: bool
) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        bent = bend(stage)

        def carry_out_in_silence(intent: Intent) -> Outcome:
            bent.real.send(intent)
            return LOST

        bent.sending = carry_out_in_silence
        bent.asking = unaskable(bent, may_resend=may_resend)
        pay(stage)
        stage.till.hints.clear()
        for _ in range(4):
            stage.pass_time()
        assert len(paid_out(stage)) == 2, "the platform took it once"
        assert (bent.sent.count(LEG) > 1) is may_resend
        bent.sending = bent.asking = None
        stage.pass_time()
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)


def test_while_it_is_held_nothing_is_sent_again_either(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        bent = bend(stage)
        bent.sending = lambda _: LOST
        bent.asking = unaskable(bent, may_resend=True)
        pay(stage)
        sent = list(bent.sent)
        stage.order("hold", "wait")
        stage.pass_time()
        stage.pass_time()
        assert bent.sent == sent
        assert {leg[3] for leg in legs(stage)} == {"unknown"}
        bent.sending = bent.asking = None
        stage.order("resume")
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)
