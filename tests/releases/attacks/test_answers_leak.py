"""What the platform says is for the operator alone (`stories._holding`), but the public answer to a command
carries it: `mend` of a refusal is the release's `reason`, or the holds as they are told to the operator.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from app.events import InvoiceFacts
from app.gateways.base import Done
from app.notices.tables import comments
from app.releases.money.answers import apply_answer
from tests.releases.play import Play, play


def answer_of(stage: Play, number: int) -> str:
    with stage.db.reading() as connection:
        return str(connection.scalar(sa.select(comments.c.answer).where(comments.c.issue_number == number)))


def test_an_answer_to_approve_tells_nothing_of_the_platforms_troubles(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"approvers": ["lena"]}) as stage:
        lena, dana = stage.person("lena"), stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.settle()
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        lives = Done(
            invoice=InvoiceFacts("in_1", "SECRET-0001", "https://pay.example/1", "paid", 60_000, "usd")
        )
        with stage.db.transaction() as connection:
            apply_answer(connection, "con_play/1/r1/open_invoice", lives)
        assert "SECRET-0001" not in stage.story()
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        assert "SECRET-0001" not in answer_of(stage, number), answer_of(stage, number)
