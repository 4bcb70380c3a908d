"""`closeout explain` as a person and as a script see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import closeout
from app.db import Database
from app.errors import CloseoutError
from app.milestones import document
from app.releases.decision.decide import decide
from app.releases.decision.record import record
from tests.cli.prepared import CONTRACT, Desk
from tests.e2e.stack import stack
from tests.milestones.example import SECOND, TEXT, edited
from tests.releases.examples import found, seen
from tests.releases.test_history import deliver

EXAMPLE_RULES = Path(__file__).parents[2] / "config" / "examples" / "rules.yml"


def without_database(tmp_path: Path, *arguments: str, text: str = TEXT) -> str:
    """What it prints where no server ever ran."""
    config = tmp_path / "closeout.yml"
    config.write_text(text, encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'none.db'}"
    runner = CliRunner(env={"CLOSEOUT_DATABASE_URL": url, "CLOSEOUT_CONFIG": str(config)})
    result = runner.invoke(closeout, ["explain", *arguments])
    assert not (tmp_path / "none.db").exists()
    if result.exception is not None:
        raise result.exception
    return result.output


def test_a_milestone_to_which_nothing_has_happened_says_what_it_waits_for(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_db, tmp_path)
    assert (
        desk.said("explain", CONTRACT, "2")
        == without_database(tmp_path, CONTRACT, "2")
        == (
            """\
Alpha storefront (con_7732_alpha), milestone 2: Midway UI Prototype Sign-off
  client     Acme Corp
  amount     7,500.00 usd
  rules      closed and labelled by somebody with the role write, maintain or admin
  state      nothing has happened yet
  waits for  every issue with the label milestone:ui-prototype in github:acme/storefront, closed as
             completed
  next       it is decided at once:
               somebody with the role write, maintain or admin: close the issues of
               milestone:ui-prototype as completed

