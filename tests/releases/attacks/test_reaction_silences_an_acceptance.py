"""At GitLab anybody's thumbs-up makes the client's acceptance count for nothing, and nobody is told: a
touched comment is passed over in silence by the sweep, although it stands there, unedited, for everybody
to read.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from app.notices.tables import comments
from tests.releases.sweeping import installed, read

RULES = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


def test_an_acceptance_that_does_not_count_is_answered(tmp_path: Path) -> None:
    with installed(tmp_path, "gitlab", RULES) as (stage, sweeper):
        anna, number = stage.person("anna", "read"), stage.closed()
        stage.settle()
        stage.tick()
        stage.forge.comment(number, anna, "/closeout accept")
        note = stage.forge.tickets[number].comments[-1]  # type: ignore[attr-defined]
        note.edited_at = stage.forge.now() + timedelta(seconds=5)  # type: ignore[attr-defined]
        stage.settle()
        read(sweeper)
        stage.settle()
        with stage.db.reading() as connection:
            answers = connection.scalars(sa.select(comments.c.answer)).all()
        assert stage.bills() or "say it again" in " ".join(answers) + stage.story(), stage.story()
