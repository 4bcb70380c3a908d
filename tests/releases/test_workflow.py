"""The durable workflow by itself, against the pretend platform over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import migrations
from app.db import Database
from app.engine import Engine
from app.errors import AlreadyRunning, StorageUnavailable
from app.events import InvoiceFacts, PayoutFacts
from app.gateways.base import Done, Gateway
from app.gateways.http.client import HttpGateway
from app.ledger.journal import verify
from app.releases import orders, workflow
from app.releases.answers import apply_answer
from app.releases.calls import Caller
from app.releases.decide import decide
from app.releases.queries import list_releases
from app.releases.record import record
from app.releases.tables import intents, releases
from app.releases.workflow import ReleaseWorkflow
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from app.settings import Settings
from tests.releases.examples import contract, seen

CONTRACT = contract()


class Bench:
    """An engine, a workflow and a platform; `release` decides milestone 2, `turn_until` lets time pass."""

    def __init__(self, settings: Settings, platform: SandboxPlatform) -> None:
        self.settings, self.platform = settings, platform
        self.db = Database(settings.database_url)
        migrations.upgrade(self.db)
        self.gateways: dict[str, Gateway] = {
            "platform": HttpGateway("platform", platform.events_url, SANDBOX_SECRET, total_s=3, timeout_s=1)
        }
        self.engine = Engine(settings, self.db)
        self.caller = Caller(self.db, self.gateways)
        self.workflow = ReleaseWorkflow(self.engine, self.db, self.gateways, self.caller, lambda: None)
        self.engine.launch()

    def release(self) -> None:
        with self.db.transaction() as connection:
            milestone = CONTRACT.milestone(2)
            record(connection, CONTRACT, milestone, decide(CONTRACT, milestone, [seen()]))

    def turn_until(self, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Let the workflow take turns until the release satisfies `found`; pauses are cut short."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self.workflow.turn()
            release = list_releases(self.db)[0]
            if found(release):
                return release
            time.sleep(0.02)
        raise AssertionError(f"the release stays {list_releases(self.db)[0]}")

    def due_now(self) -> None:
        """Cut the pause before the next try short, as waiting would."""
        with self.db.transaction() as connection:
            connection.execute(
                sa.update(releases)
                .where(releases.c.due_at.is_not(None))
                .values(due_at="2000-01-01T00:00:00Z")
            )

    def row(self) -> sa.RowMapping:
        with self.db.reading() as connection:
            return connection.execute(sa.select(releases)).mappings().one()

    def callback(self, operation: str) -> None:
        """What a callback of the platform leads to: ask about the order, and apply the answer."""
        with self.db.reading() as connection:
            query = sa.select(intents).where(intents.c.operation == operation)
            intent = connection.execute(query).mappings().one()
        outcome = self.caller.ask(intent["key"])
        assert isinstance(outcome, Done)
        with self.db.transaction() as connection:
            apply_answer(connection, self.gateways, intent["key"], outcome)

    def paid(self) -> None:
        """The client pays, and the platform's callback arrives."""
        (invoice,) = self.platform.books.invoices()
        self.platform.books.receive(invoice.id)
        self.callback("open_invoice")

    def count(self, kind: str) -> int:
        """How often the platform did that."""
        return len(self.platform.journal.entries(kind))

    def close(self) -> None:
        self.engine.stop()
        self.db.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    settings = Settings.load({"CLOSEOUT_DATABASE_URL": f"sqlite:///{tmp_path / 'closeout.db'}"})
    with SandboxPlatform(settle_after_s=None) as platform:
        one = Bench(settings, platform)
        try:
            yield one
        finally:
            one.close()


def test_a_second_process_on_the_same_database_is_refused_with_the_holder(bench: Bench) -> None:
    db = Database(bench.settings.database_url)
    second = Engine(bench.settings, db)
    with pytest.raises(AlreadyRunning, match="uses this database already"):
        second.launch()
    db.close()


