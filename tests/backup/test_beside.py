"""`closeout reconcile` beside a working server: what it read a moment ago may be older than the books."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.gateways.base import Booked, Failed, Unknown
from tests.backup.travel import closed, go_on, opened, paid, reconcile, reopened
from tests.releases.play import Play, play
from tests.releases.scene import CONTRACT


class ReadBefore:
    """The platform, whose list was read before all that has happened since."""

    def __init__(self, stage: Play) -> None:
        self._stage, self._there = stage, stage.gateways["platform"]
        self._lists = [self._there.booked(CONTRACT)]
        stage.gateways["platform"] = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._there, name)

    def booked(self, contract_id: str) -> tuple[Booked, ...] | Failed | Unknown:
        return self._lists.pop() if self._lists else self._there.booked(contract_id)


def closed_and_not_ordered_yet(stage: Play) -> None:
    stage.tick()
    stage.forge.close(1, stage.person("dana"))
    stage.take()


@pytest.mark.parametrize("closed_again", [closed_and_not_ordered_yet, closed])
def test_a_release_that_was_billed_anew_meanwhile_is_left_alone(tmp_path: Path, closed_again: Any) -> None:
    with play(tmp_path, "github") as stage:
        opened(stage)
        closed(stage)
        listed = ReadBefore(stage)
        for step in (reopened, closed_again):
            step(stage)
        before = (stage.state(), stage.release()["revision"], stage.reason())
        found = reconcile(stage)
        assert (found.adopted, found.differences, found.is_frozen) == ([], [], False)
        assert not listed._lists
        assert (stage.state(), stage.release()["revision"], stage.reason()) == before
        go_on(stage)
        paid(stage)
        go_on(stage)
        assert (stage.state(), stage.bills()) == ("disbursed", 2)
