"""A hold that says something else now keeps the time of what it said before (`freeze`: `told_anew` sets
reason and author, not `at`): an approver's late `/closeout resume` about the first lifts what it never
saw.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from app.releases.tables import holds
from tests.releases.play import play
from tests.releases.scene import LABEL


def test_a_resume_lifts_no_later_finding(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"approvers": ["lena"]}) as stage:
        lena, dana = stage.person("lena"), stage.person("dana")
        one, two = stage.issue(), stage.issue()
        for number in (one, two):
            stage.forge.close(number, dana)
        stage.settle()
        assert stage.state() == "invoiced"
        stage.forge.unlabel(one, LABEL, dana)
        stage.settle()
        assert stage.state() == "held", stage.reason()
        with stage.db.transaction() as connection:  # that was three hours ago
            then = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            connection.execute(sa.update(holds).values(at=then))
        stage.forge.comment(one, lena, "/closeout resume")
        kept = stage.forge.sent()[-1]
        stage.lose()
        stage.forge.label(one, LABEL, dana)
        stage.lose()
        stage.forge.unlabel(two, LABEL, dana)
        stage.settle()
        assert stage.state() == "held", stage.reason()
        assert f"#{two}" in stage.reason()
        stage.deliver(kept)
        stage.settle()
        assert stage.state() == "held", (stage.told[-1], stage.story())
