"""A client's dispute (or a hold) is lost in silence. The webhook of a comment can be faster than the list of
comments (lists are replicated; for issues Closeout looks again after a minute): "the comment is not there
as it was first written", handled, never looked at again, answered nowhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.inbox.relay import Delivery
from tests.releases.play import play


class Lagging:
    """A forge whose list of comments is behind once."""

    def __init__(self, forge: Any) -> None:
        self._forge, self._lags = forge, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._forge, name)

    def list_comments(self, *arguments: Any) -> Any:
        lags, self._lags = self._lags, False
        return [] if lags else self._forge.list_comments(*arguments)


def test_a_comment_that_the_list_does_not_show_yet_is_looked_for_again(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.closed()
        stage.settle()
        stage.commands._forges = {"forge": Lagging(stage.client)}
        stage.forge.comment(number, dana, "/closeout hold the client called")
        sent = stage.forge.sent()[-1]
        stage.lose()
        headers = {name.lower(): value for name, value in sent.headers.items()}
        handled = stage.events.handle(Delivery(0, "forge", "forge", "a", headers, sent.body))
        assert handled.again_s is not None or stage.state() == "held", handled.reason
