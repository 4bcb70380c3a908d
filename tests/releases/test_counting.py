"""Answers in any order, from any time and any server: what came in is posted once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.gateways.base import Done
from app.inbox.relay import Delivery
from app.invoices.tables import invoices
from app.ledger.journal import verify
from app.releases.gateway_events import GatewayEvents
from app.releases.money.answers import apply_answer
from tests.releases.bent import bend
from tests.releases.paying import arrive, balance, billed, paid_out, pay, paying
from tests.releases.play import Play

OPEN = "con_play/1/r1/open_invoice"


def says(stage: Play, key: str = OPEN, **facts: Any) -> None:
    """The gateway's answer about the invoice of that order, as it says it now but for these facts."""
    asked = stage.caller.ask(key)
    assert isinstance(asked, Done)
    assert asked.invoice is not None
    with stage.db.transaction() as connection:
        apply_answer(connection, key, replace(asked, invoice=replace(asked.invoice, **facts)))
    stage.settle()


def entries(stage: Play) -> int:
    return verify(stage.db).entry_count


def test_the_same_facts_again_and_older_ones_post_nothing(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage, 20_000)
        pay(stage, 50_000)
        arrive(stage)
        before = entries(stage)
        for received in (0, 20_000, 70_000, None):
            says(stage, received_minor=received)
        says(stage, status="open", received_minor=20_000)
        assert (entries(stage), stage.state()) == (before, "disbursed")


def test_a_release_that_was_paid_before_payments_were_counted_is_asked_again(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        with stage.db.transaction() as connection:  # as the migration leaves an old row
            connection.execute(sa.update(invoices).values(received_minor=0))
        before = entries(stage)
        says(stage)
        says(stage, received_minor=None)
        assert (entries(stage), stage.state()) == (before, "disbursed")
        pay(stage, 500)
        assert balance(stage.db, "client_credit:con_play") == -500
        stage.order("dispute", "bad work")
        stage.order("refund", keep_payouts=False)
        assert balance(stage.db, "cash:platform") == 0


def test_what_an_older_server_posts_while_both_run_is_not_posted_again(tmp_path: Path) -> None:
    """It knows one name for a payment, and nothing of how much came in."""
    with paying(tmp_path, auto_clear=False) as stage:
        invoice = billed(stage)
        stage.platform.books.receive(invoice)
        stage.till.hints.clear()
        says(stage, received_minor=None)
        with stage.db.transaction() as connection:
            connection.execute(sa.update(invoices).values(received_minor=0))
        before = entries(stage)
        says(stage)
        stage.order("approve")
        arrive(stage)
        assert stage.state() == "disbursed"
        assert balance(stage.db, "cash:platform") == 0
        assert entries(stage) == before + 2, "the two shares went out"


@pytest.mark.parametrize("index", [1, 2])
def test_money_for_a_void_invoice_is_the_clients_and_calls_a_person(tmp_path: Path, index: int) -> None:
    """Index 2: the milestone has a further invoice by then."""
    with paying(tmp_path) as stage:
        billed(stage)
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        assert stage.state() == "voided"
        if index == 2:
            stage.tick()
            stage.forge.close(1, stage.person("dana"))
            stage.settle()
            assert stage.release()["revision"] == 2
        says(stage, received_minor=60_000)
        says(stage, received_minor=60_000)
        assert stage.state() in ("held", "disputed")
        assert "600.00 usd came in for invoice SBX-0001, which is void" in stage.reason()
        assert "closeout releases resume con_play 1" in stage.reason()
        assert balance(stage.db, "client_credit:con_play") == -60_000
        assert paid_out(stage) == []
        stage.order("resume")
        assert stage.state() == ("voided" if index == 1 else "invoiced")
        stage.check = lambda: None  # type: ignore[method-assign]  # the platform took no such money


def test_a_paid_invoice_that_an_old_answer_calls_disputed_no_more_lost_stays_lost(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        invoice = billed(stage)
        pay(stage)
        arrive(stage)
        stage.platform.disputes.open(invoice)
        stage.platform.disputes.close(invoice, "lost")
        stage.settle()
        before = entries(stage)
        says(stage, lost_minor=0)
        assert (entries(stage), stage.state()) == (before, "disputed")


def test_a_callback_by_an_invoices_own_id_is_about_that_invoice(tmp_path: Path) -> None:
    """A vendor that knows nothing of our orders names its invoice, which may be of an earlier revision."""
    with paying(tmp_path) as stage:
        first = billed(stage)
        stage.forge.reopen(1, stage.person("dana"))
        stage.settle()
        stage.tick()
        stage.forge.close(1, stage.person("dana"))
        stage.settle()
        bent = bend(stage)
        asked: list[str] = []
        bent.asking = lambda intent: asked.append(intent.key) or bent.real.ask(intent)  # type: ignore[func-returns-value]
        told: dict[str, Any] = {"id": first, "number": "n", "url": "https://x.example/i", "status": "void"}
        told |= {"amount_cents": 60_000, "currency": "usd"}
        body = json.dumps({"event": "invoice.voided", "data": {"invoice": told}})
        delivery = Delivery(1, "gateway", "platform", "cb", {"webhook-id": "cb"}, body.encode())
        GatewayEvents(stage.db, stage.gateways, stage.caller).handle(delivery)
        assert asked == [OPEN]
        assert stage.state() == "invoiced"
