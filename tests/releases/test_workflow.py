"""The durable workflow: one process, begun again, and told in words when something is missing."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import Database
from app.engine import Engine
from app.errors import AlreadyRunning, StorageUnavailable
from app.releases import workflow
from tests.releases.bench import Bench


def test_a_second_process_on_the_same_database_is_refused_with_the_holder(bench: Bench) -> None:
    db = Database(bench.settings.database_url)
    second = Engine(bench.settings, db)
    with pytest.raises(AlreadyRunning, match="uses this database already"):
        second.launch()
    db.close()


def test_a_run_that_dies_before_its_first_commit_is_begun_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("begin", "change"):  # the run's first step, and what would write its error down
        _break_once(monkeypatch, name)
    bench.release()
    bench.turn_until(lambda _release: bench.row()["run"] == 1)
    bench.due_now()
    bench.turn_until(lambda release: release["state"] == "invoiced")
    assert len(bench.platform.journal.entries("invoice_opened")) == 1


def _break_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    original, left = getattr(workflow, name), [StorageUnavailable("the disk is full")]

    def broken(*arguments: Any, **named: Any) -> Any:
        if left:
            raise left.pop()
        return original(*arguments, **named)

    monkeypatch.setattr(workflow, name, broken)


def test_a_gateway_that_is_not_connected_is_said_in_words_and_waited_for(bench: Bench) -> None:
    connected = bench.gateways.pop("platform")
    bench.release()
    told = bench.turn_until(lambda release: "next try" in release["reason"])
    assert "the gateway platform is not configured" in told["reason"]
    bench.gateways["platform"] = connected
    bench.due_now()
    bench.turn_until(lambda release: release["state"] == "invoiced")
