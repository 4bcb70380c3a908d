"""What was voided in the forgotten time: nothing bills it again by itself, and it is not forgotten either."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import ForgeError
from app.releases.who import Who
from tests.backup.travel import Step, closed, go_on, opened, reconcile, reopened, travel
from tests.releases.play import Play, play

GRACE = {"grace": "2h"}


def billed(stage: Play) -> None:
    """Closed, and the grace is over."""
    closed(stage)
    stage.pass_time()


def closed_anew(stage: Play) -> None:
    reopened(stage)
    billed(stage)


def approved(stage: Play) -> None:
    from app.releases.people import orders

    with stage.db.transaction() as connection:
        orders.approve(connection, orders.locked(connection, "con_play", 1), Who("olga", "command line"))
    stage.settle()
    stage.pass_time()


@pytest.mark.parametrize(
    ("before", "after", "bills_it"),
    [
        ([opened, billed], [reopened, closed], closed_anew),
        ([opened, billed], [reopened, closed], approved),
        ([opened], [billed, reopened, closed], approved),
        ([opened], [billed, reopened, closed], closed_anew),
    ],
)
def test_what_was_closed_again_waits_for_a_person_and_says_so(
    tmp_path: Path, before: list[Step], after: list[Step], bills_it: Step
) -> None:
    """Its second revision was in its grace; whether somebody ordered the first one back is forgotten."""
    with play(tmp_path, "github", GRACE) as stage:
        travel(stage, before, after, tmp_path)
        found = reconcile(stage)
        assert (found.differences, found.is_frozen) == ([], False)
        (told,) = found.adopted
        assert "void; what bills it again: closeout explain con_play 1" in told
        go_on(stage)
        stage.pass_time()
        go_on(stage)
        assert stage.bills() == 1
        assert "to bill it all the same, reopen one of its issues and close it again" in stage.reason()
        bills_it(stage)
        go_on(stage)
        assert (stage.state(), stage.release()["revision"], stage.bills()) == ("invoiced", 2, 2)


def test_while_its_issues_can_not_be_read_nothing_of_it_is_taken_in(tmp_path: Path) -> None:
    """Half of it would be its void invoice alone: it would never be billed again then, and nobody told."""
    with play(tmp_path, "github", GRACE) as stage:
        travel(stage, [opened, billed], [reopened, closed], tmp_path)
        decider, stage.decider = stage.decider, _Unreachable()  # type: ignore[assignment]
        found = reconcile(stage)
        assert (found.is_frozen, stage.state()) == (True, "invoiced")
        assert "the forge is away" in found.differences[0].what
        stage.decider = decider
        assert not reconcile(stage).is_frozen
        go_on(stage)
        closed_anew(stage)
        assert (stage.release()["revision"], stage.bills()) == (2, 2)


class _Unreachable:
    def decision(self, *_: object) -> None:
        raise ForgeError("the forge is away")
