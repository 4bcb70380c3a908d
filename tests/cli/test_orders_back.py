"""The operator's orders: refunds, and the client's word passed on; refusals, and doing it twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.db import Database
from tests.cli.ordering import ASKING, EXPLAIN, changes, order, refusal
from tests.cli.prepared import CONTRACT, Desk
from tests.releases.examples import seen


@pytest.fixture
def desk(sqlite_db: Database, tmp_path: Path) -> Desk:
    return Desk(sqlite_db, tmp_path)


def test_refund_of_a_disbursed_milestone_says_what_it_does_and_does_it(db: Database, tmp_path: Path) -> None:
    desk = Desk(db, tmp_path)
    desk.disbursed()
    desk.reopened()
    said = order(desk, "refund", "--as", "olga", answer="y\n")
    assert (
        f"Take milestone 2 of {CONTRACT} back? This brings the payees' shares back, then gives the client"
        " 7,500.00 usd back [y/N]: y" in said
    )
    assert f"{CONTRACT}/2: the refund was ordered by olga (command line); it is refunding\n" in said
    desk.refund_through()
    assert desk.state() == "refunded"
    words = refusal(desk, "refund", "--yes")
    assert f"{CONTRACT}/2 is refunded: only what is disputed or held after its release is refunded" in words
    assert words.endswith(EXPLAIN)


def test_refund_can_leave_the_payees_what_they_got(desk: Desk) -> None:
    desk.disbursed()
    desk.reopened()
    said = order(desk, "refund", "--keep-payouts", answer="y\n")
    assert "This gives the client 7,500.00 usd back; the payees keep theirs" in said
    assert desk.state() == "refunding"


def test_refund_does_nothing_without_a_yes(desk: Desk) -> None:
    desk.disbursed()
    desk.reopened()
    before = changes(desk)
    assert desk.call("releases", "refund", CONTRACT, "2", answer="n\n").exit_code == 1
    assert (desk.state(), changes(desk)) == ("disputed", before)


def test_refund_before_any_payout_gives_the_client_its_money_back(desk: Desk) -> None:
    desk.paid()
    desk.reopened()
    assert "This gives the client 7,500.00 usd back [y/N]" in order(desk, "refund", answer="y\n")
    desk.refund_through()
    assert desk.state() == "refunded"


def test_refund_of_an_open_invoice_voids_it_and_twice_is_once(desk: Desk) -> None:
    desk.invoiced()
    order(desk, "hold", "a slip")
    assert "This voids invoice 2026-2-1 [y/N]" in order(desk, "refund", answer="y\n")
    before = changes(desk)
    assert "is being taken back already: the refund was ordered" in order(desk, "refund", "--yes")
    assert changes(desk) == before
    desk.gateway_says("void")
    assert desk.state() == "voided"


def test_refund_before_the_invoice_takes_the_release_back(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, ASKING)
    desk.asked()
    order(desk, "dispute", "not done")
    assert "This takes the release back; nothing was billed" in order(desk, "refund", answer="y\n")
    assert desk.state() == "withdrawn"


def test_refund_ends_where_the_gateway_voided_a_held_invoice_by_itself(desk: Desk) -> None:
    desk.invoiced()
    order(desk, "hold", "a slip")
    desk.gateway_says("void")
    assert desk.state() == "held"
    order(desk, "refund", "--yes")
    assert desk.state() == "voided"


def test_refund_of_an_uncollectible_invoice_says_where_it_is_settled(desk: Desk) -> None:
    desk.invoiced()
    desk.gateway_says("uncollectible")
    words = refusal(desk, "refund", "--yes")
    assert "invoice 2026-2-1 is uncollectible: nothing was paid that could be given back" in words
    assert words.endswith(f"then: closeout releases retry {CONTRACT} 2")


@pytest.mark.parametrize(
    ("step", "first"),
    [
        ("released", f"First: closeout releases hold {CONTRACT} 2 REASON"),
        ("invoiced", f"First: closeout releases hold {CONTRACT} 2 REASON"),
        ("disbursed", f"First: closeout releases dispute {CONTRACT} 2 REASON"),
        ("voided", f"See what is next: {EXPLAIN}"),
    ],
)
def test_refund_of_what_nobody_disputes_says_what_comes_first_and_asks_nothing(
    desk: Desk, step: str, first: str
) -> None:
    getattr(desk, step)()
    assert refusal(desk, "refund").endswith(first)


def test_the_first_step_that_a_refused_refund_names_leads_to_the_refund(desk: Desk) -> None:
    desk.disbursed()
    refusal(desk, "refund", "--yes")
    order(desk, "dispute", "it does not work")
    order(desk, "refund", "--yes")
    assert desk.state() == "refunding"


@pytest.fixture
def asked(sqlite_db: Database, tmp_path: Path) -> Desk:
    """Milestone 2 waits for carl's acceptance."""
    desk = Desk(sqlite_db, tmp_path, ASKING)
    desk.asked()
    return desk


def test_accept_in_the_clients_name_has_it_billed_and_twice_is_once(asked: Desk) -> None:
    assert order(asked, "accept", "--as", "carl") == (f"{CONTRACT}/2: accepted by carl (command line)\n")
    assert order(asked, "accept") == f"{CONTRACT}/2 was accepted before\n"
    asked.order_invoice()
    assert asked.state() == "invoiced"


def test_dispute_in_the_clients_name_stops_it_and_accept_ends_the_dispute(asked: Desk) -> None:
    assert order(asked, "dispute", "the colours are wrong", "--as", "carl") == (
        f"{CONTRACT}/2: disputed by carl (command line): the colours are wrong\n"
    )
    assert asked.state() == "disputed"
    again = order(asked, "dispute", "the colours are wrong", "--as", "carl")
    assert again == f"{CONTRACT}/2 is disputed already\n"
    assert "accepted by" in order(asked, "accept")
    asked.order_invoice()
    assert asked.state() == "invoiced"


def test_accepting_does_not_lift_what_the_operator_holds(asked: Desk) -> None:
    order(asked, "hold", "wait")
    assert "accepted by" in order(asked, "accept")
    assert asked.state() == "held"
    assert "it is awaiting_acceptance" in order(asked, "resume")


@pytest.mark.parametrize("step", ["released", "invoiced", "disbursed"])
def test_accept_where_nobody_was_asked_is_refused(desk: Desk, step: str) -> None:
    getattr(desk, step)()
    assert refusal(desk, "accept").endswith(f"it waits for nobody's acceptance. See what is next: {EXPLAIN}")


def test_dispute_of_what_is_not_released_names_the_other_way(desk: Desk) -> None:
    desk.decide(2, seen(is_open=True))
    words = refusal(desk, "dispute", "no")
    assert words == (
        f"{CONTRACT}/2 is waiting: there is nothing that could be disputed. Reopen the issue instead"
    )


def test_dispute_of_what_is_void_says_why_there_is_nothing(desk: Desk) -> None:
    desk.voided()
    words = refusal(desk, "dispute", "no")
    assert "is voided: there is nothing that could be disputed" in words
    assert "#12 was reopened by dana" in words
