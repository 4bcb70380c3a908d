"""Four days of missed webhooks, through the real server: nothing is lost, and nothing is billed twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.inbox.queries import list_deliveries
from app.sandbox.world import WEBHOOK_SECRET
from tests.e2e.stack import Stack, stack

KICKOFF, PROTOTYPE, UAT = "milestone:kickoff", "milestone:ui-prototype", "milestone:uat"
FOUR_DAYS_S = 4 * 86_400
OFTEN = {"CLOSEOUT_SWEEP_S": "1"}


@pytest.fixture
def everywhere(tmp_path: Path, database_url: str) -> Iterator[Stack]:
    """On SQLite and on PostgreSQL."""
    with stack(tmp_path, database_url) as running:
        yield running


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as running:
        yield running


@pytest.fixture
def unpaid(tmp_path: Path) -> Iterator[Stack]:
    """The client pays when told to."""
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", pay_after_s=None) as running:
        yield running


def sweep(one: Stack, status: int = 0) -> dict[str, Any]:
    """`closeout sweep`, and what it says of each place."""
    done = one.cli("sweep", "--json")
    assert done.returncode == status, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def new(told: dict[str, Any]) -> int:
    return sum(reading["new"] for reading in told["readings"])


def miss_everything(one: Stack) -> None:
    """The server has run, has swept, and is down for four days from now on."""
    one.serve()
    assert new(sweep(one)) == 0
    assert one.server is not None
    one.server.stop()
    one.world.forge.fail_deliveries()


def four_days_later(one: Stack) -> None:
    one.world.forge.pass_time(FOUR_DAYS_S)
    one.world.forge.mend_deliveries()


def of_webhooks(one: Stack) -> list[dict[str, Any]]:
    return [row for row in list_deliveries(one.db, limit=1000) if row["source"] == "forge"]


def test_what_was_closed_while_the_server_was_away_is_billed_once_when_it_is_back(everywhere: Stack) -> None:
    miss_everything(everywhere)
    for label in (KICKOFF, PROTOTYPE):
        everywhere.close(everywhere.open_issue(label))
    half = everywhere.open_issue(UAT)
    everywhere.close(half)
    everywhere.open_issue(UAT)
    four_days_later(everywhere)
    everywhere.serve(**OFTEN)
    everywhere.until_state(1, "disbursed")
    everywhere.until_state(2, "disbursed")
    assert "1 of 2 closed" in everywhere.until_state(3, "waiting")["reason"]
    everywhere.until_quiet()
    # Webhooks work again: our own comments come back by them, and nothing else.
    assert {row["event"] for row in of_webhooks(everywhere)} <= {"issue_comment"}
    everywhere.assert_paid_once(1, 2)


def test_the_webhooks_that_come_after_all_bill_nothing_again(one: Stack) -> None:
    miss_everything(one)
    one.close(one.open_issue(KICKOFF))
    four_days_later(one)
    one.serve(**OFTEN)
    one.until_state(1, "disbursed")
    for delivery in list(one.world.forge.webhooks.log):
        one.world.forge.webhooks.redeliver(delivery)
    one.until_quiet()
    assert len(of_webhooks(one)) > 0
    one.assert_paid_once(1)


def test_a_second_sweep_finds_nothing_new(one: Stack) -> None:
    miss_everything(one)
    one.close(one.open_issue(KICKOFF))
    four_days_later(one)
    one.serve()
    assert new(sweep(one)) == 1
    one.until_state(1, "disbursed")
    one.until_told()  # our own comment changes the issue
    before = one.until_quiet()
    assert new(sweep(one)) == 0
    assert len(one.until_quiet()) == len(before)
    one.assert_paid_once(1)


def test_a_sweep_without_a_server_is_taken_up_by_the_next_one(one: Stack) -> None:
    miss_everything(one)
    one.close(one.open_issue(KICKOFF))
    four_days_later(one)
    assert new(sweep(one)) == 1
    assert new(sweep(one)) == 0
    one.serve()
    one.until_state(1, "disbursed")
    one.assert_paid_once(1)


def test_a_missed_reopening_voids_the_open_invoice_and_closing_again_bills_anew(unpaid: Stack) -> None:
    unpaid.serve()
    assert new(sweep(unpaid)) == 0
    issue = unpaid.open_issue(KICKOFF)
    unpaid.close(issue)
    unpaid.until_state(1, "invoiced")
    unpaid.until_quiet()
    unpaid.world.forge.fail_deliveries()
    unpaid.reopen(issue)
    assert new(sweep(unpaid)) == 1
    voided = unpaid.until_state(1, "voided")
    assert "was reopened by dana" in voided["reason"]
    assert len(unpaid.journal("invoice_voided")) == 1
    unpaid.until_quiet()
    unpaid.close(issue)
    assert new(sweep(unpaid)) == 1
    assert unpaid.until_state(1, "invoiced")["revision"] == 2
    unpaid.until_quiet()
    unpaid.until_told()
    assert new(sweep(unpaid)) == 0
    assert len(unpaid.journal("invoice_opened")) == 2


def test_a_label_that_was_taken_off_meanwhile_completes_nothing_by_itself(one: Stack) -> None:
    one.world.forge.set_role("acme/storefront", "carl", "triage")
    one.serve()
    done, left = one.open_issue(KICKOFF), one.open_issue(KICKOFF)
    one.close(done)
    one.until_state(1, "waiting")
    one.until_quiet()
    one.world.forge.fail_deliveries()
    one.world.repository("carl").get_issue(left.number).remove_from_labels(KICKOFF)
    assert new(sweep(one)) == 1
    assert f"#{left.number}" in one.until_state(1, "held")["reason"]
    one.assert_paid_once()


def test_a_payment_of_which_no_callback_told_is_asked_about(unpaid: Stack) -> None:
    unpaid.serve()
    unpaid.close(unpaid.open_issue(KICKOFF))
    unpaid.until_state(1, "invoiced")
    unpaid.until_quiet()
    unpaid.world.platform.callbacks.url = ""
    (invoice,) = unpaid.world.platform.books.invoices()
    unpaid.world.platform.books.receive(invoice.id)
    assert sweep(unpaid)["asked"] == 1
    unpaid.until("the payout", lambda: unpaid.journal("transfer") or None)
    unpaid.assert_paid_once(1)


def test_a_repository_that_can_not_be_read_is_told_and_read_the_next_time(one: Stack) -> None:
    miss_everything(one)
    one.close(one.open_issue(KICKOFF))
    four_days_later(one)
    one.world.forge.fail_next("500", 3, "GET")
    (reading,) = sweep(one, status=1)["readings"]
    assert (reading["where"], reading["new"]) == ("github:acme/storefront", 0)
    assert "GitHub failed with 500" in reading["problem"]
    told = one.cli("sweep")
    assert told.returncode == 0
    assert "github:acme/storefront" in told.stdout
    one.serve()
    one.until_state(1, "disbursed")
    one.assert_paid_once(1)


def test_an_apps_failed_webhooks_are_sent_again_without_being_asked_for(one: Stack) -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    one.hook.delete()
    app = one.world.forge.add_app("closeout", public, f"{one.url}/hooks/github", WEBHOOK_SECRET)
    one.environment |= {"CLOSEOUT_GITHUB_APP_ID": str(app.id), "CLOSEOUT_GITHUB_PRIVATE_KEY": private}
    issue = one.open_issue(KICKOFF)
    one.close(issue)
    one.world.forge.webhooks.wait_until_sent()  # nobody listened
    one.serve(**OFTEN)
    one.until_state(1, "disbursed")
    one.until_quiet()
    assert {row["action"] for row in of_webhooks(one)} >= {"opened", "labeled", "closed"}
    one.assert_paid_once(1)


def test_a_connection_with_half_an_app_does_not_start(one: Stack) -> None:
    one.environment["CLOSEOUT_GITHUB_APP_ID"] = "7"
    done = one.cli("serve", "--port", "0")
    assert done.returncode == 1
    assert "CLOSEOUT_GITHUB_PRIVATE_KEY" in done.stderr
    one.environment["CLOSEOUT_GITHUB_PRIVATE_KEY"] = "no key"
    done = one.cli("serve", "--port", "0")
    assert done.returncode == 1
    assert "CLOSEOUT_GITHUB_PRIVATE_KEY: this is not the private key" in done.stderr


def test_a_sweep_that_hangs_does_not_hold_up_the_shutdown(one: Stack) -> None:
    asked = one.world.forge.requests
    one.serve(**OFTEN)
    one.until("the first sweep", lambda: asked() or None)
    before = len(asked())
    one.world.forge.fail_next("slow", 50, "GET")
    one.until("a sweep that hangs", lambda: len(asked()) > before or None)
    began = time.monotonic()
    assert one.server is not None
    assert one.server.stop() == 0
    assert time.monotonic() - began < 15  # an answer takes 30
