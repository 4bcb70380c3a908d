"""The main job through the real server, over real HTTP: a closed, labelled issue becomes money, once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.stack import Stack, stack

KICKOFF, PROTOTYPE, UAT, LAUNCH = (
    "milestone:kickoff",
    "milestone:ui-prototype",
    "milestone:uat",
    "milestone:launch",
)


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Stack]:
    """The worked example's stack with the server up, on SQLite and on PostgreSQL."""
    with stack(tmp_path, database_url) as one:
        one.serve()
        yield one


def test_a_closed_issue_is_invoiced_paid_disbursed_and_told(running: Stack) -> None:
    issue = running.open_issue(PROTOTYPE)
    running.close(issue)
    release = running.until_state(2, "disbursed")
    assert (release["amount_minor"], release["currency"]) == (750_000, "usd")
    assert release["invoice"]["status"] == "paid"
    assert [(leg["account"], leg["amount_minor"], leg["status"]) for leg in release["payouts"]] == [
        ("acc_dev_team_44", 750_000, "paid")
    ]
    running.assert_paid_once(2)
    running.until_told()
    comments = running.own_comments(issue)
    assert len(comments) == 1
    assert "Paid and disbursed" in comments[0]
    assert "7,500.00 usd" in comments[0]
    assert release["invoice"]["number"] in comments[0]
    assert release["invoice"]["url"] not in comments[0], "its page is the client's alone"
    books = running.cli("ledger", "verify")
    assert (books.returncode, "each adds up to zero" in books.stdout) == (0, True)


def test_the_trigger_event_is_the_published_wire_format_field_for_field(running: Stack) -> None:
    running.close(running.open_issue(PROTOTYPE))
    running.until_state(2, "disbursed")
    events = [json.loads(entry["body"]) for entry in running.journal("request")]
    triggers = [event for event in events if event["data"]["status"] == "triggered_for_disbursement"]
    assert len(triggers) == 1
    assert triggers[0]["event"] == "milestone.status_updated"
    assert triggers[0]["data"] == {
        "contract_id": "con_7732_alpha",
        "milestone_index": 2,
        "milestone_title": "Midway UI Prototype Sign-off",
        "amount_due_cents": 750000,
        "currency": "usd",
        "status": "triggered_for_disbursement",
        "payout_destination": {"account_token": "acc_dev_team_44", "auto_clear": True},
    }


def test_every_later_state_goes_out_once_in_the_same_envelope(running: Stack) -> None:
    running.close(running.open_issue(PROTOTYPE))
    running.until_state(2, "disbursed")
    running.until_told()
    told = [entry["status"] for entry in running.journal("told")]
    assert sorted(told) == ["disbursed", "disbursing", "invoiced", "paid"]


def test_close_reopen_close_bills_once(running: Stack) -> None:
    issue = running.open_issue(KICKOFF)
    running.close(issue)
    running.until_state(1, "disbursed")
    for _ in range(3):
        running.reopen(issue)
        running.close(issue)
    deliveries = running.until_quiet()
    assert "nothing is billed again" in deliveries[-1]["reason"]
    running.assert_paid_once(1)
    running.until_told()
    assert len(running.own_comments(issue)) == 1


def test_close_reopen_close_faster_than_anything_is_handled_bills_once(running: Stack) -> None:
    issue = running.open_issue(KICKOFF)
    running.close(issue)
    running.reopen(issue)
    running.close(issue)
    running.until_state(1, "disbursed")
    running.until_quiet()
    running.assert_paid_once(1)


