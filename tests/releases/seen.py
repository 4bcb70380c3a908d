"""What is seen of a play: the releases as the operator sees them, and the platform's own journal."""

from __future__ import annotations

from typing import Any

from app.db import Database
from app.releases.queries import list_releases
from app.releases.told.stories import read_stories
from app.sandbox.platform import SandboxPlatform
from tests.releases.oracle import check
from tests.releases.scene import CONTRACT


class Seen:
    """Questions about a play, which changes nothing by being asked."""

    db: Database
    platform: SandboxPlatform

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
        return self.platform.journal.entries(kind)

    def bills(self) -> int:
        return len(self.journal("invoice_opened"))

    def check(self) -> None:
        """What must hold at any moment, by the platform's journal and by the books."""
        check(self.db, self.platform.journal)
