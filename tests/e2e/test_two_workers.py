"""Two server processes on one PostgreSQL: the database's constraints decide every race."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from app.releases.tables import releases
from app.sandbox.server import ServerProcess
from tests.conftest import PostgresServer
from tests.e2e.stack import Stack, stack


@pytest.fixture
def one(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Stack]:
    name = f"two_{abs(hash(str(tmp_path)))}"
    with stack(tmp_path, postgres_server.create(name)) as running:
        yield running
    postgres_server.drop(name)


def second_server(one: Stack) -> ServerProcess:
    environment = {**one.environment, "CLOSEOUT_WORKER_ID": "second"}
    return ServerProcess(environment, one.folder / "second.log")


def test_both_take_the_same_deliveries_at_once_and_the_money_moves_once(one: Stack) -> None:
    one.serve()
    with second_server(one) as second:
        issues = [
            one.open_issue(label)
            for label in ("milestone:kickoff", "milestone:ui-prototype", "milestone:uat")
        ]
        for issue in issues:
            one.close(issue)
        one.world.forge.webhooks.wait_until_sent()
        closes = [x for x in one.world.forge.webhooks.log if x.action == "closed"]

        def send(url: str, suffix: str) -> None:
            for delivery in closes:
                headers = {
                    **delivery.headers,
                    "X-GitHub-Delivery": delivery.headers["X-GitHub-Delivery"] + suffix,
                }
                answer = requests.post(f"{url}/hooks/github", data=delivery.body, headers=headers, timeout=30)
                assert answer.status_code in (200, 202)

        threads = [
            threading.Thread(target=send, args=(url, suffix))
            for url in (one.url, second.url)
            for suffix in ("", "-replayed")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for index in (1, 2, 3):
            one.until_state(index, "disbursed")
        one.until_quiet()
        one.until_told()
        one.assert_paid_once(1, 2, 3)
        for issue in issues:
            assert len(one.own_comments(issue)) == 1


@pytest.mark.parametrize("moment", ["begin:before", "open_invoice:inside"])
def test_what_a_dead_worker_had_in_hand_is_taken_over_when_its_lease_ends(one: Stack, moment: str) -> None:
    dying = one.serve((sys.executable, "-m", "tests.e2e.dying", "serve"), DIE_AT=moment)
    one.close(one.open_issue("milestone:kickoff"))
    assert dying.process is not None
    one.until("the kill", dying.process.poll)
    with second_server(one) as second:
        one.world.platform.callbacks.url = f"{second.url}/gateways/platform"
        with one.db.transaction() as connection:  # a quarter of an hour passes
            connection.execute(sa.update(releases).values(due_at="2000-01-01T00:00:00.000Z"))
        one.until_state(1, "disbursed")
        one.assert_paid_once(1)


def test_a_second_server_under_the_same_worker_id_is_refused(one: Stack) -> None:
    one.serve()
    done = one.cli("serve", "--port", "0")
    assert done.returncode == 1
    assert "CLOSEOUT_WORKER_ID" in done.stderr
