"""The rate limit that all workers share: one account, one row, however many processes ask."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.db import Database
from app.gateways.pace import LONGEST_PUSH_S, Pace, TooSoon, paces

WORKER = """
import sys
from app.db import Database
from app.gateways.pace import Pace
pace = Pace(Database(sys.argv[1]), "stripe acct_1", 50, 2)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(20):
    pace.wait()
"""


def test_two_processes_together_keep_to_the_rate_of_one_account(db: Database) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, db.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: worker.communicate("go\n", timeout=60), workers))
    assert [worker.returncode for worker in workers] == [0, 0]
    assert time.monotonic() - began >= (40 - 3) / 50, "40 requests at 50 a second, of which 2 at once"


def test_threads_of_one_process_keep_to_it_as_well(db: Database) -> None:
    pace = Pace(db, "stripe acct_1", 100, 1)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pace.wait(), range(40)))
    assert time.monotonic() - began >= (40 - 2) / 100


def test_a_burst_after_a_pause_waits_for_nothing_and_the_next_one_does(db: Database) -> None:
    pace = Pace(db, "stripe acct_1", 1, 5)
    for _ in range(6):
        pace.wait(longest_s=0)
    with pytest.raises(TooSoon):
        pace.wait(longest_s=0)


def test_when_the_vendor_wants_a_pause_every_worker_hears_of_it(db: Database) -> None:
    mine, theirs = Pace(db, "stripe acct_1", 20, 4), Pace(db, "stripe acct_1", 20, 4)
    mine.push(60)
    for _ in range(3):  # who is turned away takes no place
        with pytest.raises(TooSoon) as caught:
            theirs.wait()
        assert 55 <= caught.value.retry_after_s <= 61
    Pace(db, "stripe acct_2", 20, 4).wait(longest_s=0)


def test_a_clock_that_jumped_ahead_and_back_stops_nothing_for_long(db: Database) -> None:
    pace = Pace(db, "stripe acct_1", 20, 4)
    pace.wait()
    in_a_year_us = (time.time_ns() // 1000) + 365 * 86_400 * 1_000_000
    with db.transaction() as connection:
        connection.execute(sa.update(paces).values(next_us=in_a_year_us))
    with pytest.raises(TooSoon) as caught:
        pace.wait()
    assert caught.value.retry_after_s <= 2 * LONGEST_PUSH_S
