"""A payee has silence accept what nobody was asked. `/closeout hold` takes the question off the comment
("anna can comment /closeout accept, or dispute, until …" is not told while anything holds), and the
client's days go on; `/closeout resume` after the last of them, and at that moment silence has accepted.
The client had no time in which it was asked.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from app.releases.tables import releases
from tests.releases.play import play

RULES = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "accept"}}


def test_a_hold_does_not_use_up_the_clients_time(tmp_path: Path) -> None:
    with play(tmp_path, "github", RULES) as stage:
        stage.person("anna", "read")
        penny, number = stage.person("penny"), stage.closed()
        stage.settle()
        assert stage.state() == "awaiting_acceptance"
        assert "anna can comment" in stage.story()
        stage.tick()
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        told_while_held = stage.story()
        with stage.db.transaction() as connection:  # two days later
            past = "2000-01-01T00:00:00.000Z"
            connection.execute(
                sa.update(releases).where(releases.c.accept_by.is_not(None)).values(accept_by=past)
            )
        stage.tick()
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        assert "anna can" in told_while_held or stage.bills() == 0, (
            f"while held: {told_while_held}\nafter: {stage.story()}"
        )


def test_and_it_is_asked_again_once_nothing_holds(tmp_path: Path) -> None:
    with play(tmp_path, "github", RULES) as stage:
        stage.person("anna", "read")
        penny, number = stage.person("penny"), stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        with stage.db.transaction() as connection:
            past = "2000-01-01T00:00:00.000Z"
            connection.execute(
                sa.update(releases).where(releases.c.accept_by.is_not(None)).values(accept_by=past)
            )
        stage.tick()
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        assert (stage.state(), stage.bills()) == ("awaiting_acceptance", 0), stage.story()
