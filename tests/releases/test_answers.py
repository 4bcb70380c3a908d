"""What a platform says of an order later: late, lost, stale, contradicting, or never mind."""

from __future__ import annotations

from app.db import later
from app.events import InvoiceFacts, PayoutFacts
from app.gateways.base import Done
from app.ledger.journal import verify
from app.releases.people import orders
from app.releases.queries import list_releases
from app.releases.who import Who
from tests.releases.bench import Bench


def test_a_payout_that_fails_at_the_platform_is_shown_as_owed(bench: Bench) -> None:
    bench.until_invoiced()
    bench.paid()
    bench.turn_until(lambda release: release["payouts"][0]["status"] in ("sent", "paid"))
    (transfer,) = bench.platform.journal.entries("transfer")
    bench.platform.books.finish(transfer["payout_id"], "failed", "the account is closed")
    bench.callback("pay_out")
    partly = bench.turn_until(lambda release: release["state"] == "partially_disbursed")
    assert "the account is closed" in partly["reason"]
    assert verify(bench.db).balances["payable:acc_dev_team_44", "usd"] == -750_000


def test_a_lost_callback_is_made_good_by_asking(bench: Bench) -> None:
    bench.until_invoiced()
    (invoice,) = bench.platform.books.invoices()
    bench.platform.books.receive(invoice.id)  # and the callback is lost
    orders.retry(bench.db, "con_7732_alpha", 2, Who("operator", "command line"))
    bench.until_sent()
    (transfer,) = bench.platform.journal.entries("transfer")
    bench.platform.books.finish(transfer["payout_id"], "paid")
    orders.retry(bench.db, "con_7732_alpha", 2, Who("operator", "command line"))
    bench.turn_until(lambda release: release["state"] == "disbursed")
    assert bench.count("transfer") == 1


def test_a_stale_answer_after_the_payment_changes_nothing(bench: Bench) -> None:
    bench.until_invoiced()
    (invoice,) = bench.platform.books.invoices()
    stale = bench.caller.ask(bench.key("open_invoice"))
    bench.platform.books.receive(invoice.id)
    bench.callback("open_invoice")
    assert bench.apply("open_invoice", stale) == "paid"
    bench.until_sent()


def test_an_invoice_that_is_voided_and_then_paid_waits_for_a_person_and_goes_on(bench: Bench) -> None:
    bench.until_invoiced()
    facts = list_releases(bench.db)[0]["invoice"]

    def say(status: str) -> str:
        told = InvoiceFacts(facts["id"], facts["number"], facts["url"], status, 750_000, "usd")
        return bench.apply("open_invoice", Done(invoice=told))

    assert say("void") == "voided"
    bench.platform.books.receive(facts["id"])
    assert say("paid") == "held"
    orders.retry(bench.db, "con_7732_alpha", 2, Who("operator", "command line"))
    bench.until_sent()
    assert bench.count("transfer") == 1


def test_the_books_follow_a_payout_that_failed_and_arrived_after_all(bench: Bench) -> None:
    bench.until_invoiced()
    bench.paid()
    bench.until_sent()
    for status, owed in (("failed", -750_000), ("paid", 0), ("failed", -750_000), ("paid", 0)):
        told = PayoutFacts("po_000001", "acc_dev_team_44", status, 750_000, "usd")
        bench.apply("pay_out", Done(payouts=(told,)))
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
    bench.until_invoiced()
    (invoice,) = bench.platform.books.invoices()
    bench.platform.books.receive(invoice.id)  # and the callback is lost
    assert bench.row()["due_at"] is not None
    bench.due_now()  # an hour passes
    bench.until_sent()
    (transfer,) = bench.platform.journal.entries("transfer")
    bench.platform.books.finish(transfer["payout_id"], "paid")
    bench.turn_until(lambda release: release["state"] == "disbursing")
    bench.due_now()
    bench.turn_until(lambda release: release["state"] == "disbursed")
    assert bench.row()["due_at"] > later(3600), "no hourly asking any more"
