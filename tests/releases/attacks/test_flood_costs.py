"""A stranger spends our requests. Every comment that says anything to Closeout becomes a delivery of its own,
and each of them reads *all* comments of all the billed issues again: n comments of a stranger cost n lists
of n comments (and `hold` a role each). GitHub allows 5,000 requests an hour for everything.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.sweeping import installed, read

RULES = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}


@pytest.mark.parametrize("word", ["accept", "hold"])
def test_what_a_stranger_wrote_is_read_once(tmp_path: Path, word: str) -> None:
    with installed(tmp_path, "gitea", RULES) as (stage, sweeper):
        mallory = stage.person("mallory", "read")
        stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        stage.tick()
        for _ in range(30):
            stage.forge.comment(number, mallory, f"/closeout {word} now")
        stage.lose()
        before = len(stage.forge.requests())
        read(sweeper)
        stage.settle()
        spent = stage.forge.requests()[before:]
        lists = [one for one in spent if one[1].endswith("/comments")]
        assert len(lists) <= 3, f"{len(spent)} requests, {len(lists)} of them lists of comments"
        assert len(spent) <= 20, f"{len(spent)} requests"
