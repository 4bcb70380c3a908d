"""A sweep in trouble: what fails is told, keeps its place, and stops nobody else; races add nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
import yaml
from sqlalchemy.exc import IntegrityError

from app.db import Database, later, now
from app.errors import ForgeError
from app.events import Issue, Label, Repository
from app.inbox.queries import list_deliveries
from app.milestones.book import Book
from app.releases.decision.identities import Identities
from app.releases.sweep.marks import WHOLE, read_mark
from app.releases.sweep.sweeper import Sweeper, ask_gateways
from app.releases.tables import releases
from tests.releases.play import Play
from tests.releases.scene import LABEL
from tests.releases.sweeping import installed, new, read, sweeper_of

CHANGED = "2026-11-23T08:00:00Z"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[tuple[Play, Sweeper]]:
    with installed(tmp_path, "github") as one:
        yield one


class Quiet:
    """A forge with one closed issue of each repository's milestone, or with a problem in its place."""

    def __init__(self, **problems: ForgeError) -> None:
        self.asked: list[str] = []
        self.problems = problems
        self.meanwhile: Callable[[], object] = lambda: None

    def read_repository(self, repository: Repository) -> Repository:
        return Repository(repository.full_name.rpartition("-")[2], repository.full_name)

    def find_person(self, login: str) -> None:
        """Nobody has any login here."""

    def list_labels(self, repository: Repository) -> list[Label]:
        return [Label("5", LABEL)]

    def list_changed(self, repository: Repository, since: str) -> list[Issue]:
        self.asked.append(repository.full_name)
        if problem := self.problems.get(repository.full_name.rpartition("/")[2].replace("-", "_")):
            raise problem
        self.meanwhile()
        name = repository.full_name
        issue = Issue(repository, 1, f"9{repository.id}", name, name, False, "issue", (Label("5", LABEL),))
        return [replace(issue, close_reason="completed", closed_at=CHANGED, updated_at=CHANGED)]


def book_of(folder: Path, **repositories: int) -> Book:
    """Contracts over so many repositories of each connection: acme/site-1, acme/site-2, …"""
    keys = [f"{name}:acme/site-{i + 1}" for name, count in repositories.items() for i in range(count)]
    file: dict[str, Any] = {
        "version": 1,
        "seller": {"name": "Northwind Studio", "email": "billing@northwind.example"},
        "connections": [
            {"name": name, "forge": "github", "api_url": f"https://{name}.example/api/v3"}
            for name in repositories
        ],
        "gateways": [{"name": "platform", "kind": "http", "url": "https://pay.example/events"}],
        "contracts": [
            {
                "id": f"con_{i}",
                "title": "Site",
                "client": {"name": "Acme Corp", "email": "ap@acme.example"},
                "currency": "usd",
                "total": "100.00",
                "gateway": "platform",
                "repositories": [key],
                "payout": {"to": [{"account": "acc", "share": "100%", "users": ["penny"]}]},
                "milestones": [{"label": LABEL, "title": "All", "share": "100%"}],
            }
            for i, key in enumerate(keys)
        ],
    }
    path = folder / "closeout.yml"
    path.write_text(yaml.safe_dump(file, sort_keys=False), encoding="utf-8")
    return Book(path)


def sweeper_over(db: Database, book: Book, **forges: Quiet) -> Sweeper:
    return Sweeper(db, book, forges, Identities(db, forges), {})  # type: ignore[arg-type]


def told(sweeper: Sweeper) -> dict[str, tuple[int, str]]:
    """By place, what was new and what the problem was."""
    return {one.where: (one.new, one.problem) for one in sweeper.sweep().readings}


def test_one_repository_that_fails_stops_no_other(sqlite_db: Database, tmp_path: Path) -> None:
    forge = Quiet(site_2=ForgeError("it is broken"))
    sweeper = sweeper_over(sqlite_db, book_of(tmp_path, alpha=4), alpha=forge)
    assert told(sweeper) == {
        "alpha:acme/site-1": (1, ""),
        "alpha:acme/site-2": (0, "it is broken"),
        "alpha:acme/site-3": (1, ""),
        "alpha:acme/site-4": (1, ""),
    }
    forge.problems = {}
    assert told(sweeper)["alpha:acme/site-2"] == (1, "")


def test_one_connection_that_fails_stops_no_other(sqlite_db: Database, tmp_path: Path) -> None:
    limited = Quiet(
        site_1=ForgeError("enough", retry_after_s=60), site_2=ForgeError("enough", retry_after_s=60)
    )
    other = Quiet()
    found = told(sweeper_over(sqlite_db, book_of(tmp_path, alpha=2, beta=1), alpha=limited, beta=other))
    assert found["beta:acme/site-1"] == (1, "")
    assert len(limited.asked) == 1  # who limits us is not asked for the rest
    problems = sorted(problem for _, problem in found.values())
    assert problems == ["", "enough", "not asked, since enough"]


