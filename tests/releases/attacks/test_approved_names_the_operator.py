"""A leak. What an approver approved is told as it stands (`_ways_on`, and the answer to the comment):
that the operator took the milestone back, by the name of the operator's account, "told to nobody who
reads the issue".
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from app.notices.tables import comments
from tests.releases.play import play


def test_an_approval_of_what_was_taken_back_does_not_name_the_operator(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"approvers": ["lena"]}) as stage:
        lena, number = stage.person("lena"), stage.closed()
        stage.settle()
        stage.order("hold", "a mistake")
        stage.order("refund", keep_payouts=False)
        for _ in range(2):
            stage.pass_time()
        stage.tick()
        stage.forge.comment(number, lena, "/closeout approve")
        stage.settle()
        with stage.db.reading() as connection:
            told = [dict(row) for row in connection.execute(sa.select(comments)).mappings()]
        assert "olaf" not in stage.story(), stage.story()
        assert "olaf" not in str(told), told