def test_a_hundred_copies_of_one_delivery_are_one(running: Stack) -> None:
    running.close(running.open_issue(KICKOFF))
    running.until_state(1, "disbursed")
    running.world.forge.webhooks.wait_until_sent()
    original = next(one for one in running.world.forge.webhooks.log if one.action == "closed")
    statuses: list[int] = []

    def send(times: int) -> None:
        with requests.Session() as session:
            for _ in range(times):
                answer = session.post(
                    original.hook.url, data=original.body, headers=original.headers, timeout=30
                )
                statuses.append(answer.status_code)

    threads = [threading.Thread(target=send, args=(25,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 100
    running.until_quiet()
    running.assert_paid_once(1)


def test_the_same_event_under_a_new_delivery_id_bills_nothing_again(running: Stack) -> None:
    running.close(running.open_issue(KICKOFF))
    running.until_state(1, "disbursed")
    original = next(one for one in running.world.forge.webhooks.log if one.action == "closed")
    replayed = {**original.headers, "X-GitHub-Delivery": "a-replay-under-another-id"}
    assert (
        requests.post(original.hook.url, data=original.body, headers=replayed, timeout=30).status_code == 202
    )
    running.until_quiet()
    running.assert_paid_once(1)


def test_deliveries_in_the_wrong_order_end_the_same(tmp_path: Path, database_url: str) -> None:
    with stack(tmp_path, database_url) as one:
        issues = [one.open_issue(PROTOTYPE) for _ in range(3)]
        for issue in issues:
            one.close(issue)
        one.reopen(issues[0])
        one.close(issues[0])
        one.world.forge.webhooks.wait_until_sent()  # nobody listened
        one.serve()
        for delivery in reversed(one.world.forge.webhooks.log):
            requests.post(delivery.hook.url, data=delivery.body, headers=delivery.headers, timeout=30)
        one.until_state(2, "disbursed")
        one.until_quiet()
        one.assert_paid_once(2)


def test_a_milestone_waits_for_all_its_issues_and_says_which(running: Stack) -> None:
    first, second = running.open_issue(PROTOTYPE), running.open_issue(PROTOTYPE)
    running.close(first)
    running.until_quiet()
    waiting = running.until_state(2, "waiting")
    assert f"open: #{second.number}" in waiting["reason"]
    running.until_told()
    assert "Not billed yet" in running.own_comments(first)[0]
    running.close(second)
    running.until_state(2, "disbursed")
    running.assert_paid_once(2)


@pytest.mark.parametrize("reason", ["not_planned", "duplicate"])
def test_work_that_was_not_done_bills_nothing_and_says_so(running: Stack, reason: str) -> None:
    issue = running.open_issue(UAT)
    running.close(issue, reason)
    running.until_quiet()
    release = running.until_state(3, "waiting")
    assert "does not bill" in release["reason"]
    running.until_told()
    assert "does not bill" in running.own_comments(issue)[0]
    running.assert_paid_once()


def test_a_stranger_who_closes_their_own_issue_moves_nothing(running: Stack) -> None:
    issue = running.world.repository("carl").create_issue("From the client")
    running.owner.get_issue(issue.number).add_to_labels(LAUNCH)
    running.close(issue, by="carl")
    held = running.until_state(4, "held")
    assert "carl, whose role is read" in held["reason"]
    running.until_quiet()
    running.assert_paid_once()
    running.reopen(issue, by="lena")
    running.close(issue, by="lena")
    running.until_state(4, "disbursed")
    running.assert_paid_once(4)


def test_a_label_put_on_long_closed_work_is_held_for_a_person(running: Stack) -> None:
    issue = running.developer.create_issue("An old bug")
    running.close(issue)
    running.world.forge.pass_time(2)
    running.owner.get_issue(issue.number).add_to_labels(LAUNCH)
    assert "after it was closed" in running.until_state(4, "held")["reason"]
    running.until_quiet()
    running.assert_paid_once()


def test_taking_the_label_off_the_last_open_issue_needs_write_access(running: Stack) -> None:
    running.world.forge.set_role("acme/storefront", "carl", "triage")
    done, unfinished = running.open_issue(UAT), running.open_issue(UAT)
    running.close(done)
    running.until_quiet()
    running.world.repository("carl").get_issue(unfinished.number).remove_from_labels(UAT)
    assert "carl (triage) took it out" in running.until_state(3, "held")["reason"]
    running.until_quiet()
    running.assert_paid_once()


def test_a_label_taken_off_early_is_remembered_and_a_writer_can_settle_it(running: Stack) -> None:
    running.world.forge.set_role("acme/storefront", "carl", "triage")
    first, unfinished = running.open_issue(UAT), running.open_issue(UAT)
    running.until_quiet()
    running.world.repository("carl").get_issue(unfinished.number).remove_from_labels(UAT)
    running.until_quiet()
    running.close(first)
    held = running.until_state(3, "held")
    assert f"#{unfinished.number} belonged to it before" in held["reason"]
    running.until_quiet()
    running.assert_paid_once()
    running.owner.get_issue(unfinished.number).add_to_labels(UAT)
    running.until_quiet()
    running.owner.get_issue(unfinished.number).remove_from_labels(UAT)
    running.until_state(3, "disbursed")
    running.assert_paid_once(3)


def test_two_milestone_labels_on_one_issue_hold_both(running: Stack) -> None:
    issue = running.developer.create_issue("Both", labels=[KICKOFF, PROTOTYPE])
    running.close(issue)
    assert "several milestones" in running.until_state(1, "held")["reason"]
    assert "several milestones" in running.until_state(2, "held")["reason"]
    running.until_quiet()
    running.assert_paid_once()


def test_shares_of_several_payees_add_up_to_the_unit(tmp_path: Path, database_url: str) -> None:
    def three_payees(file: dict[str, Any]) -> None:
        file["contracts"][0]["total"] = "100.01"
        file["contracts"][0]["payout"]["to"] = [
            {"account": "acc_a", "share": "33.33%"},
            {"account": "acc_b", "share": "33.33%"},
            {"account": "acc_c", "share": "33.34%"},
        ]

    with stack(tmp_path, database_url, edit=three_payees) as one:
        one.serve()
        one.close(one.open_issue(PROTOTYPE))
        release = one.until_state(2, "disbursed")
        assert release["amount_minor"] == 2500
        assert [leg["amount_minor"] for leg in release["payouts"]] == [833, 833, 834]
        assert [entry["amount_cents"] for entry in one.journal("transfer")] == [833, 833, 834]


def test_without_auto_clear_payouts_wait_for_an_approval(tmp_path: Path, database_url: str) -> None:
    def no_auto_clear(file: dict[str, Any]) -> None:
        file["contracts"][0]["payout"]["auto_clear"] = False

    with stack(tmp_path, database_url, edit=no_auto_clear) as one:
        one.serve()
        one.close(one.open_issue(PROTOTYPE))
        waiting = one.until_state(2, "paid")
        assert [leg["status"] for leg in waiting["payouts"]] == ["awaiting_approval"]
        assert one.journal("transfer") == []
        early = one.cli("releases", "approve", "con_7732_alpha", "1")
        assert early.returncode == 1
        assert one.cli("releases", "approve", "con_7732_alpha", "2").returncode == 0
        one.until_state(2, "disbursed")
        again = one.cli("releases", "approve", "con_7732_alpha", "2")
        assert again.returncode == 1
        assert "no payout of con_7732_alpha/2 waits for an approval" in again.stderr
        one.assert_paid_once(2)
