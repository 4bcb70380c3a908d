"""A stranger blinds the sweep of a whole repository. The comments of one issue that waits for the client are
more than one answer may hold (32 MiB: 34 notes of GitLab's longest, 1,000,000 characters, on one page of 100;
Gitea lists all comments in one answer and bounds none). That they can not be read makes the whole reading of
the repository fail, and what *other* issues had to tell is never found, at no sweep. The release itself stays
for ever as well: at the deadline its comments are to be read too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.scene import OTHER
from tests.releases.sweeping import installed, read

RULES = {"acceptance": {"by": ["anna"], "within": "2 days", "on_silence": "hold"}}
MILLION = "lorem ipsum " * 83_333


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_a_strangers_comments_do_not_stop_the_sweep(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, RULES) as (stage, sweeper):
        mallory = stage.person("mallory", "read")
        stage.person("anna", "read")
        number = stage.closed()
        other = stage.issue(label=OTHER)
        stage.settle()
        assert stage.state() == "awaiting_acceptance"
        for _ in range(34):
            stage.forge.comment(number, mallory, MILLION)
        stage.forge.close(other, stage.person("dana"))
        stage.lose()
        assert read(sweeper).problem == ""
        stage.settle()
        assert stage.state(2) == "awaiting_acceptance"


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_nor_does_the_release_stand_for_ever_with_nobody_told(tmp_path: Path, kind: str) -> None:
    with installed(tmp_path, kind, RULES) as (stage, _):
        mallory = stage.person("mallory", "read")
        stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        for _ in range(34):
            stage.forge.comment(number, mallory, MILLION)
        stage.lose()
        stage.pass_time()
        assert stage.state() == "held", stage.story()
