"""A GitHub App's failed webhooks are sent again; those that are here already, or were asked for, are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.db import Database, now
from app.errors import ForgeError
from app.forges.github.apps import GitHubApp
from app.inbox.store import NewDelivery, insert
from app.releases.sweep.marks import read_mark
from app.releases.sweep.redelivery import MOST, OVERLAP, redeliver
from tests.forges.test_github_app import keys
from tests.sandbox.forge_people import Receiver, as_, peopled_sandbox


class Log:
    """An App's log in which the deliveries `failed` never arrived."""

    def __init__(self, *failed: str) -> None:
        self.failed = list(failed)
        self.asked_since: list[datetime] = []
        self.problem: ForgeError | None = None

    def redeliver_failed(self, since: str, known: Callable[[str], bool], most: int = 100) -> list[str]:
        self.asked_since.append(datetime.fromisoformat(since))
        if self.problem:
            raise self.problem
        unknown = [guid for guid in self.failed if not known(guid)]
        told, self.failed = unknown[:most], unknown[most:]
        return told


def mark(db: Database, connection: str = "github") -> str | None:
    with db.reading() as reading:
        return read_mark(reading, connection, "")


def test_what_failed_and_is_not_here_is_asked_for(sqlite_db: Database) -> None:
    insert(sqlite_db, [NewDelivery("forge", "github", "here", {}, b"{}")])
    insert(sqlite_db, [NewDelivery("forge", "elsewhere", "lost", {}, b"{}")])
    assert redeliver(sqlite_db, "github", Log("here", "lost")) == (1, 1)


def test_the_first_look_goes_back_as_far_as_github_remembers_and_the_next_only_to_the_last(
    sqlite_db: Database,
) -> None:
    log = Log()
    started = datetime.now(UTC)
    redeliver(sqlite_db, "github", log)
    redeliver(sqlite_db, "github", log)
    first, second = log.asked_since
    assert abs(first - (started - timedelta(days=3))) < timedelta(minutes=1)
    assert abs(second - (started - OVERLAP)) < timedelta(minutes=1)


def test_a_log_that_can_not_be_read_is_read_from_the_same_place(sqlite_db: Database) -> None:
    log = Log("lost")
    redeliver(sqlite_db, "github", Log())
    before = mark(sqlite_db)
    log.problem = ForgeError("GitHub failed with 502")
    with pytest.raises(ForgeError):
        redeliver(sqlite_db, "github", log)
    assert mark(sqlite_db) == before
    log.problem = None
    assert redeliver(sqlite_db, "github", log) == (1, 1)


def test_more_than_one_sweep_asks_for_are_left_to_the_next_and_not_forgotten(sqlite_db: Database) -> None:
    log = Log(*(f"lost-{i}" for i in range(MOST + 1)))
    assert redeliver(sqlite_db, "github", log) == (MOST + 1, MOST)
    assert mark(sqlite_db) is None
    assert redeliver(sqlite_db, "github", log) == (1, 1)
    assert mark(sqlite_db) is not None


def test_a_clock_that_was_ahead_hides_nothing(sqlite_db: Database) -> None:
    log = Log()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=4)):
        redeliver(sqlite_db, "github", log)
    redeliver(sqlite_db, "github", log)
    assert log.asked_since[-1] <= datetime.fromisoformat(now()) - OVERLAP + timedelta(seconds=1)


def test_githubs_own_log_is_read(sqlite_db: Database) -> None:
    receiver = Receiver()
    with receiver.server, peopled_sandbox() as sandbox:
        private, public = keys()
        made = sandbox.add_app("closeout", public, receiver.url, "a secret")
        app = GitHubApp(str(made.id), private, sandbox.url).deliveries
        sandbox.fail_deliveries()
        as_(sandbox, "dana").create_issue("Lost")
        sandbox.mend_deliveries()
        assert redeliver(sqlite_db, "github", app) == (1, 1)
        sandbox.wait_until_sent()
        (sent,) = receiver.taken
        guid = sent.headers["X-Github-Delivery"]
        insert(sqlite_db, [NewDelivery("forge", "github", guid, {}, sent.body)])
        assert redeliver(sqlite_db, "github", app) == (0, 0)
