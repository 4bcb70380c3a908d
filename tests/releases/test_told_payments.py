"""Whoever looks sees what came in, what is missing, whose credit it is, and what waits for which account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import closeout
from app.releases.queries import list_releases
from app.releases.told.payment_words import payments
from app.web.status import contracts_to_show
from tests.releases.paying import arrive, billed, decide, dispute, pay, paying
from tests.releases.play import Play

INVOICE: dict[str, Any] = {
    "status": "open",
    "amount_minor": 60_000,
    "currency": "usd",
    "received_minor": 0,
    "outside_minor": 0,
    "credit_minor": 0,
    "disputed_minor": 0,
    "lost_minor": 0,
}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, []),
        ({"status": "paid", "received_minor": 60_000}, []),
        ({"received_minor": 20_000}, ["200.00 usd of 600.00 usd has come in, 400.00 usd is missing"]),
        (
            {"status": "paid", "received_minor": 60_100, "outside_minor": 500},
            [
                "1.00 usd more came in, which is the client's credit",
                "5.00 usd of it came in past the gateway",
            ],
        ),
        (
            {"status": "paid", "received_minor": 60_000, "disputed_minor": 1, "lost_minor": 2},
            [
                "0.01 usd of it is asked back by the client's bank",
                "0.02 usd of it was taken back by the client's bank",
            ],
        ),
        ({"status": "credited", "received_minor": 70_000}, []),
    ],
)
def test_only_what_is_unusual_of_payments_is_told(facts: dict[str, Any], told: list[str]) -> None:
    assert payments({**INVOICE, **facts}) == told


def explained(stage: Play) -> dict[str, Any]:
    environment = {"CLOSEOUT_DATABASE_URL": stage.db.url, "CLOSEOUT_CONFIG": str(stage.config)}
    result = CliRunner(env=environment).invoke(closeout, ["explain", "con_play", "1", "--json"])
    assert result.exit_code == 0, result.output
    plain: dict[str, Any] = json.loads(result.output)
    return plain


def ways(stage: Play) -> dict[str, str]:
    """What can be done, by how, and what follows."""
    return {one["how"]: one["effect"] for one in explained(stage)["next"]}


def page(stage: Play) -> list[str]:
    """What the status page says of the payments of the first milestone."""
    (contract,) = contracts_to_show(list_releases(stage.db))["shown"]
    told: list[str] = contract["milestones"][0]["invoice"]["payments"]
    return told


def test_a_part_is_shown_everywhere_with_what_is_missing(tmp_path: Path) -> None:
    with paying(tmp_path, partial="pro_rata", auto_clear=False) as stage:
        billed(stage)
        pay(stage, 20_000)
        told = "200.00 usd of 600.00 usd has come in, 400.00 usd is missing"
        assert page(stage) == [told]
        assert told in stage.story()
        waits_for = explained(stage)["waits_for"]
        assert waits_for.startswith("an approval of the payouts over 200.00 usd; Acme Corp, who pays")
        assert told in waits_for
        assert ways(stage)["closeout releases approve con_play 1"] == "pays them out"
        assert ways(stage)["reopen an issue"] == "nothing moves until the operator decides"
        stage.order("dispute", "bad work")
        assert ways(stage)["closeout releases refund con_play 1"] == "gives the client 200.00 usd back"


def test_too_much_is_shown_as_the_clients_credit(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage, 70_000)
        arrive(stage)
        told = "100.00 usd more came in, which is the client's credit"
        assert page(stage) == [told]
        assert told in stage.story()
        assert explained(stage)["release"]["invoice"]["received_minor"] == 70_000


def test_a_share_that_waits_is_named_with_its_account_and_reason(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        stage.platform.set_ready("acc_two", False, 60)
        pay(stage)
        arrive(stage)
        waits_for = explained(stage)["waits_for"]
        assert waits_for.startswith("the gateway, which pays acc_two (240.00 usd: ")
        assert "acc_two can not be paid yet" in waits_for
        assert "next try at" in waits_for


def test_a_dispute_says_what_to_do_and_no_refund_is_offered_until_it_is_decided(tmp_path: Path) -> None:
    with paying(tmp_path) as stage:
        billed(stage)
        pay(stage)
        arrive(stage)
        dispute(stage)
        assert page(stage) == ["600.00 usd of it is asked back by the client's bank"]
        assert "bank" not in stage.story(), "what a platform says of money is for the operator"
        assert "The operator decides whether it goes on or is given back" in stage.story()
        assert set(ways(stage)) == {
            "answer the client's bank at the gateway",
            "closeout releases resume con_play 1",
        }
        decide(stage, "lost")
        effect = "brings the payees' shares back, then credits invoice SBX-0001, of which the client's bank"
        assert ways(stage)["closeout releases refund con_play 1"].startswith(effect)


def test_a_team_that_is_paid_in_advance_is_not_said_to_be_paid_for(tmp_path: Path) -> None:
    with paying(tmp_path, disburse="on_close") as stage:
        stage.platform.books.prefunded_minor = 60_000
        billed(stage)
        arrive(stage)
        assert explained(stage)["waits_for"] == "Acme Corp, who pays invoice SBX-0001"
        stage.order("dispute", "bad work")
        assert ways(stage)["closeout releases refund con_play 1"] == (
            "brings the payees' shares back, then voids invoice SBX-0001"
        )
