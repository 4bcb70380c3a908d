"""What is seen of a play: the releases as the operator sees them, and the counterpart's own journal."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.releases.queries import list_releases
from app.releases.tables import audit
from app.releases.told.stories import read_stories
from app.sandbox.platform import SandboxPlatform
from tests.releases.oracle import check
from tests.releases.scene import CONTRACT
from tests.releases.tills import PlatformTill, Till


class Seen:
    """Questions about a play, which changes nothing by being asked."""

    db: Database
    till: Till

    @property
    def platform(self) -> SandboxPlatform:
        """The generic platform, in a play at that."""
        assert isinstance(self.till, PlatformTill)
        return self.till.sandbox

    def release(self, index: int = 1) -> dict[str, Any]:
        """The release of a milestone as the operator sees it."""
        return next(one for one in list_releases(self.db, CONTRACT) if one["milestone_index"] == index)

    def state(self, index: int = 1) -> str:
        return str(self.release(index)["state"])

    def reason(self, index: int = 1) -> str:
        return str(self.release(index)["reason"])

    def story(self, index: int = 1) -> str:
        """What the comment tells of a milestone."""
        with self.db.reading() as connection:
            (story,) = read_stories(connection, [f"{CONTRACT}/{index}"])
        return "\n".join([story.state, story.reason, *story.notes])

    def journal(self, kind: str) -> list[dict[str, Any]]:
        return self.till.journal.entries(kind)

    def bills(self) -> int:
        return len(self.journal("invoice_opened"))

    def check(self) -> None:
        """What must hold at any moment, by the gateway's journal and by the books."""
        check(self.db, self.till.journal, self.till.name)
        self.till.check()

    def audit(self, index: int = 1) -> list[str]:
        """The reasons of every change of a milestone, the oldest first."""
        query = sa.select(audit.c.reason).where(audit.c.release_id == f"{CONTRACT}/{index}")
        with self.db.reading() as connection:
            return [str(reason) for reason in connection.scalars(query.order_by(audit.c.id))]
