"""Forges' own milestones have no pinned id: who may rename them (at GitLab a Reporter, triage here) gives
the finished cheap one the title of the dear one: milestone 1 (600.00) is billed for the work of milestone
2.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.releases.play import play

NATIVE: dict[str, Any] = {
    "milestones": [
        {"milestone": "v1.0", "title": "Version one", "share": "60%"},
        {"label": "milestone:uat", "title": "Testing", "share": "40%"},
    ]
}


def test_another_milestone_that_was_renamed_into_the_priced_one_holds(tmp_path: Path) -> None:
    with play(tmp_path, "gitlab", {}, **NATIVE) as stage:
        dana = stage.person("dana")
        real = stage.issue("")
        stage.forge.add_to_milestone(real, "v1.0", dana)
        stage.settle()
        stage.forge.remove_from_milestone(real, dana)
        stage.settle()
        other = stage.issue("")
        stage.forge.add_to_milestone(other, "v0.1", dana)
        stage.settle()
        stage.sweeper.sweep()
        stage.settle()
        stage.forge.close(other, dana)
        stage.forge.close_milestone("v0.1", dana)
        stage.settle()
        for phase in stage.forge.phases:  # type: ignore[attr-defined]
            phase.title = {"v1.0": "old", "v0.1": "v1.0"}[phase.title]
        stage.tick()
        stage.decider.look_at("con_play", 1)
        stage.settle()
        assert stage.bills() == 0, stage.story()
