"""Restored from before the payments came, the books have each of them again, and each part of a share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.backup.travel import Step, closed, go_on, opened, paid, reconcile, settle, travel
from tests.releases.paying import legs, paid_out
from tests.releases.play import Play, play
from tests.releases.scene import PAYEES


def part_paid(stage: Play) -> None:
    stage.platform.books.receive(stage.platform.books.invoices()[-1].id, 20_000)
    settle(stage)


def disputed(stage: Play) -> None:
    stage.platform.disputes.open(stage.platform.books.invoices()[-1].id)
    settle(stage)


IN_PARTS: list[tuple[Step, str]] = [
    (opened, "waiting"),
    (closed, "invoiced"),
    (part_paid, "invoiced"),
    (part_paid, "invoiced"),
    (paid, "disbursed"),
    (disputed, "disputed"),
]
IN_ADVANCE: list[tuple[Step, str]] = [
    (opened, "waiting"),
    (closed, "disbursed"),
    (part_paid, "disbursed"),
    (paid, "disbursed"),
]
LIVES: list[tuple[dict[str, Any], list[tuple[Step, str]], int, int]] = [
    ({"partial": "pro_rata"}, IN_PARTS, 1, 4),
    ({"partial": "pro_rata"}, IN_PARTS, 1, 5),
    ({"partial": "pro_rata"}, IN_PARTS, 3, 5),
    ({"partial": "pro_rata"}, IN_PARTS, 3, 6),
    ({"partial": "pro_rata"}, IN_PARTS, 5, 6),
    ({"partial": "pro_rata", "auto_clear": False}, IN_PARTS[:2], 1, 2),
    ({"disburse": "on_close"}, IN_ADVANCE, 1, 2),
    ({"disburse": "on_close"}, IN_ADVANCE, 1, 4),
    ({"disburse": "on_close"}, IN_ADVANCE, 2, 3),
]


@pytest.mark.parametrize(("how", "life", "backed_up", "lost"), LIVES)
def test_what_was_paid_and_passed_on_is_in_the_books_again_once(
    tmp_path: Path, how: dict[str, Any], life: list[tuple[Step, str]], backed_up: int, lost: int
) -> None:
    payout = {"auto_clear": True, "to": PAYEES, **how}
    with play(tmp_path, "github", payout=payout) as stage:
        stage.platform.books.prefunded_minor = 60_000
        steps = [step for step, _ in life]
        travel(stage, steps[:backed_up], steps[backed_up:lost], tmp_path)
        before = paid_out(stage)
        found = reconcile(stage)
        assert (found.differences, found.is_frozen) == ([], False)
        go_on(stage)
        assert stage.state() == life[lost - 1][1], stage.reason()
        assert paid_out(stage) == before
        assert [(account, minor) for account, _, minor, _ in legs(stage)] == before
        for step, state in life[lost:]:
            step(stage)
            assert stage.state() == state
        stage.check()
