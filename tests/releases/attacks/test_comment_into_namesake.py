"""A leak. Comments go out by the repository's *name*: after a rename whoever has the old name now gets the
comment (amounts, invoice link) into his own repository, and the real issue gets none.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from app.notices.comments import CommentTeller
from app.notices.tables import comments
from app.releases.decision.identities import Identities
from app.releases.told.stories import read_stories
from tests.releases.play import play


def test_no_comment_goes_to_another_repository_of_the_old_name(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        stage.closed()
        stage.settle()
        assert stage.state() == "invoiced"
        stage.forge.recreate_repository()
        stolen = stage.forge.open_issue("bait", [], stage.person("dana"))
        stage.lose()
        with stage.db.transaction() as connection:
            connection.execute(sa.update(comments).values(due_at="2000-01-01T00:00:00.000Z"))
        CommentTeller(
            stage.db,
            {"forge": stage.client},
            read_stories,
            Identities(stage.db, {"forge": stage.client}).named,
        ).turn()
        assert stage.forge.comments(stolen) == []