def test_a_connection_that_only_fails_is_given_up_until_the_next_sweep(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = ForgeError("it did not answer in time")
    forge = Quiet(**{f"site_{i + 1}": down for i in range(9)})
    monkeypatch.setattr("app.releases.sweep.sweeper.LONGEST_FAILING_S", -1)
    found = told(sweeper_over(sqlite_db, book_of(tmp_path, alpha=9), alpha=forge))
    assert len(forge.asked) == 1
    assert all(problem for _, problem in found.values())
    assert len(found) == 9


def test_a_connection_that_lacks_its_secrets_is_told(sqlite_db: Database, tmp_path: Path) -> None:
    found = told(sweeper_over(sqlite_db, book_of(tmp_path, alpha=1, beta=1), alpha=Quiet()))
    assert found["alpha:acme/site-1"] == (1, "")
    assert "closeout doctor" in found["beta:acme/site-1"][1]


def test_only_a_sweep_that_read_everything_counts_as_whole(sqlite_db: Database, tmp_path: Path) -> None:
    forge = Quiet(site_1=ForgeError("it is broken"))
    sweeper = sweeper_over(sqlite_db, book_of(tmp_path, alpha=2), alpha=forge)

    def whole() -> str | None:
        with sqlite_db.reading() as connection:
            return read_mark(connection, *WHOLE)

    sweeper.sweep()
    assert whole() is None
    forge.problems = {}
    before = now()
    sweeper.sweep()
    assert (whole() or "") >= before


def test_two_servers_that_read_the_same_change_put_one_delivery_into_the_inbox(
    db: Database, tmp_path: Path
) -> None:
    book, first, second = book_of(tmp_path, alpha=1), Quiet(), Quiet()
    other = sweeper_over(db, book, alpha=second)
    between: list[int] = []
    first.meanwhile = lambda: between.append(other.sweep().readings[0].new)
    assert new(sweeper_over(db, book, alpha=first)) == 0
    assert between == [1]
    assert len(list_deliveries(db)) == 1


def test_what_was_found_and_how_far_was_read_are_written_together(
    sqlite_db: Database, tmp_path: Path
) -> None:
    sweeper = sweeper_over(sqlite_db, book_of(tmp_path, alpha=1), alpha=Quiet())
    with sqlite_db.transaction() as connection:
        full = (
            "CREATE TRIGGER full BEFORE INSERT ON sweeps BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
        connection.execute(sa.text(full))
    with pytest.raises(IntegrityError):
        sweeper.sweep()
    assert list_deliveries(sqlite_db) == []
    with sqlite_db.transaction() as connection:
        connection.execute(sa.text("DROP TRIGGER full"))
    assert new(sweeper) == 1


def test_a_sweep_that_is_told_to_stop_ends_after_the_repository_in_hand(
    sqlite_db: Database, tmp_path: Path
) -> None:
    forge = Quiet()
    sweeper = sweeper_over(sqlite_db, book_of(tmp_path, alpha=5), alpha=forge)
    forge.meanwhile = sweeper.stop
    assert len(sweeper.sweep().readings) == 1
    assert len(forge.asked) == 1


# The milestones' labels


def test_a_label_is_known_by_its_id_before_anything_happens_to_it(stage: tuple[Play, Sweeper]) -> None:
    play, sweeper = stage
    play.issue()
    play.lose()
    new(sweeper)
    play.settle()
    play.forge.rename_label(LABEL, "milestone:old")
    number = play.issue()  # makes another label of the old name
    play.forge.close(number, play.person("dana"))
    play.settle()
    assert play.state() == "held"
    assert "is another one than when the contract was accepted" in play.reason()


def test_a_label_that_is_not_there_is_told_once(stage: tuple[Play, Sweeper]) -> None:
    play, sweeper = stage
    with structlog.testing.capture_logs() as logs:
        read(sweeper)
        read(sweeper)
    assert logs == []  # the first look has told it
    play.issue()
    with structlog.testing.capture_logs() as logs:
        read(sweeper_of(play))
    assert [one["problem"] for one in logs if "problem" in one] == ["the forge has no label milestone:uat"]


def test_a_label_that_was_renamed_into_a_milestones_is_told_and_bills_nothing(
    stage: tuple[Play, Sweeper],
) -> None:
    play, sweeper = stage
    number = play.issue()
    play.settle()
    new(sweeper)
    play.forge.rename_label(LABEL, "milestone:uat")
    play.tick()
    play.forge.close(number, play.person("dana"))
    play.lose()
    with structlog.testing.capture_logs() as logs:
        assert new(sweeper) == 1
    problems = [one["problem"] for one in logs if "problem" in one]
    assert "the label milestone:uat was milestone:ui before: somebody renamed it" in problems
    play.settle()
    assert play.state(2) == "held"
    assert play.bills() == 0


# What money waits for


@pytest.mark.parametrize(
    ("state", "due_in_s", "is_asked"),
    [
        ("invoiced", 3600, True),
        ("disbursing", 3600, True),
        ("invoiced", None, True),
        ("invoiced", 600, False),  # in a run's hand
        ("paid", 3600, False),
        ("waiting", None, False),
    ],
)
def test_what_waits_for_a_gateway_is_asked_about_at_once(
    stage: tuple[Play, Sweeper], state: str, due_in_s: int | None, is_asked: bool
) -> None:
    play, _ = stage
    play.closed()
    play.settle()
    due_at = None if due_in_s is None else later(due_in_s)
    with play.db.transaction() as connection:
        connection.execute(sa.update(releases).values(state=state, due_at=due_at))
    assert ask_gateways(play.db) == int(is_asked)
    with play.db.reading() as connection:
        found = connection.scalar(sa.select(releases.c.due_at))
    assert (found is not None and found <= now()) == is_asked
