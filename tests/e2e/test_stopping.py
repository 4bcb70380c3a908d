"""SIGTERM while the platform keeps its answer to an order back: nothing is lost, nothing happens twice."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from app.releases.tables import intents
from app.sandbox.platform.counter import Reply
from app.sandbox.server import ServerProcess
from tests.conftest import PostgresServer
from tests.e2e.stack import Stack, stack

CLOSEOUT = (sys.executable, "-m", "app")
IN_A_HURRY = (sys.executable, "-c", "from app.cli import ending, main; ending.END_WITHIN_S = 1; main()")
ORDER = b'"triggered_for_disbursement"'


class SlowCounter:
    """Books an order for an invoice at once, and answers it when it may."""

    def __init__(self, one: Stack) -> None:
        self.is_asked, self.may_answer = threading.Event(), threading.Event()
        self._take = one.world.platform.take
        one.world.platform.take = self.take  # type: ignore[method-assign]

    def take(self, headers: Mapping[str, str], body: bytes) -> Reply:
        reply = self._take(headers, body)
        if ORDER in body:
            self.is_asked.set()
            self.may_answer.wait(60)
        return reply


@contextmanager
def an_order_in_hand(one: Stack) -> Iterator[SlowCounter]:
    """Inside the block the server waits for the answer to its order of the first invoice."""
    counter = SlowCounter(one)
    one.close(one.open_issue("milestone:kickoff"))
    assert counter.is_asked.wait(60)
    try:
        yield counter
    finally:
        counter.may_answer.set()


def told_to_stop(one: Stack, server: ServerProcess) -> None:
    """SIGTERM, and the door closes at once while the work goes on."""
    assert server.process is not None
    server.process.terminate()
    one.until("the closed door", lambda: not _answers(server.url) or None)
    assert server.process.poll() is None


def _answers(url: str) -> bool:
    try:
        requests.get(f"{url}/healthz", timeout=5)
    except requests.ConnectionError:
        return False
    return True


def exit_code(server: ServerProcess) -> int:
    assert server.process is not None
    return server.process.wait(60)


def orders(one: Stack) -> int:
    """How often the platform was asked for an invoice."""
    return sum(ORDER.decode() in entry["body"] for entry in one.journal("request"))


def written_down(one: Stack) -> str:
    with one.db.reading() as connection:
        return str(connection.scalar(sa.select(intents.c.status)))


def paid_once_after_the_next_start(one: Stack) -> None:
    one.until_state(1, "invoiced")
    (invoice,) = one.world.platform.books.invoices()
    one.world.platform.books.receive(invoice.id)
    one.until_state(1, "disbursed")
    one.until_quiet()
    one.until_told()
    one.assert_paid_once(1)


def test_the_order_in_hand_is_finished_and_written_down_before_the_server_ends(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", pay_after_s=None) as one:
        server = one.serve()
        with an_order_in_hand(one) as counter:
            told_to_stop(one, server)
            assert written_down(one) == "calling"
            counter.may_answer.set()
            assert exit_code(server) == 0
        assert written_down(one) == "done"
        one.until_state(1, "invoiced")
        one.serve()
        paid_once_after_the_next_start(one)
        assert orders(one) == 1


def test_so_it_is_in_a_worker(tmp_path: Path, postgres_server: PostgresServer) -> None:
    name = f"stop_{abs(hash(str(tmp_path)))}"
    with stack(tmp_path, postgres_server.create(name), pay_after_s=None) as one:
        one.serve((*CLOSEOUT, "serve", "--only", "web"))
        work = ServerProcess(
            one.environment,
            tmp_path / "worker.log",
            command=(*CLOSEOUT, "work"),
            port_option="--health-port",
        )
        with work:
            with an_order_in_hand(one) as counter:
                told_to_stop(one, work)
                counter.may_answer.set()
                assert exit_code(work) == 0
            assert written_down(one) == "done"
        with work:
            paid_once_after_the_next_start(one)
            assert orders(one) == 1
    postgres_server.drop(name)


@pytest.mark.parametrize("is_late", [True, False], ids=["the answer comes late", "the answer never comes"])
def test_a_platform_that_does_not_answer_in_time_keeps_no_server_from_ending(
    tmp_path: Path, is_late: bool
) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", pay_after_s=None) as one:
        server = one.serve((*IN_A_HURRY, "serve"))
        with an_order_in_hand(one) as counter:
            told_to_stop(one, server)
            began = time.monotonic()
            assert exit_code(server) == 0
            assert time.monotonic() - began < 15
            assert "left with work in hand" in (tmp_path / "server.log").read_text()
            assert written_down(one) == "calling"
            if is_late:
                counter.may_answer.set()
            one.serve()
            paid_once_after_the_next_start(one)
        assert orders(one) == 1, "what may have happened is asked about, not ordered again"
