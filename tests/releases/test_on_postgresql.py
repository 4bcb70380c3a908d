"""The ways back on PostgreSQL too: its locks, its types and its constraints are not SQLite's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from app.db import Database
from app.events import Person, Repository, Role
from app.forges.base import Forge
from app.releases.decision.decider import Decider
from app.releases.decision.identities import Identities
from tests.conftest import PostgresServer
from tests.releases.play import Play, play
from tests.releases.scene import CONTRACT

RULES = {
    "acceptance": {"by": ["anna"], "within": "2 days"},
    "approve_above": "500.00",
    "approvers": ["lena"],
    "max_per_day": "5000.00",
    "grace": "1m",
}


@pytest.fixture
def stage(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Play]:
    """Every rule at once."""
    name = f"play_{abs(hash(str(tmp_path)))}"
    with play(tmp_path, "gitlab", RULES, database_url=postgres_server.create(name)) as one:
        one.person("anna", "read")
        one.person("lena", "admin")
        yield one
        one.check()
    postgres_server.drop(name)


def say(stage: Play, by: str, text: str) -> None:
    stage.forge.comment(1, stage.person(by), f"/closeout {text}")
    stage.settle()


def until_invoiced(stage: Play) -> None:
    """Approved by lena, through the grace, accepted by anna."""
    stage.settle()
    assert stage.state() in ("held", "voided"), "each closing needs an approval of its own"
    say(stage, "lena", "approve")
    assert stage.state() == "ready"
    stage.pass_time()
    assert stage.state() == "awaiting_acceptance"
    say(stage, "anna", "accept")
    assert stage.state() == "invoiced"


def test_voided_billed_again_paid_disputed_and_refunded(stage: Play) -> None:
    number = stage.closed()
    until_invoiced(stage)
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    assert stage.state() == "voided"
    stage.forge.close(number, stage.person("dana"))
    until_invoiced(stage)
    assert (stage.release()["revision"], stage.bills()) == (2, 2)
    stage.pay()
    assert stage.state() == "disbursed"
    say(stage, "anna", "dispute it broke")
    assert stage.state() == "disputed"
    stage.order("refund", keep_payouts=False)
    assert stage.state() == "refunded"
    assert (len(stage.journal("reversal")), len(stage.journal("credit_note"))) == (2, 1)


def test_a_hold_stops_the_payouts_until_it_is_lifted(stage: Play) -> None:
    stage.closed()
    until_invoiced(stage)
    say(stage, "anna", "hold wait")
    stage.pay()
    assert (stage.state(), stage.journal("transfer")) == ("held", [])
    say(stage, "anna", "resume")
    assert (stage.state(), len(stage.journal("transfer"))) == ("disbursed", 2)


class Paused:
    """A worker's forge that stops before it answers for somebody's role, until it is told to go on."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self.has_stopped, self.go_on = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._forge, name)

    def read_role(self, repository: Repository, person: Person) -> Role:
        self.has_stopped.set()
        self.go_on.wait(30)
        return self._forge.read_role(repository, person)


def test_of_two_servers_the_second_looks_only_when_the_first_has_written_down_what_it_saw(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """Else what the first read before a reopening would overrule what the second found after it."""
    name = f"play_{abs(hash(str(tmp_path)))}"
    with play(tmp_path, "gitlab", database_url=postgres_server.create(name)) as stage:
        number = stage.closed()
        stage.lose()
        paused = Paused(stage.client)
        forges = cast("dict[str, Forge]", {"forge": paused})
        db = Database(stage.settings.database_url)
        first = Decider(db, stage.book, forges, Identities(db, forges))
        one = threading.Thread(target=first.look_at, args=(CONTRACT, 1))
        one.start()
        assert paused.has_stopped.wait(30)
        stage.forge.reopen(number, stage.person("dana"))
        stage.lose()
        two = threading.Thread(target=stage.decider.look_at, args=(CONTRACT, 1))
        two.start()
        two.join(0.5)
        assert two.is_alive(), "the second server waits"
        paused.go_on.set()
        one.join(30)
        two.join(30)
        stage.settle()
        assert (stage.state(), stage.bills()) in (("withdrawn", 0), ("voided", 1))
        db.close()
    postgres_server.drop(name)
