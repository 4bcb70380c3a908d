"""A payee whose account is not ready is waited for, visibly, and paid once its gateway says that it is."""

from __future__ import annotations

import json
from pathlib import Path

from app.inbox.relay import Delivery, Handled
from app.releases.gateway_events import GatewayEvents
from app.releases.people.orders import retry
from tests.releases.paying import arrive, billed, legs, paid_out, pay, paying
from tests.releases.play import OPERATOR, Play


def told(stage: Play, account: str) -> Handled:
    """The platform's callback that an account has changed."""
    body = json.dumps({"event": "account.updated", "data": {"account_token": account}}).encode()
    delivery = Delivery(1, "gateway", "platform", "cb_1", {"webhook-id": "cb_1"}, body)
    handled = GatewayEvents(stage.db, stage.gateways, stage.caller).handle(delivery)
    stage.settle()
    return handled


def waiting(stage: Play, retry_after_s: int = 60) -> None:
    """Milestone 1 is paid, and acc_two can not be."""
    billed(stage)
    stage.platform.set_ready("acc_two", False, retry_after_s)
    pay(stage)


def test_the_share_waits_with_its_reason_and_is_paid_when_the_account_is_ready(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        waiting(stage)
        assert "payout of 240.00 usd to acc_two: " in stage.reason()
        assert "acc_two can not be paid yet; next try" in stage.reason()
        assert told(stage, "acc_one") == Handled("ignored", "nothing waits for acc_one", "account.updated")
        stage.platform.set_ready("acc_two", True)
        assert [account for account, _ in paid_out(stage)] == ["acc_one"]
        handled = told(stage, "acc_two")
        assert (handled.status, handled.reason) == ("handled", "con_play/1 tried again")
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)
        assert told(stage, "acc_two").status == "ignored"


def test_an_account_that_changed_and_still_is_not_ready_goes_on_waiting(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        waiting(stage)
        told(stage, "acc_two")
        told(stage, "acc_two")
        assert ("acc_two", 1, 24_000, "owed") in legs(stage)
        assert "next try" in stage.reason()
        assert len(paid_out(stage)) == 1


def test_what_is_held_is_not_woken(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        waiting(stage)
        stage.order("hold", "wait")
        stage.platform.set_ready("acc_two", True)
        assert told(stage, "acc_two").status == "ignored"
        assert len(paid_out(stage)) == 1
        stage.order("resume")
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)


def test_what_was_refused_for_good_waits_for_a_person_who_says_so(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        waiting(stage, retry_after_s=0)
        arrive(stage)
        assert stage.state() == "partially_disbursed"
        assert "After mending it: closeout releases retry con_play 1" in stage.reason()
        stage.platform.set_ready("acc_two", True)
        told(stage, "acc_two")
        assert len(paid_out(stage)) == 1
        assert retry(stage.db, "con_play", 1, OPERATOR)
        stage.settle()
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 2)


def test_another_gateways_word_of_an_account_of_that_name_wakes_nothing(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        waiting(stage)
        stage.gateways["other"] = stage.gateways["platform"]
        body = b'{"event": "account.updated", "data": {"account_token": "acc_two"}}'
        delivery = Delivery(1, "gateway", "other", "cb_1", {"webhook-id": "cb_1"}, body)
        handled = GatewayEvents(stage.db, stage.gateways, stage.caller).handle(delivery)
        assert handled.status == "ignored"
