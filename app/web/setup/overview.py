"""The checklist: each step with its state, and which one is next."""

from __future__ import annotations

from typing import Any

from app.setup.desk import Desk
from app.setup.progress import State, Step, steps

_CHIPS: dict[State, dict[str, str]] = {
    "done": {"text": "done", "sign": "✓", "tone": "good"},
    "todo": {"text": "to do", "sign": "→", "tone": "calm"},
    "trouble": {"text": "needs you", "sign": "!", "tone": "care"},
    "look": {"text": "look", "sign": "→", "tone": "busy"},
}


def overview(desk: Desk) -> dict[str, Any]:
    """What the page shows."""
    all_steps = steps(desk)
    return {
        "steps": [_shown(step) for step in all_steps],
        "next_place": _next(all_steps),
        "is_unfinished": desk.is_unfinished,
    }


def _next(all_steps: list[Step]) -> str:
    """Where to go on. Only asking tells whether the labels are right; a milestone that was heard of does."""
    is_heard_of = all_steps[-1].state == "done"
    done = ("done", "look") if is_heard_of else ("done",)
    return next((step.place for step in all_steps if step.state not in done), "")


def _shown(step: Step) -> dict[str, Any]:
    return {"place": step.place, "title": step.title, "told": step.told, "chip": _CHIPS[step.state]}