def test_a_run_that_dies_before_its_first_commit_is_begun_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_begin", "change"):  # the run's first step, and what would write its error down
        _break_once(monkeypatch, name)
    bench.release()
    bench.turn_until(lambda _release: bench.row()["run"] == 1)
    bench.due_now()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert len(bench.platform.journal.entries("invoice_opened")) == 1


def _break_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    original, left = getattr(workflow, name), [StorageUnavailable("the disk is full")]

    def broken(*arguments: Any, **named: Any) -> Any:
        if left:
            raise left.pop()
        return original(*arguments, **named)

    monkeypatch.setattr(workflow, name, broken)


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
    bench.release()
    bench.turn_until(lambda release: release["state"] == "invoiced")
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
    bench.turn_until(lambda release: release["payouts"][0]["status"] == "sent")
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
    orders.retry(bench.db, "con_7732_alpha", 2, "operator")
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert bench.count("invoice_opened") == 1


def test_a_payout_answer_that_contradicts_the_order_is_held_too(bench: Bench) -> None:
    bench.release()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    bench.paid()
    bench.platform.faults.switch_on("payout", "wrong_amount", 1)
    held = bench.turn_until(lambda release: release["state"] == "held")
    assert held["payouts"][0]["status"] == "held"
    assert bench.row()["due_at"] is None
    orders.retry(bench.db, "con_7732_alpha", 2, "operator")
    bench.turn_until(lambda release: release["payouts"][0]["status"] == "sent")
    assert bench.count("transfer") == 1


def test_a_gateway_that_is_not_connected_is_said_in_words_and_waited_for(bench: Bench) -> None:
    connected = bench.gateways.pop("platform")
    bench.release()
    told = bench.turn_until(lambda release: "next try" in release["reason"])
    assert "the gateway platform is not connected" in told["reason"]
    bench.gateways["platform"] = connected
    bench.due_now()
    bench.turn_until(lambda release: release["state"] == "invoiced")


def test_a_saved_500_is_asked_about_and_never_sent_under_a_new_key(bench: Bench) -> None:
    bench.platform.faults.switch_on("open_invoice", "saved_500", 1)
    bench.release()
    failed = bench.turn_until(lambda release: release["state"] == "failed")
    assert "failed for good" in failed["reason"]
    orders.retry(bench.db, "con_7732_alpha", 2, "operator")
    bench.turn_until(lambda release: release["state"] == "failed" and "failed for good" in release["reason"])
    assert bench.count("invoice_opened") == 0
    keys = {entry["key"] for entry in bench.platform.journal.entries("request")}
    assert len({key for key in keys if "open_invoice" in key}) == 1


def test_a_refusal_fails_visibly_and_a_retry_after_the_mend_goes_through(bench: Bench) -> None:
    bench.platform.faults.switch_on("open_invoice", "refuse_4xx", 1)
    bench.release()
    failed = bench.turn_until(lambda release: release["state"] == "failed")
    assert "closeout releases retry" in failed["reason"]
    orders.retry(bench.db, "con_7732_alpha", 2, "operator")
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert bench.count("invoice_opened") == 1


def test_a_payout_that_fails_at_the_platform_is_shown_as_owed(bench: Bench) -> None:
    bench.release()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    bench.paid()
    bench.turn_until(lambda release: release["payouts"][0]["status"] in ("sent", "paid"))
    (transfer,) = bench.platform.journal.entries("transfer")
    bench.platform.books.finish(transfer["payout_id"], "failed", "the account is closed")
    bench.callback("pay_out")
    partly = bench.turn_until(lambda release: release["state"] == "partially_disbursed")
    assert "the account is closed" in partly["reason"]
    assert verify(bench.db).balances["payable:acc_dev_team_44", "usd"] == -750_000


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
    orders.retry(bench.db, "con_7732_alpha", 2, "operator")
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert bench.count("invoice_opened") == 1


def test_a_lost_callback_is_made_good_by_asking(bench: Bench) -> None:
    bench.release()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    (invoice,) = bench.platform.books.invoices()
    bench.platform.books.receive(invoice.id)  # and the callback is lost
    orders.retry(bench.db, "con_7732_alpha", 2, "operator")
    bench.turn_until(lambda release: release["payouts"] != [] and release["payouts"][0]["status"] == "sent")
    (transfer,) = bench.platform.journal.entries("transfer")
    bench.platform.books.finish(transfer["payout_id"], "paid")
    orders.retry(bench.db, "con_7732_alpha", 2, "operator")
    bench.turn_until(lambda release: release["state"] == "disbursed")
    assert bench.count("transfer") == 1


