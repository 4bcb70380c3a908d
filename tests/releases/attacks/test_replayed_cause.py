"""A triage contributor who holds one old signed body of somebody who may (headers, and with them the id of
the delivery, are not signed) answers the doubt about his own meddling with it. `sender` of a payload is
believed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.play import play
from tests.releases.scene import LABEL


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_an_old_unlabelling_by_dana_does_not_vouch_for_that_of_tess(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind) as stage:
        dana, tess = stage.person("dana"), stage.person("tess", "triage")
        done, unfinished = stage.issue(), stage.issue()
        stage.settle()
        stage.forge.unlabel(unfinished, LABEL, dana)
        kept = stage.forge.sent()[-1]
        stage.forge.label(unfinished, LABEL, dana)
        stage.settle()
        stage.forge.close(done, dana)
        stage.settle()
        assert stage.state() == "waiting"
        stage.forge.unlabel(unfinished, LABEL, tess)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0)
        stage.deliver(kept)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_the_old_closing_does_not_answer_for_who_took_the_hold_label_off(tmp_path: Path, kind: str) -> None:
    with play(tmp_path, kind) as stage:
        dana, tess = stage.person("dana"), stage.person("tess", "triage")
        number = stage.issue()
        stage.forge.label(number, "closeout:hold", dana)
        stage.forge.close(number, dana)
        kept = stage.forge.sent()[-1]
        stage.settle()
        stage.forge.unlabel(number, "closeout:hold", tess)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0)
        stage.deliver(kept)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()


def test_a_deleted_comment_is_no_deleted_issue(tmp_path: Path) -> None:
    """X-GitHub-Event is not signed either: a deleted comment's body goes out again as `issues`."""
    from dataclasses import replace

    with play(tmp_path, "github") as stage:
        dana, tess = stage.person("dana"), stage.person("tess", "triage")
        done, unfinished = stage.issue(), stage.issue()
        stage.settle()
        stage.forge.comment(unfinished, dana, "hm")
        sent = stage.forge.sent()[-1]
        stage.settle()
        stage.forge.close(done, dana)
        stage.settle()
        stage.forge.unlabel(unfinished, LABEL, tess)
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0)
        body = sent.body.replace(b'"action": "created"', b'"action": "deleted"').replace(
            b'"action":"created"', b'"action":"deleted"'
        )
        assert body != sent.body  # stands for the signed body that GitHub sends when a comment is deleted
        headers = {
            name: ("issues" if name.lower() == "x-github-event" else value)
            for name, value in sent.headers.items()
        }
        stage.deliver(replace(sent, body=body, headers=headers))
        stage.settle()
        assert (stage.state(), stage.bills()) == ("held", 0), stage.story()
