"""Whatever a platform does with an order, it ends as one invoice and one transfer, or with a person."""

from __future__ import annotations

import pytest

from app.gateways.http.client import HttpGateway
from app.ledger.journal import verify
from app.releases.people import orders
from app.releases.who import Who
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from tests.releases.bench import Bench

ENDS_WELL = ["500", "409", "429", "accept_then_timeout", "reset", "slow_drip"]


@pytest.mark.parametrize("fault", ENDS_WELL)
def test_an_invoice_order_that_goes_wrong_on_the_way_ends_as_one_invoice(bench: Bench, fault: str) -> None:
    bench.platform.faults.switch_on("open_invoice", fault, 1)
    bench.platform.faults.switch_on("ask", "500", 1)
    bench.release()
    stopped = bench.turn_until(
        lambda release: release["state"] in ("unknown", "invoiced") or "next try" in release["reason"]
    )
    assert stopped["reason"]
    bench.due_now()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert bench.count("invoice_opened") == 1
    assert verify(bench.db).problems == ()


@pytest.mark.parametrize("fault", ENDS_WELL)
def test_a_payout_that_goes_wrong_on_the_way_ends_as_one_transfer(bench: Bench, fault: str) -> None:
    bench.until_invoiced()
    bench.paid()
    bench.platform.faults.switch_on("payout", fault, 1)
    bench.platform.faults.switch_on("ask", "500", 1)
    bench.turn_until(
        lambda release: (
            release["state"] == "unknown"
            or any(leg["status"] in ("sent", "paid") for leg in release["payouts"])
            or "next try" in release["reason"]
        )
    )
    bench.due_now()
    bench.until_sent()
    bench.platform.faults.clear()
    (transfer,) = bench.platform.journal.entries("transfer")
    bench.platform.books.finish(transfer["payout_id"], "paid")
    bench.callback("pay_out")
    assert bench.turn_until(lambda release: release["state"] == "disbursed")
    assert bench.count("transfer") == 1
    assert verify(bench.db).balances["payable:acc_dev_team_44", "usd"] == 0


@pytest.mark.parametrize("fault", ["wrong_json", "wrong_amount", "wrong_currency"])
def test_an_answer_that_contradicts_the_order_is_held_for_a_person(bench: Bench, fault: str) -> None:
    bench.platform.faults.switch_on("open_invoice", fault, 1)
    bench.release()
    held = bench.turn_until(lambda release: release["state"] == "held")
    assert "closeout releases retry con_7732_alpha 2" in held["reason"]
    assert held["invoice"] is None
    assert bench.row()["due_at"] is None
    orders.retry(bench.db, "con_7732_alpha", 2, Who("operator", "command line"))
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert bench.count("invoice_opened") == 1


def test_a_payout_answer_that_contradicts_the_order_is_held_too(bench: Bench) -> None:
    bench.until_invoiced()
    bench.paid()
    bench.platform.faults.switch_on("payout", "wrong_amount", 1)
    held = bench.turn_until(lambda release: release["state"] == "held")
    assert held["payouts"][0]["status"] == "held"
    assert bench.row()["due_at"] is None
    orders.retry(bench.db, "con_7732_alpha", 2, Who("operator", "command line"))
    bench.until_sent()
    assert bench.count("transfer") == 1


def test_a_saved_500_is_asked_about_and_never_sent_under_a_new_key(bench: Bench) -> None:
    bench.platform.faults.switch_on("open_invoice", "saved_500", 1)
    bench.release()
    failed = bench.turn_until(lambda release: release["state"] == "failed")
    assert "failed for good" in failed["reason"]
    orders.retry(bench.db, "con_7732_alpha", 2, Who("operator", "command line"))
    bench.turn_until(lambda release: release["state"] == "failed" and "failed for good" in release["reason"])
    assert bench.count("invoice_opened") == 0
    keys = {entry["key"] for entry in bench.platform.journal.entries("request")}
    assert len({key for key in keys if "open_invoice" in key}) == 1


def test_a_refusal_fails_visibly_and_a_retry_after_the_mend_goes_through(bench: Bench) -> None:
    bench.platform.faults.switch_on("open_invoice", "refuse_4xx", 1)
    bench.release()
    failed = bench.turn_until(lambda release: release["state"] == "failed")
    assert "closeout releases retry" in failed["reason"]
    orders.retry(bench.db, "con_7732_alpha", 2, Who("operator", "command line"))
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert bench.count("invoice_opened") == 1


def test_an_order_is_never_sent_to_another_platform_than_the_one_that_may_have_it(bench: Bench) -> None:
    bench.platform.faults.switch_on("open_invoice", "accept_then_timeout", 1)
    bench.platform.faults.switch_on("ask", "500", 1)
    bench.release()
    bench.turn_until(lambda release: release["state"] == "unknown")
    with SandboxPlatform() as other:
        bench.gateways["platform"] = HttpGateway("platform", other.events_url, SANDBOX_SECRET)
        bench.due_now()
        held = bench.turn_until(lambda release: release["state"] == "held")
        assert "may have been carried out at" in held["reason"]
        assert other.journal.entries() == []
    bench.gateways["platform"] = HttpGateway("platform", bench.platform.events_url, SANDBOX_SECRET)
    orders.retry(bench.db, "con_7732_alpha", 2, Who("operator", "command line"))
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert bench.count("invoice_opened") == 1
