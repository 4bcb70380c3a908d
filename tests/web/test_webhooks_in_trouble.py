"""The webhooks' door in trouble: too long, too slow, too much at once, and a database that is not there."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from app.db import Database
from app.web.webhooks import Limits
from tests.conftest import PostgresServer
from tests.web.conftest import LogLines
from tests.web.site import SECRET, Site, a_site, closed_issue, hold_writers, signed


def chunks(size: int, count: int) -> Any:
    for _ in range(count):
        yield b"x" * size


@pytest.mark.parametrize("declared", [True, False], ids=["by its Content-Length", "while streaming"])
def test_a_body_over_the_cap_is_refused_with_413(sqlite_db: Database, declared: bool) -> None:
    with a_site(sqlite_db, Limits(body_bytes=100_000)) as site:
        data = b"x" * 150_000 if declared else chunks(10_000, 15)
        answer = requests.post(site.url + "/hooks/forge", data=data, timeout=20)
        assert answer.status_code == 413
        assert "100000 bytes" in answer.json()["error"]
        body = closed_issue(padding="x" * 90_000)
        assert site.post(signed(body, "large"), body).status_code == 202


def test_the_cap_is_the_25_megabytes_of_github(site: Site, new_id: str) -> None:
    body = closed_issue(padding="x" * (25 * 1024**2 - 1000))
    assert site.post(signed(body, new_id), body).status_code == 202
    body += b" " * 1000
    assert site.post(signed(body, new_id), body).status_code == 413


def test_large_bodies_together_are_bounded_as_well(sqlite_db: Database) -> None:
    body = closed_issue(padding="x" * 50_000)
    with (
        a_site(sqlite_db, Limits(held_bytes=60_000, small_body_bytes=20_000)) as site,
        site.connect() as slow,
    ):
        head = f"POST /hooks/forge HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        more = "".join(f"{name}: {value}\r\n" for name, value in signed(body, "slow").items())
        slow.sendall((head + more + "\r\n").encode() + body[:40_000])
        answers: list[requests.Response] = []
        while not answers or answers[-1].status_code == 202:  # until the server has read the 40,000
            answers.append(site.post(signed(body, f"quick-{len(answers)}"), body))
        assert answers[-1].status_code == 503
        small = closed_issue()
        assert site.post(signed(small, "small"), small).status_code == 202  # strangers can not shut it out
        slow.sendall(body[40_000:])
        assert slow.recv(65536).startswith(b"HTTP/1.1 202")
        assert site.post(signed(body, "after"), body).status_code == 202


def test_a_body_that_does_not_arrive_in_time_is_answered_408(sqlite_db: Database) -> None:
    body = closed_issue()
    with a_site(sqlite_db, Limits(body_s=0.3)) as site, site.connect() as slow:
        head = f"POST /hooks/forge HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        slow.sendall(head.encode() + body[:10])
        answer = b""
        while part := slow.recv(65536):
            answer += part
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"0.3 seconds" in answer
        assert site.rows() == []


def test_a_sender_that_hangs_up_halfway_disturbs_nobody(site: Site, new_id: str, log_lines: LogLines) -> None:
    with site.connect() as quitter:
        quitter.sendall(b"POST /hooks/forge HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        quitter.shutdown(socket.SHUT_RDWR)
    until = time.monotonic() + 20
    while not log_lines():
        assert time.monotonic() < until
    (line,) = log_lines()
    assert line["event"] == "the sender hung up before its delivery was complete"
    assert line["level"] == "info"
    body = closed_issue()
    assert site.post(signed(body, new_id), body).status_code == 202


def test_a_lost_postgresql_is_answered_503_and_the_site_recovers(
    postgres_server: PostgresServer, postgres_template: str, log_lines: LogLines
) -> None:
    name = "goes_away"
    db = Database(postgres_server.create(name, postgres_template))
    body = closed_issue()
    with a_site(db) as site:
        assert site.post(signed(body, "before"), body).status_code == 202
        postgres_server.refuse_connections(name)
        answer = site.post(signed(body, "meanwhile"), body)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "30"
        assert answer.json()["error"] == "deliveries can not be stored at the moment"
        assert requests.get(site.url + "/healthz", timeout=20).status_code == 200
        postgres_server.accept_connections(name)
        assert site.post(signed(body, "meanwhile"), body).status_code == 202
        assert {row["delivery_id"] for row in site.rows()} == {"before", "meanwhile"}
    db.close()
    postgres_server.drop(name)
    refusal = next(line for line in log_lines() if line.get("status") == 503)
    assert "the database refused" in refusal["problem"], "the operator reads why in the log"


def test_a_locked_database_is_answered_503_in_time_and_the_site_recovers(db: Database) -> None:
    body = closed_issue()
    with a_site(db, Limits(answer_s=0.3)) as site:
        blocker = hold_writers(db)
        assert site.post(signed(body, "one"), body).status_code == 503
        blocker.__exit__(None, None, None)
        again = site.post(signed(body, "one"), body)
        while again.status_code == 503:  # the writer may still be on its way out of the lock
            again = site.post(signed(body, "one"), body)
        assert again.status_code in (200, 202)
        assert len(site.rows()) == 1


def test_a_table_that_vanished_is_answered_503_and_the_site_recovers(fresh_site: Site) -> None:
    body = closed_issue()
    with fresh_site.db.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE deliveries RENAME TO elsewhere"))
    assert fresh_site.post(signed(body, "one"), body).status_code == 503
    with fresh_site.db.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO deliveries"))
    assert fresh_site.post(signed(body, "one"), body).status_code == 202


def test_an_inbox_that_was_stopped_is_answered_503(sqlite_db: Database) -> None:
    body = closed_issue()
    with a_site(sqlite_db) as site:
        site.inbox.stop()
        assert site.post(signed(body, "one"), body).status_code == 503
        assert site.rows() == []


def test_a_mistake_of_ours_is_answered_500_and_logged(
    sqlite_db: Database, log_lines: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_row: object) -> None:
        raise KeyError(SECRET)

    body = closed_issue()
    with a_site(sqlite_db) as site:
        monkeypatch.setattr(site.inbox, "submit", broken)
        answer = site.post(signed(body, "one"), body)
        assert answer.status_code == 500
        assert answer.json()["error"] == "an unexpected error, see the log"
    assert "KeyError" in next(line["exception"] for line in log_lines() if line["level"] == "error")


def test_a_large_delivery_does_not_hold_up_the_others(site: Site, new_id: str) -> None:
    """While a body is verified and parsed beside the event loop, the loop goes on answering."""
    door = site.receiver.doors["forge"]["forge"]
    entered, leave = threading.Event(), threading.Event()

    def slow_check(headers: Any, body: bytes) -> object:
        if len(body) > 1_000_000:
            entered.set()
            assert leave.wait(20)
        return door.check(headers, body)

    slow_door = type(door)(door.name, door.delivery_id, door.verify, slow_check)
    large = closed_issue(padding="x" * 1_200_000)
    doors, site.receiver.doors = site.receiver.doors, {"forge": {"forge": slow_door}}
    try:
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(site.post, signed(large, new_id), large)
            assert entered.wait(20)
            small = closed_issue()
            assert site.post(signed(small, new_id + "b"), small).status_code == 202
            leave.set()
            assert pending.result(timeout=20).status_code == 202
    finally:
        leave.set()
        site.receiver.doors = doors
