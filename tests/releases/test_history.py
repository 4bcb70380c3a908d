"""The story of a milestone: everything that was written down of it, once each, in order of time."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.events import HistoryEntry, Person
from app.gateways.base import Failed
from app.inbox.tables import deliveries
from app.notices.tables import comments, outbound
from app.releases.decision.decide import decide
from app.releases.money import billing
from app.releases.tables import commands, intents
from app.releases.told.history import Entry, read_comments, read_history
from app.releases.who import Who
from tests.cli.prepared import CONTRACT, Desk
from tests.milestones.example import edited
from tests.releases.examples import DEVELOPER, found, seen

IDENTITY = f"{CONTRACT}/2"
LENA = Person("100", "lena")
FOUR_EYES = edited(
    ("    milestones:  #", "    rules: {approve_above: 7000.00, approvers: [lena]}\n    milestones:  #")
)
ASKING = edited(
    (
        "    milestones:  #",
        "    rules: {acceptance: {by: [carl], within: 5 business days}}\n    milestones:  #",
    )
)


def story(desk: Desk, index: int = 2) -> list[Entry]:
    with desk.db.reading() as connection:
        return read_history(connection, dict(desk.row(index)))


def texts(entries: list[Entry], kind: str) -> list[str]:
    return [one.text for one in entries if one.kind == kind]


def deliver(desk: Desk, name: str, at: str = "2026-05-28T09:10:20.005Z", **values: Any) -> None:
    row = {
        "source": "forge",
        "connection": "github",
        "delivery_id": name,
        "headers": '{"x-canary": "secret-header"}',
        "body": b"secret-body",
        "received_at": at,
        "event": "issues",
        "action": "closed",
        "status": "handled",
        "reason": "",
        **values,
    }
    with desk.db.transaction() as connection:
        connection.execute(deliveries.insert(), row)


def test_a_whole_life_is_told_in_order_of_time(db: Database, tmp_path: Path) -> None:
    desk = Desk(db, tmp_path)
    desk.disbursed()
    desk.reopened()
    desk.said("releases", "refund", CONTRACT, "2", "--yes", "--as", "olga")
    desk.refund_through()
    told = story(desk)
    assert [one.at for one in told] == sorted(one.at for one in told)
    assert Counter(one.kind for one in told) == {
        "decision": 1,
        "state": 8,
        "call": 4,
        "invoice": 2,
        "payout": 1,
        "posting": 7,
        "event": 7,
        "hold": 1,
        "lifted": 1,
        "refund": 1,
        "credit": 1,
    }
    assert [text.partition(":")[0] for text in texts(told, "state")] == [
        "ready → triggered",
        "triggered → invoiced",
        "invoiced → paid",
        "paid → disbursing",
        "disbursing → disbursed",
        "disbursed → disputed",
        "disputed → refunding",
        "refunding → refunded",
    ]
    posted = "invoice issued, invoice paid, payout owed, payout sent, payout returned, payout cancelled"
    assert ", ".join(texts(told, "posting")) == f"{posted}, credit note"
    events = ["invoiced", "paid", "disbursing", "disbursed", "disputed", "refunding", "refunded"]
    assert [text.partition(" told")[0] for text in texts(told, "event")] == events
    assert texts(told, "invoice") == [
        "2026-2-1 over 7,500.00 usd issued by platform (revision 1)",
        "2026-2-1 over 7,500.00 usd paid",
    ]
    assert texts(told, "credit") == ["note CN-2 over 7,500.00 usd"]
    assert texts(told, "payout") == ["7,500.00 usd to acc_dev_team_44: reversed"]
    assert texts(told, "refund") == [
        "ordered by olga (command line); the payees give their shares back first"
    ]


def test_postings_are_told_with_both_sides(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced()
    (posting,) = [one for one in story(desk) if one.kind == "posting"]
    assert posting.details == (
        f"debit receivable:{CONTRACT} 7,500.00 usd",
        f"credit revenue:{CONTRACT} 7,500.00 usd",
    )
    assert [line["amount_minor"] for line in posting.data["postings"]] == [750_000, -750_000]


def test_a_call_is_told_with_its_key_its_event_and_its_attempts(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.released()
    with desk.db.transaction() as connection:
        key = billing.order_invoice(connection, IDENTITY)
        connection.execute(sa.update(intents).values(attempts=3))
    with desk.db.transaction() as connection:
        billing.record_invoice(connection, IDENTITY, f"{IDENTITY}/r1/open_invoice", Failed("no such client"))
    (call,) = [one for one in story(desk) if one.kind == "call"]
    assert call.text == "open invoice at platform: failed, 3 attempts"
    assert call.details[0] == f"key {key}"
    assert call.details[1].startswith(f"event {call.data['event_id']}, last change 20")
    assert call.details[2] == "no such client"
    assert call.data["wanted"]["amount_minor"] == 750_000


def test_each_revision_has_its_own_invoice(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.voided()
    desk.decide(2)
    assert desk.state() == "ready"
    desk.order_invoice()
    told = story(desk)
    assert texts(told, "invoice") == [
        "2026-2-1 over 7,500.00 usd issued by platform (revision 1)",
        "2026-2-2 over 7,500.00 usd issued by platform (revision 2)",
    ]
    assert texts(told, "call") == [
        "open invoice at platform: done, not sent yet",
        "void invoice at platform: done, not sent yet",
        "open invoice at platform: done, not sent yet",
    ]


def test_deliveries_are_told_with_what_they_led_to_and_none_twice(db: Database, tmp_path: Path) -> None:
    desk = Desk(db, tmp_path)
    deliver(desk, "by-release", release_id=IDENTITY, reason="con/2 waiting: 1 of 2 closed")
    deliver(desk, "by-evidence", at="2026-05-28T09:11:00.000Z", release_id=f"{CONTRACT}/1")
    deliver(desk, "both", at="2026-05-28T09:12:00.000Z", release_id=IDENTITY)
    deliver(desk, "another's", release_id=f"{CONTRACT}/1")
    deliver(
        desk, f"{IDENTITY}/u-u-i-d", source="closeout", connection="", event="look again", action="approved"
    )
    deliver(desk, f"{CONTRACT}/22/u-u-i-d", source="closeout", connection="")
    deliver(desk, "by-evidence", source="gateway", connection="platform")
    contract = desk.contract
    for name in ("by-evidence", "both"):
        decision = decide(
            contract, contract.milestone(2), found(seen(is_open=name == "both"), seen(14, is_open=True))
        )
        evidence = {**decision.evidence, "delivery": {"connection": "github", "delivery_id": name}}
        desk.record(2, replace(decision, evidence=evidence))
    told = [one for one in story(desk) if one.kind == "delivery"]
    assert [one.data["delivery_id"] for one in told] == [
        "by-release",
        f"{IDENTITY}/u-u-i-d",
        "by-evidence",
        "both",
    ]
    assert told[0].text == "1 of github, issues closed: handled"
    assert told[0].details == ("con/2 waiting: 1 of 2 closed",)
    assert told[1].text.endswith("of Closeout to itself, look again approved: handled")
    assert "secret" not in json.dumps([dict(one.data) for one in told])


def test_a_sweep_that_found_it_is_told(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    deliver(desk, "sweep-1", source="closeout", connection="", event="sweep", action="issue.closed")
    contract = desk.contract
    decision = decide(contract, contract.milestone(2), found(seen()))
    desk.record(2, replace(decision, evidence={**decision.evidence, "delivery": {"sweep": "sweep-1"}}))
    told = story(desk)
    assert texts(told, "delivery") == ["1 of Closeout to itself, sweep issue.closed: handled"]
    assert "looked at because of a sweep (sweep-1)" in told[1].details


def test_a_parked_delivery_names_the_command_that_takes_it_through_again(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.decide(2, seen(is_open=True))
    deliver(desk, "a", status="parked", release_id=IDENTITY, attempts=5, reason="unexpected")
    (told,) = [one for one in story(desk) if one.kind == "delivery"]
    assert told.text.endswith("parked, 5 tries")
    assert told.details == ("unexpected", "take it through again: closeout replay 1")


def test_people_are_told_with_how_they_spoke_and_which_account_it_was(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_db, tmp_path, ASKING)
    desk.asked()
    carl = Who("carl", "comment", "github", "104")
    row = {
        "connection": "github",
        "comment_id": "7",
        "release_id": IDENTITY,
        "command": "accept",
        "by": carl.to_json(),
        "answer": "it is accepted",
        "at": "2030-01-01T00:00:00.000Z",
    }
    with desk.db.transaction() as connection:
        connection.execute(commands.insert(), row)
    desk.said("releases", "hold", CONTRACT, "2", "wait", "--as", "olga")
    desk.said("releases", "accept", CONTRACT, "2", "--as", "carl")
    desk.said("releases", "resume", CONTRACT, "2", "--as", "otto")
    told = story(desk)
    assert texts(told, "command") == ["/closeout accept by carl (comment, github account 104)"]
    assert texts(told, "hold") == [
        "held by olga (command line): wait (put by olga (command line), as operator)"
    ]
    assert texts(told, "lifted") == ["by otto (command line): held by olga (command line): wait"]
    assert texts(told, "accepted") == ["by carl (command line)"]
    assert told[-1].details == ("answered: it is accepted",)


def test_an_approval_is_told_with_the_doubt_that_it_covers(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, FOUR_EYES)
    desk.decide(2)
    desk.said("releases", "approve", CONTRACT, "2", "--as", "lena")
    desk.decide(2)
    told = story(desk)
    (approval,) = texts(told, "approval")
    assert approval.startswith("lena (command line) approved: 7,500.00 usd is above 7,000.00 usd")
    held, released = [one for one in told if one.kind == "decision"]
    assert any("(can be approved)" in line for line in held.details)
    assert any(line.startswith("approved before: 7,500.00 usd is above") for line in released.details)


def test_events_that_did_not_arrive_say_so(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.paid()
    with desk.db.transaction() as connection:
        of = outbound.c.status
        given_up = {"attempts": 10, "problem": "refused", "due_at": None}
        connection.execute(sa.update(outbound).where(of == "invoiced").values(given_up))
        waits = {"attempts": 2, "problem": "timed out", "due_at": "2030-01-01T08:00:00.000Z"}
        connection.execute(sa.update(outbound).where(of == "paid").values(waits))
    told = [one for one in story(desk) if one.kind == "event"]
    assert [one.text for one in told] == [
        "invoiced told to platform: given up after 10 tries",
        "paid told to platform: next try 2030-01-01 08:00:00, 2 so far",
    ]
    assert [one.details[1] for one in told] == ["refused", "timed out"]


def test_comments_are_told_with_their_address_or_their_problem(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.decide(2, seen(12), seen(14))
    desk.decide(1, seen(11))
    with desk.db.transaction() as connection:
        url = "https://forge.example/acme/storefront/issues/12#issuecomment-1"
        connection.execute(sa.update(comments).where(comments.c.issue_number == 12).values(url=url))
        connection.execute(sa.update(comments).where(comments.c.issue_number == 14).values(problem="403"))
    with desk.db.reading() as connection:
        told = read_comments(connection, IDENTITY)
    assert [(one["issue_number"], one["url"], one["problem"]) for one in told] == [
        (12, url, ""),
        (14, "", "403"),
    ]


def test_what_a_decision_stores_is_what_is_told(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    merged = HistoryEntry("closed", DEVELOPER, "2026-05-28T09:10:20Z", via="pull request #7")
    put = HistoryEntry("labeled", LENA, "2026-05-20T08:00:00Z", "milestone:ui-prototype", "1")
    desk.decide(2, replace(seen(), closing=merged, labeling=put, labeler_role="admin"))
    (decision,) = [one for one in story(desk) if one.kind == "decision"]
    row = desk.row()
    assert decision.details == (
        "#12 of acme/storefront closed as completed 2026-05-28 09:10:20 by dana (write), by pull request #7",
        "  labelled 2026-05-20 08:00:00 by lena (admin)",
        f"by the contract with sha256 {row['snapshot_hash'][:12]}",
    )
