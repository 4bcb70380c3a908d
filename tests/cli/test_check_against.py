"""`closeout check --against-database`, and the same comparison in the server's log."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import logs
from app.cli import closeout
from app.db import Database
from app.milestones.book import Book
from app.milestones.contract import Configuration
from app.releases.told.decided import TOLD, tell_differences
from tests.cli.prepared import Desk
from tests.e2e.stack import stack
from tests.milestones.example import TEXT, configuration, edited
from tests.releases.examples import seen

DEARER = edited(("total: 30000.00", "total: 40000.00"))


def test_a_file_that_differs_in_nothing_says_so_and_how_much_was_compared(
    db: Database, tmp_path: Path
) -> None:
    desk = Desk(db, tmp_path)
    desk.disbursed(1)
    desk.invoiced(2)
    desk.decide(3, seen(13, is_open=True))
    lines = desk.said("check", "--against-database").splitlines()
    assert lines == [
        f"{desk.config}: no problems; 1 contract, 4 milestones, 30,000.00 usd",
        f"{desk.config}: nothing differs against 2 releases in the database",
    ]


def test_differences_stand_at_their_place_in_the_file_and_fail(db: Database, tmp_path: Path) -> None:
    desk = Desk(db, tmp_path)
    desk.invoiced(2)
    desk.write(DEARER)
    result = desk.call("check", "--against-database")
    assert result.exit_code == 1
    differs, summary = result.output.splitlines()[1:]
    share = TEXT.splitlines()[19].index("25%") + 1
    assert differs.startswith(f"{desk.config}:20:{share}: error: contracts[0].milestones[1].share: ")
    assert "the release keeps 7,500.00 usd as decided on 20" in differs
    assert summary == f"{desk.config}: 1 error against 1 release in the database"


def test_a_warning_alone_does_not_fail(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced(1)
    desk.write(edited(("title: Kickoff Deposit,", "title: Deposit,")))
    said = desk.said("check", "--against-database")
    assert "warning: contracts[0].milestones[0].title: " in said
    assert said.endswith("1 warning against 1 release in the database\n")


def test_what_was_withdrawn_was_not_decided(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.released(2)
    desk.reopened(2)
    assert desk.state(2) == "withdrawn"
    desk.write(DEARER)
    assert "nothing differs against 0 releases" in desk.said("check", "--against-database")


def test_without_the_option_the_database_is_not_looked_at(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced(2)
    desk.write(DEARER)
    assert "database" not in desk.said("check")
    assert "differences" not in json.loads(desk.said("check", "--json"))


def test_json_has_the_differences_beside_the_problems(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced(2)
    desk.write(DEARER)
    result = desk.call("check", "--against-database", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.output)
    (one,) = answer["differences"]
    assert (one["severity"], one["line"], one["field"]) == ("error", 20, "contracts[0].milestones[1].share")
    assert (answer["release_count"], answer["problems"]) == (1, [])
    assert answer["contracts"][0]["total_minor"] == 4_000_000


@pytest.mark.parametrize("is_there", [True, False])
def test_no_database_yet_is_said_and_is_no_error(tmp_path: Path, is_there: bool) -> None:
    path = tmp_path / "closeout.db"
    if is_there:
        path.touch()  # a server that never got as far as making its tables
    config = tmp_path / "closeout.yml"
    config.write_text(TEXT, encoding="utf-8")
    runner = CliRunner(env={"CLOSEOUT_DATABASE_URL": f"sqlite:///{path}"})
    result = runner.invoke(closeout, ["check", "--against-database", str(config)])
    assert result.exit_code == 0
    assert "there is no database yet" in result.output
    as_json = runner.invoke(closeout, ["check", "--against-database", "--json", str(config)])
    assert json.loads(as_json.output)["differences"] is None
    assert path.exists() == is_there


def test_an_empty_postgres_database_is_no_database_of_ours(empty_database_url: str, tmp_path: Path) -> None:
    config = tmp_path / "closeout.yml"
    config.write_text(TEXT, encoding="utf-8")
    runner = CliRunner(env={"CLOSEOUT_DATABASE_URL": empty_database_url})
    result = runner.invoke(closeout, ["check", "--against-database", str(config)])
    assert (result.exit_code, "there is no database yet" in result.output) == (0, True)


def test_a_file_that_can_not_be_used_is_not_compared(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.write(edited(("currency: usd", "currency: us")))
    result = desk.call("check", "--against-database")
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == (
        f"{desk.config}: not compared with the database, since it can not be used"
    )


LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """What was logged since the test began."""
    stream = io.StringIO()
    logs.configure("warning", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure("warning")


def test_the_log_says_each_difference_once_with_its_mend(
    sqlite_db: Database, tmp_path: Path, log_lines: LogLines
) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced(2)
    tell_differences(sqlite_db, configuration(TEXT))
    assert log_lines() == []
    tell_differences(sqlite_db, configuration(DEARER))
    (line,) = log_lines()
    assert (line["event"], line["severity"], line["field"]) == (
        "configuration.differs",
        "error",
        "contracts[0].milestones[1].share",
    )
    assert "this milestone is 10,000.00 usd now" in line["problem"]
    assert line["mend"]


def test_a_log_of_many_differences_ends_with_how_many_are_left_out(
    sqlite_db: Database, tmp_path: Path, log_lines: LogLines
) -> None:
    share = (
        "      - {{label: 'milestone:{0}', title: Part {0}, share: 4%, criteria: [Report {0} delivered]}}\n"
    )
    text = TEXT[: TEXT.index("      - {label")] + "".join(share.format(number) for number in range(25))
    desk = Desk(sqlite_db, tmp_path, text)
    for index in range(1, 24):
        desk.invoiced(index)
    tell_differences(sqlite_db, configuration(text.replace("total: 30000.00", "total: 40000.00")))
    lines = log_lines()
    assert [line["event"] for line in lines[:-1]] == ["configuration.differs"] * TOLD
    assert (lines[-1]["left_out"], "check --against-database" in lines[-1]["mend"]) == (3, True)


def test_a_database_that_does_not_answer_stops_nobody(tmp_path: Path, log_lines: LogLines) -> None:
    tell_differences(Database(f"sqlite:///{tmp_path / 'empty.db'}"), configuration(TEXT))
    (line,) = log_lines()
    assert "could not be compared" in line["event"]


def test_whoever_watches_the_book_hears_of_the_start_and_of_every_change(tmp_path: Path) -> None:
    path = tmp_path / "closeout.yml"
    path.write_text(TEXT, encoding="utf-8")
    book = Book(path)
    heard: list[tuple[Configuration | None, Configuration]] = []
    book.watch(lambda old, new: heard.append((old, new)))
    book.refresh()
    first = book.current
    assert heard == [(None, first)]
    path.write_text("contracts: [", encoding="utf-8")
    book.refresh()
    path.write_text(DEARER, encoding="utf-8")
    book.refresh()
    assert heard == [(None, first), (first, book.current)]
    assert book.current.contracts["con_7732_alpha"].total_minor == 4_000_000


def test_a_running_server_logs_what_differs_after_a_reload_and_at_its_next_start(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as one:
        server = one.serve()
        one.close(one.open_issue("milestone:ui-prototype"))
        one.until_state(2, "disbursed")
        log = one.folder / "server.log"
        assert "configuration.differs" not in log.read_text(encoding="utf-8")
        one.config.write_text(
            one.config.read_text(encoding="utf-8").replace("30000.0", "40000.0"), encoding="utf-8"
        )
        one.until(
            "the difference", lambda: log.read_text(encoding="utf-8").count("configuration.differs") or None
        )
        server.stop()
        one.serve()
        one.until(
            "it again", lambda: log.read_text(encoding="utf-8").count("configuration.differs") == 2 or None
        )
        one.until_state(2, "disbursed")