Nothing has happened to it yet.
"""
        )
    )


def test_every_rule_is_told_in_words(tmp_path: Path) -> None:
    said = [
        " ".join(
            without_database(tmp_path, "con_7733_beta", str(index), text=EXAMPLE_RULES.read_text()).split()
        )
        for index in (1, 2, 3, 4)
    ]
    assert "waits for somebody who releases it by hand" in said[0]
    assert "closeout releases trigger con_7733_beta 1" in said[0]
    assert "closed by" not in said[0]
    assert (
        "waits for the first issue with the label milestone:prototype in github:acme/warehouse,"
        " github:acme/warehouse-app, closed as completed or not planned" in said[1]
    )
    for words in (
        "closed by somebody with the role maintain or admin or lena",
        "labelled by lena or marc",
        "not closed by a payee",
        "above 11,000.00 usd approved by lena or marc",
        "when more than 20,000.00 usd of the contract would be released in a day approved by lena or marc",
        "released after 15 minutes in which nothing is reopened",
        "accepted by anna or acme-tom within 5 business days; silence holds it",
    ):
        assert words in said[1]
    assert "the milestone v1.0 of github:acme/warehouse, github:acme/warehouse-app: closed itself" in said[2]
    assert "released after 2 hours" in said[2]
    assert "accepted by anna within 14 days; silence holds it" in said[3]
    assert "when more than 8,000.00 usd" in said[3]


@pytest.mark.parametrize(
    ("contract", "index", "words"),
    [
        ("con_7732_alpa", "2", f"there is no contract 'con_7732_alpa'. Did you mean '{CONTRACT}'?"),
        ("xyz", "2", f"there is no contract 'xyz'. Known here: {CONTRACT}, con_gone"),
        (CONTRACT, "5", f"{CONTRACT} has no milestone 5. Its milestones are: 1 Kickoff Deposit, 2 Midway"),
        (CONTRACT, "0", f"{CONTRACT} has no milestone 0. Its milestones are: 1 Kickoff Deposit"),
        ("con_gone", "1", "con_gone has no milestone 1. Its milestones are: 2"),
    ],
)
def test_a_wrong_name_is_refused_with_what_was_probably_meant(
    sqlite_db: Database, tmp_path: Path, contract: str, index: str, words: str
) -> None:
    desk = Desk(sqlite_db, tmp_path, TEXT.replace(CONTRACT, "con_gone"))
    release_of_gone(desk)
    desk.write(TEXT)
    assert desk.refused("explain", contract, index).startswith(words)
    assert desk.call("explain", CONTRACT, "two").exit_code == 2


def release_of_gone(desk: Desk) -> None:
    """A release of a contract that leaves the file afterwards."""
    contract = document.load(desk.config).contracts["con_gone"]
    milestone = contract.milestone(2)
    with desk.db.transaction() as connection:
        record(connection, contract, milestone, decide(contract, milestone, found(seen())))


def test_a_wrong_name_is_refused_without_a_database_too(tmp_path: Path) -> None:
    with pytest.raises(CloseoutError, match="Did you mean"):
        without_database(tmp_path, "con_7732_alfa", "2")
    with pytest.raises(CloseoutError, match="has no milestone 9"):
        without_database(tmp_path, CONTRACT, "9")


def test_a_release_of_a_contract_that_left_the_file_is_explained_from_its_snapshot(
    db: Database, tmp_path: Path
) -> None:
    desk = Desk(db, tmp_path, TEXT.replace(CONTRACT, "con_gone"))
    release_of_gone(desk)
    desk.write(TEXT)
    said = desk.said("explain", "con_gone", "2")
    assert "Alpha storefront (con_gone), milestone 2: Midway UI Prototype Sign-off" in said
    assert "client     Acme Corp" in said
    assert "the contract 'con_gone' is gone, but milestone 2 is ready" in " ".join(said.split())


def test_a_file_that_can_not_be_used_is_told_and_stops_no_explanation(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced()
    desk.write(TEXT.replace("currency: usd", "currency: us"))
    said = desk.said("explain", CONTRACT, "2")
    assert "state      invoiced" in said
    assert "the contract file can not be used:" in said
    assert "unknown currency 'us'" in json.loads(desk.said("explain", CONTRACT, "2", "--json"))["problem"]


def test_where_the_file_differs_from_the_release_is_a_note(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced(2)
    desk.invoiced(3)
    desk.write(
        edited(("title: Midway UI Prototype Sign-off", "title: UI"), ("milestone:uat", "milestone:test"))
    )
    (note,) = json.loads(desk.said("explain", CONTRACT, "2", "--json"))["notes"]
    assert note.startswith("the contract file differs: the title was 'Midway UI Prototype Sign-off'")
    assert "note       the contract file differs: the title was" in desk.said("explain", CONTRACT, "2")


def test_deliveries_that_ended_nowhere_are_a_note_while_something_is_waited_for(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.decide(2, seen(is_open=True))
    desk.disbursed(1)
    for name, status, connection in (
        ("a", "parked", "github"),
        ("b", "waiting", "github"),
        ("c", "parked", "other"),
    ):
        deliver(desk, name, status=status, connection=connection)
    deliver(desk, "d", status="ignored")
    told = json.loads(desk.said("explain", CONTRACT, "2", "--json"))
    assert told["notes"] == [
        "1 of github's deliveries is parked and may concern it: closeout deliveries --status parked",
        "1 of github's deliveries is waiting and may concern it: closeout deliveries --status waiting",
    ]
    assert json.loads(desk.said("explain", CONTRACT, "1", "--json"))["notes"] == []


def test_everything_stays_within_100_columns_but_what_can_not_be_broken(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.disbursed()
    desk.reopened()
    long = [line for line in desk.said("explain", CONTRACT, "2").splitlines() if len(line) > 100]
    assert long == []
    desk.said("releases", "resume", CONTRACT, "2", "--as", "x" * 200)
    long = [line for line in desk.said("explain", CONTRACT, "2").splitlines() if len(line) > 100]
    assert all("x" * 200 in line for line in long)


def test_what_people_wrote_can_not_steer_the_terminal(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    desk.invoiced()
    desk.said("releases", "hold", CONTRACT, "2", "a\x1b[2Jb\r\nc\u202ed", "--as", "o\x07lga")
    assert not {"\x1b", "\r", "\u202e", "\x07"} & set(desk.said("explain", CONTRACT, "2"))


def test_json_has_everything(db: Database, tmp_path: Path) -> None:
    desk = Desk(db, tmp_path, TEXT + SECOND)
    desk.paid()
    told = json.loads(desk.said("explain", CONTRACT, "2", "--json"))
    assert (told["contract"], told["milestone_index"]) == (CONTRACT, 2)
    assert told["client"]["name"] == "Acme Corp"
    assert (told["milestone"]["amount_minor"], told["currency"]) == (750_000, "usd")
    assert told["trigger"].startswith("every issue with the label milestone:ui-prototype")
    assert told["release"]["state"] == "paid"
    assert told["release"]["invoice"]["number"] == "2026-2-1"
    assert told["waits_for"] == "closeout serve, which orders the payouts at once"
    assert [one["how"] for one in told["next"]] == [f"closeout releases hold {CONTRACT} 2 REASON"]
    kinds = {"decision", "call", "state", "invoice", "posting", "event"}
    assert kinds <= {entry["kind"] for entry in told["history"]}
    assert all({"at", "kind", "text", "details", "data"} == set(entry) for entry in told["history"])
    (comment,) = told["comments"]
    assert (comment["repository"], comment["issue_number"]) == ("acme/storefront", 12)


def test_json_of_an_untouched_milestone_has_the_same_keys(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path)
    untouched = json.loads(desk.said("explain", CONTRACT, "2", "--json"))
    assert untouched["release"] is None
    assert [untouched[name] for name in ("history", "comments", "notes")] == [[], [], []]
    desk.paid()
    assert set(untouched) == set(json.loads(desk.said("explain", CONTRACT, "2", "--json")))


def test_the_story_of_a_real_run_is_whole(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as one:
        one.serve()
        issue = one.open_issue("milestone:ui-prototype")
        one.close(issue)
        one.until_state(2, "disbursed")
        one.until_quiet()
        one.until_told()
        told = json.loads(one.cli("explain", CONTRACT, "2", "--json").stdout)
    lines = [f"{entry['kind']} {entry['text']}" for entry in told["history"]]
    for words in (
        "decision waiting → ready: completed: #1 closed by dana (write)",
        "call open invoice at platform: done, 1 attempt",
        "invoice SBX-0001 over 7,500.00 usd issued by platform (revision 1)",
        "call pay out for acc_dev_team_44 at platform: done, 1 attempt",
        "payout 7,500.00 usd to acc_dev_team_44: paid",
        "state disbursing → disbursed: the payout has arrived",
        "event disbursed told to platform: delivered",
    ):
        assert words in lines, lines
    for words in ("of github, issues closed: handled", "of platform, payout.paid: handled"):
        assert any(words in line for line in lines), lines
    (comment,) = told["comments"]
    assert "/issues/1#issuecomment-" in comment["url"]
    assert comment["problem"] == ""
