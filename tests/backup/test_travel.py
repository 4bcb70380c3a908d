"""Whenever it was backed up and lost: what the platform booked is in the books again, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backup.travel import Step, closed, go_on, opened, paid, reconcile, refunded, reopened, travel
from tests.conftest import PostgresServer
from tests.releases.play import Play, play

LIFE: list[tuple[Step, str]] = [
    (opened, "waiting"),
    (closed, "invoiced"),
    (reopened, "voided"),
    (closed, "invoiced"),
    (paid, "disbursed"),
    (reopened, "disputed"),
    (refunded, "refunded"),
]
"""What happens to a milestone, and the state after it."""

MOMENTS = [(0, 4), (0, 6), (0, 7), (1, 3), (2, 3), (2, 5), (3, 4), (4, 5), (5, 7), (6, 7)]
"""(steps before the backup, steps before the loss)"""


def lived(stage: Play, folder: Path, backed_up: int, lost: int, url: str = "") -> None:
    """Restored and reconciled it stands where it stood, and a sweep changes nothing of that."""
    steps = [step for step, _ in LIFE]
    travel(stage, steps[:backed_up], steps[backed_up:lost], folder, url)
    sent = len(stage.journal("request"))
    found = reconcile(stage)
    assert (found.differences, found.is_frozen) == ([], False)
    assert len(stage.journal("request")) == sent, "reconciling orders nothing"
    go_on(stage)
    # Of a milestone that was void and forgotten, only the number of the next revision is left to know.
    is_forgotten = (backed_up, LIFE[lost - 1][1]) == (1, "voided")
    assert stage.state() == ("waiting" if is_forgotten else LIFE[lost - 1][1])


@pytest.mark.parametrize(("backed_up", "lost"), MOMENTS)
def test_a_milestone_stands_where_it_stood(tmp_path: Path, backed_up: int, lost: int) -> None:
    with play(tmp_path, "github") as stage:
        lived(stage, tmp_path, backed_up, lost)


@pytest.mark.parametrize(("backed_up", "lost"), [(1, 5), (2, 7)])
def test_on_postgresql_too(
    tmp_path: Path, postgres_server: PostgresServer, postgres_template: str, backed_up: int, lost: int
) -> None:
    name = f"travel_{abs(hash(str(tmp_path)))}"
    url = postgres_server.create(name, postgres_template)
    with play(tmp_path, "github", database_url=url) as stage:
        lived(stage, tmp_path, backed_up, lost, postgres_server.create(f"{name}_restored"))
    for one in (name, f"{name}_restored"):
        postgres_server.drop(one)


def test_a_milestone_that_goes_on_after_it_was_restored_is_billed_and_paid_once(tmp_path: Path) -> None:
    """Voided and closed again in the forgotten time, it is the third revision that is billed at last."""
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, reopened, closed, reopened], tmp_path)
        assert not reconcile(stage).is_frozen
        go_on(stage)
        closed(stage)
        paid(stage)
        go_on(stage)
        assert (stage.state(), stage.release()["revision"]) == ("disbursed", 3)
        assert [one["revision"] for one in stage.journal("invoice_opened")] == [1, 2, 3]
        assert len(stage.journal("transfer")) == 2, "one for each payee"


def test_restored_beside_the_engine_of_the_lost_books_it_goes_on_at_once(tmp_path: Path) -> None:
    """The engine's file holds runs whose names come again; the restored release would be taken for ended."""
    with play(tmp_path, "github") as stage:
        url = stage.settings.database_url
        travel(stage, [opened, closed], [paid, reopened], tmp_path, url)
        assert list(tmp_path.glob("closeout-engine.dbos_until_*.db"))
        run = stage.release()
        assert (run["state"], reconcile(stage).is_frozen) == ("invoiced", False)
        go_on(stage)
        assert stage.state() == "disputed"
