"""`closeout deliveries` and `closeout replay`, as an operator or a script calls them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.deliveries import command as deliveries
from app.cli.replay import NOT_TAKEN
from app.cli.replay import command as replay
from app.db import Database
from app.errors import CloseoutError
from app.inbox import tables
from app.inbox.queries import UnknownDelivery, find_delivery
from app.inbox.relay import Handled, Relay
from app.loops import Loop
from tests.web import seeds


def call(url: str, command: object, *arguments: str) -> Result:
    return CliRunner(env={"CLOSEOUT_DATABASE_URL": url}).invoke(
        command,  # type: ignore[arg-type]
        list(arguments),
        terminal_width=200,
    )


def test_deliveries_are_shown_as_an_aligned_table_with_their_reasons(db: Database) -> None:
    seeds.delivery(db, "a", "ignored", event="push", action="", reason="no contract for this repository")
    seeds.delivery(db, "b", "handled", reason="milestone 2 was released")
    result = call(db.url, deliveries)
    assert result.exit_code == 0
    head, rule, first, second = result.output.splitlines()
    assert head.split() == ["id", "received", "from", "event", "status", "why"]
    assert set(rule) <= {"-", " "}
    assert first.endswith("ignored  no contract for this repository")
    assert second.endswith("handled  milestone 2 was released")
    assert "github  issues closed" in second
    assert "2026-05-28 09:10:20" in first


def test_as_json_every_delivery_has_the_fields_that_scripts_rely_on(db: Database) -> None:
    seeds.worked_example(db)
    listed = json.loads(call(db.url, deliveries, "--json").output)
    assert [one["delivery_id"] for one in listed] == ["a1", "a2", "a3", "a4", "a5"]
    needed = {"id", "connection", "delivery_id", "event", "action", "status", "reason", "received_at"}
    assert needed <= set(listed[0])


def test_a_limit_and_a_status_narrow_the_list(sqlite_db: Database) -> None:
    seeds.worked_example(sqlite_db)
    url = sqlite_db.url
    assert [
        one["delivery_id"] for one in json.loads(call(url, deliveries, "--json", "--limit", "1").output)
    ] == ["a5"]
    parked = json.loads(call(url, deliveries, "--json", "--status", "parked").output)
    assert [one["delivery_id"] for one in parked] == ["a4"]
    assert call(url, deliveries, "--status", "lost").exit_code == 2


def test_an_empty_list_says_so(sqlite_db: Database) -> None:
    assert "Nothing was received yet" in call(sqlite_db.url, deliveries).output
    assert call(sqlite_db.url, deliveries, "--status", "parked").output == "No delivery is parked.\n"
    assert json.loads(call(sqlite_db.url, deliveries, "--json").output) == []


def test_text_from_outside_can_not_steer_the_terminal(sqlite_db: Database) -> None:
    seeds.delivery(sqlite_db, "x", "ignored", reason="a\x1b[2Jb\r\nc\u202ed", event="\x07")
    output = call(sqlite_db.url, deliveries).output
    assert len(output.splitlines()) == 3
    assert not {"\x1b", "\r", "\u202e", "\x07"} & set(output)


@pytest.mark.parametrize("command", [deliveries, replay])
def test_a_database_that_does_not_exist_is_told_and_not_made(tmp_path: Path, command: object) -> None:
    path = tmp_path / "folder" / "closeout.db"
    result = call(f"sqlite:///{path}", command, *(["1"] if command is replay else []))
    assert isinstance(result.exception, CloseoutError)
    assert "no database yet" in str(result.exception)
    assert not path.exists()


def a_relay(db: Database, reason: str) -> Loop:
    handled = Handled("handled", reason, "issues", "closed", None)
    return Loop("relay", Relay(db, {"forge": lambda _delivery: handled}, lambda: None).turn, pause_s=0.05)


def test_replay_has_a_running_server_handle_the_delivery_again(db: Database) -> None:
    seeds.delivery(db, "a", "parked", reason="the contract was missing", body=_packed(b"{}"))
    loop = a_relay(db, "milestone 2 was released")
    loop.start()
    result = call(db.url, replay, "1")
    loop.stop()
    assert result.exit_code == 0
    assert result.output == "Delivery 1 is handled: milestone 2 was released\n"
    assert find_delivery(db, 1)["attempts"] == 1


def test_replay_as_json_is_the_delivery(sqlite_db: Database) -> None:
    seeds.delivery(sqlite_db, "a", "parked", body=_packed(b"{}"))
    loop = a_relay(sqlite_db, "done")
    loop.start()
    found = json.loads(call(sqlite_db.url, replay, "1", "--json").output)
    loop.stop()
    assert (found["id"], found["status"], found["reason"]) == (1, "handled", "done")


def test_replay_says_when_no_server_takes_it(sqlite_db: Database) -> None:
    seeds.delivery(sqlite_db, "a", "handled", reason="before")
    result = call(sqlite_db.url, replay, "1", "--wait-s", "1")
    assert result.exit_code == NOT_TAKEN == 3
    assert "Delivery 1 is back in the inbox." in result.stdout
    assert "No server took it within 1 s" in result.stderr
    assert find_delivery(sqlite_db, 1)["status"] == "received"


def test_replay_need_not_wait(sqlite_db: Database) -> None:
    seeds.delivery(sqlite_db, "a", "handled")
    result = call(sqlite_db.url, replay, "1", "--wait-s", "0")
    assert (result.exit_code, result.output) == (0, "Delivery 1 is back in the inbox.\n")


def test_replay_sees_a_result_that_comes_while_it_waits(sqlite_db: Database) -> None:
    seeds.delivery(sqlite_db, "a", "handled")

    def wait_for_the_forge() -> None:
        while find_delivery(sqlite_db, 1)["status"] != "received":
            pass
        with sqlite_db.transaction() as connection:
            values = {"status": "waiting", "reason": "the forge is down"}
            connection.execute(tables.deliveries.update().values(values))

    other = threading.Thread(target=wait_for_the_forge)
    other.start()
    result = call(sqlite_db.url, replay, "1")
    other.join()
    assert result.output == "Delivery 1 is waiting: the forge is down\n"


def test_an_unknown_delivery_is_told(sqlite_db: Database) -> None:
    result = call(sqlite_db.url, replay, "77")
    assert isinstance(result.exception, UnknownDelivery)
    assert call(sqlite_db.url, replay, "0").exit_code == 2
    assert call(sqlite_db.url, replay, "x").exit_code == 2


def _packed(body: bytes) -> bytes:
    import zlib

    return zlib.compress(body, 1)