def test_a_stale_answer_after_the_payment_changes_nothing(bench: Bench) -> None:
    bench.release()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    (invoice,) = bench.platform.books.invoices()
    with bench.db.reading() as connection:
        key = connection.execute(sa.select(intents.c.key)).scalar_one()
    stale = bench.caller.ask(key)
    bench.platform.books.receive(invoice.id)
    bench.callback("open_invoice")
    with bench.db.transaction() as connection:
        assert apply_answer(connection, bench.gateways, key, stale) == "paid"
    bench.turn_until(lambda release: release["payouts"][0]["status"] == "sent")


def test_an_invoice_that_is_voided_and_then_paid_waits_for_a_person_and_goes_on(bench: Bench) -> None:
    bench.release()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    facts = list_releases(bench.db)[0]["invoice"]
    with bench.db.reading() as connection:
        key = connection.execute(sa.select(intents.c.key)).scalar_one()

    def say(status: str) -> str:
        told = InvoiceFacts(facts["id"], facts["number"], facts["url"], status, 750_000, "usd")
        with bench.db.transaction() as connection:
            return apply_answer(connection, bench.gateways, key, Done(invoice=told))

    assert say("void") == "voided"
    bench.platform.books.receive(facts["id"])
    assert say("paid") == "held"
    orders.retry(bench.db, "con_7732_alpha", 2, "operator")
    bench.turn_until(lambda release: release["payouts"][0]["status"] == "sent")
    assert bench.count("transfer") == 1


def test_the_books_follow_a_payout_that_failed_and_arrived_after_all(bench: Bench) -> None:
    bench.release()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    bench.paid()
    bench.turn_until(lambda release: release["payouts"] != [] and release["payouts"][0]["status"] == "sent")
    with bench.db.reading() as connection:
        query = sa.select(intents.c.key).where(intents.c.operation == "pay_out")
        key = connection.execute(query).scalar_one()
    for status, owed in (("failed", -750_000), ("paid", 0), ("failed", -750_000), ("paid", 0)):
        told = PayoutFacts("po_000001", "acc_dev_team_44", status, 750_000, "usd")
        with bench.db.transaction() as connection:
            apply_answer(connection, bench.gateways, key, Done(payouts=(told,)))
        assert verify(bench.db).balances["payable:acc_dev_team_44", "usd"] == owed


def test_a_callback_that_overtakes_our_own_answer_is_taken_in_once(bench: Bench) -> None:
    bench.platform.faults.switch_on("open_invoice", "accept_then_timeout", 1)
    bench.platform.faults.switch_on("ask", "500", 1)
    bench.release()
    bench.turn_until(lambda release: release["state"] == "unknown")
    bench.paid()
    assert list_releases(bench.db)[0]["state"] == "paid"
    bench.due_now()
    bench.turn_until(lambda release: release["payouts"][0]["status"] in ("sent", "paid"))
    assert (bench.count("invoice_opened"), bench.count("transfer")) == (1, 1)


def test_a_lost_callback_is_found_out_without_anybody_asking_for_it(bench: Bench) -> None:
    bench.release()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    (invoice,) = bench.platform.books.invoices()
    bench.platform.books.receive(invoice.id)  # and the callback is lost
    assert bench.row()["due_at"] is not None
    bench.due_now()  # an hour passes
    bench.turn_until(lambda release: release["payouts"] != [] and release["payouts"][0]["status"] == "sent")
    (transfer,) = bench.platform.journal.entries("transfer")
    bench.platform.books.finish(transfer["payout_id"], "paid")
    bench.turn_until(lambda release: release["state"] == "disbursing")
    bench.due_now()
    bench.turn_until(lambda release: release["state"] == "disbursed")
    assert bench.row()["due_at"] is None
