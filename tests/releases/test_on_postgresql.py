"""The ways back on PostgreSQL too: its locks, its types and its constraints are not SQLite's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PostgresServer
from tests.releases.play import Play, play

RULES = {
    "acceptance": {"by": ["anna"], "within": "2 days"},
    "approve_above": "500.00",
    "approvers": ["lena"],
    "max_per_day": "5000.00",
    "grace": "1m",
}


@pytest.fixture
def stage(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Play]:
    """Every rule at once."""
    name = f"play_{abs(hash(str(tmp_path)))}"
    with play(tmp_path, "gitlab", RULES, database_url=postgres_server.create(name)) as one:
        one.person("anna", "read")
        one.person("lena", "admin")
        yield one
        one.check()
    postgres_server.drop(name)


def say(stage: Play, by: str, text: str) -> None:
    stage.forge.comment(1, stage.person(by), f"/closeout {text}")
    stage.settle()


def until_invoiced(stage: Play) -> None:
    """Approved by lena, through the grace, accepted by anna."""
    stage.settle()
    assert stage.state() in ("held", "ready")
    if stage.state() == "held":
        say(stage, "lena", "approve")
    assert stage.state() == "ready"
    stage.pass_time()
    assert stage.state() == "awaiting_acceptance"
    say(stage, "anna", "accept")
    assert stage.state() == "invoiced"


def test_voided_billed_again_paid_disputed_and_refunded(stage: Play) -> None:
    number = stage.closed()
    until_invoiced(stage)
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    assert stage.state() == "voided"
    stage.forge.close(number, stage.person("dana"))
    until_invoiced(stage)
    assert (stage.release()["revision"], stage.bills()) == (2, 2)
    stage.pay()
    assert stage.state() == "disbursed"
    say(stage, "anna", "dispute it broke")
    assert stage.state() == "disputed"
    stage.order("refund", keep_payouts=False)
    assert stage.state() == "refunded"
    assert (len(stage.journal("reversal")), len(stage.journal("credit_note"))) == (2, 1)


def test_a_hold_stops_the_payouts_until_it_is_lifted(stage: Play) -> None:
    stage.closed()
    until_invoiced(stage)
    say(stage, "anna", "hold wait")
    stage.pay()
    assert (stage.state(), stage.journal("transfer")) == ("held", [])
    say(stage, "anna", "resume")
    assert (stage.state(), len(stage.journal("transfer"))) == ("disbursed", 2)
