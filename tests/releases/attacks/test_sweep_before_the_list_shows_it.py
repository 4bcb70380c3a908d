"""A client's word is found, and lost again. The sweep saw the comment; when its delivery is handled another
replica's list does not show it yet: "no order is there", handled. The next sweep names the delivery the same,
so that it is a duplicate for ever (`obey` looks again after a minute).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.releases.sweeping import installed, read

RULES = {"acceptance": {"by": ["anna"], "within": "30 days", "on_silence": "accept"}}


def test_a_word_that_a_list_does_not_show_yet_is_looked_for_again(tmp_path: Path) -> None:
    with installed(tmp_path, "github", RULES) as (stage, sweeper):
        anna = stage.person("anna", "read")
        number = stage.closed()
        stage.settle()
        read(sweeper)
        stage.tick()
        stage.forge.comment(number, anna, "/closeout dispute half of it is missing")
        stage.lose()
        read(sweeper)
        listing, times = stage.commands._comments, []

        def behind(*arguments: Any) -> Any:
            times.append(1)
            return [] if len(times) == 1 else listing(*arguments)

        stage.commands._comments = behind  # type: ignore[method-assign, assignment]
        stage.settle()
        for _ in range(3):
            read(sweeper)
            stage.settle()
        assert stage.state() == "disputed", (stage.state(), stage.told[-2:])
