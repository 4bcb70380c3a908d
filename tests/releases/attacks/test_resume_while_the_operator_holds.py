"""Whoever held lifts the operator's hold as well, if that comes between the judging and the lifting: who may
is judged by the holds of one moment, and *all* of the next moment are lifted (`orders.resume`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.releases.people import orders
from tests.releases.play import OPERATOR, play


def test_a_hold_that_came_since_is_not_lifted_unjudged(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        penny = stage.person("penny")
        number = stage.closed()
        stage.settle()
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        judge = stage.commands._refusal

        def judged(*arguments: Any) -> str:
            refusal = judge(*arguments)
            with stage.db.transaction() as connection:
                row = orders.locked(connection, "con_play", 1)
                orders.hold(connection, row, OPERATOR, "the client is insolvent")
            return refusal

        stage.commands._refusal = judged  # type: ignore[method-assign, assignment]
        stage.tick()
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        assert stage.state() == "held", stage.story()


def test_a_doubt_that_came_since_is_not_approved_unseen(tmp_path: Path) -> None:
    """`approve` covers the doubts as they stand when it is written down, not when it was judged."""
    rules = {"closers": {"users": ["dana"]}, "approvers": ["lena"]}
    with play(tmp_path, "github", rules) as stage:
        lena, penny, dana = stage.person("lena"), stage.person("penny"), stage.person("dana")
        number = stage.issue()
        stage.forge.close(number, stage.person("tess"))
        stage.settle()
        assert stage.state() == "held"
        judge = stage.commands._refusal

        def judged(*arguments: Any) -> str:
            refusal = judge(*arguments)
            stage.tick()
            stage.forge.reopen(number, dana)
            stage.tick()
            stage.forge.close(number, penny)
            stage.take()
            return refusal

        stage.commands._refusal = judged  # type: ignore[method-assign, assignment]
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()
