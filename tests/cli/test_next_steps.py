"""What `closeout explain` names as next is right in every state: each command that it offers is taken."""

from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from app.db import Database
from app.gateways.base import Done
from app.releases.money import billing
from app.releases.states import State
from tests.cli.cases import CASES, Case
from tests.cli.plays import IDENTITY
from tests.cli.prepared import CONTRACT, Desk
from tests.milestones.example import TEXT


@dataclass(frozen=True)
class Room:
    """Makes desks, each on a fresh database."""

    template: Path
    folder: Path

    def desk(self, case: Case, name: str) -> Desk:
        folder = self.folder / name
        folder.mkdir()
        shutil.copyfile(self.template, folder / "closeout.db")
        desk = Desk(Database(f"sqlite:///{folder / 'closeout.db'}"), folder, case.text)
        case.play(desk)
        return desk


@pytest.fixture
def room(sqlite_template: Path, tmp_path: Path) -> Room:
    return Room(sqlite_template, tmp_path)


def explained(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk.said("explain", CONTRACT, "2", "--json"))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_state_says_what_it_waits_for_and_every_order_that_it_names_is_taken(
    room: Room, case: Case
) -> None:
    found = explained(room.desk(case, "asked"))
    assert found["release"]["state"] == case.state
    assert case.waits_for in found["waits_for"]
    assert bool(case.waits_for) == bool(found["waits_for"])
    prefix = "closeout releases "
    commands = [one["how"] for one in found["next"] if one["how"].startswith(prefix)]
    assert set(commands) == {_command(order) for order in case.orders}
    told = [f"{one['who']}: {one['how']}" for one in found["next"]]
    for other in case.others:
        assert any(other in line for line in told), told
    for number, command in enumerate(commands):
        desk = room.desk(case, f"order-{number}")
        words = shlex.split(command.replace("REASON", "because").replace("REFERENCE", "SEPA-1"))[1:]
        desk.said(*words, *(["--yes"] if words[1] in ("refund", "trigger") else []))


def _command(order: str) -> str:
    verb, _, rest = order.partition(" ")
    return " ".join(filter(None, ["closeout releases", verb, CONTRACT, "2", rest]))


def test_no_state_is_left_out() -> None:
    assert {case.state for case in CASES} == set(get_args(State))


def test_a_milestone_that_left_the_file_says_that_nothing_bills_it(room: Room) -> None:
    desk = room.desk(CASES[0], "gone")
    lines = [line for line in TEXT.splitlines() if "milestone:" not in line or "kickoff" in line]
    desk.write("\n".join(lines).replace("share: 30%", "share: 100%"))
    found = explained(desk)
    assert "the file has no such milestone any more" in found["waits_for"]
    assert found["next"] == []


def test_an_invoice_that_came_after_all_is_explained_as_paid(room: Room) -> None:
    """What is next follows from what is written down, not from how it came there."""
    desk = room.desk(next(case for case in CASES if case.name == "unknown"), "late")
    with desk.db.transaction() as connection:
        billing.record_invoice(
            connection, IDENTITY, f"{IDENTITY}/r1/open_invoice", Done(invoice=desk.invoice())
        )
    desk.gateway_says("paid")
    assert "closeout serve, which orders the payouts" in explained(desk)["waits_for"]
