"""Four eyes: what is above a limit, or in doubt, is approved by somebody who did not close it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import CloseoutError
from app.releases.people import orders
from app.releases.who import Who
from tests.releases.play import Play, play
from tests.releases.scene import CONTRACT, FORGE_KINDS, LABEL, OTHER


@pytest.fixture(params=FORGE_KINDS)
def limited(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    """Everything above 500.00 usd needs lena; the prototype is above."""
    rules = {"approve_above": "500.00", "approvers": ["lena", "dana"]}
    with play(tmp_path, request.param, rules) as one:
        one.person("lena", "admin")
        one.closed()
        one.settle()
        assert (one.state(), one.bills()) == ("held", 0)
        yield one
        one.check()


def say(stage: Play, text: str, by: str) -> None:
    stage.forge.comment(1, stage.person(by), text)
    stage.settle()


def test_one_of_the_approvers_lets_it_go(limited: Play) -> None:
    assert "an approver (lena, dana) who did not close it has to approve" in limited.reason()
    say(limited, "/closeout approve", "lena")
    assert (limited.state(), limited.bills()) == ("invoiced", 1)


def test_an_approver_who_closed_it_is_no_second_pair_of_eyes(limited: Play) -> None:
    say(limited, "/closeout approve", "dana")
    assert (limited.state(), limited.bills()) == ("held", 0)
    assert "dana closed one of the issues" in limited.told[-1]


def test_nobody_else_approves(limited: Play) -> None:
    limited.person("walt", "admin")
    say(limited, "/closeout approve", "walt")
    assert (limited.state(), limited.bills()) == ("held", 0)


def test_an_approval_is_of_the_amount_that_was_looked_at(limited: Play) -> None:
    """The price is changed between the approval and the next closing: somebody has to look again."""
    with limited.db.transaction() as connection:
        row = orders.locked(connection, CONTRACT, 1)
        orders.approve(connection, row, Who("lena", "comment", "forge", limited.people["lena"].id))
    text = limited.config.read_text(encoding="utf-8")
    text = text.replace("total: '1000.00'", "total: '2000.00'")
    limited.config.write_text(text, encoding="utf-8")
    limited.restart()
    limited.settle()
    assert (limited.state(), limited.bills()) == ("held", 0)
    assert "1,200.00 usd is above 500.00 usd" in limited.reason()


def test_the_days_sum_holds_the_second_milestone_until_the_operator_approves(tmp_path: Path) -> None:
    with play(tmp_path, "github", {"max_per_day": "700.00"}) as stage:
        stage.closed()
        stage.settle()
        stage.closed(label=OTHER)
        stage.settle()
        assert (stage.state(1), stage.state(2)) == ("invoiced", "held")
        assert "1,000.00 usd of the contract would be released today, which is above 700.00" in stage.reason(
            2
        )
        stage.order("approve", index=2)
        assert (stage.state(2), stage.bills()) == ("invoiced", 2)
        stage.check()


def test_a_late_label_is_held_for_an_approval_and_bills_after_it(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.closed(label="")
        stage.tick()
        stage.forge.label(number, LABEL, stage.person("dana"))
        stage.settle()
        assert stage.state() == "held"
        stage.order("approve")
        assert (stage.state(), stage.bills()) == ("invoiced", 1)
        assert "got the label milestone:ui after it was closed" in str(
            stage.release()["evidence"]["approved"]
        )


def test_what_is_ambiguous_can_not_be_approved_only_mended(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        number = stage.issue()
        stage.forge.label(number, OTHER, stage.person("dana"))
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        with pytest.raises(CloseoutError, match="waits for no approval"):
            stage.order("approve")
        stage.forge.unlabel(number, OTHER, stage.person("dana"))
        stage.settle()
        assert (stage.state(1), stage.bills()) == ("invoiced", 1)


def test_a_commenters_hold_is_lifted_by_whoever_put_it_or_an_approver(limited: Play) -> None:
    limited.person("walt", "write")
    say(limited, "/closeout approve", "lena")
    say(limited, "/closeout hold wait for the audit", "walt")
    assert limited.state() == "held"
    assert "wait for the audit" in limited.story()
    limited.person("zoe", "write")
    say(limited, "/closeout resume", "zoe")
    assert limited.state() == "held"
    say(limited, "/closeout resume", "walt")
    assert limited.state() == "invoiced"
    say(limited, "/closeout hold again", "walt")
    say(limited, "/closeout resume", "lena")
    assert limited.state() == "invoiced"


def test_a_stranger_holds_nothing(limited: Play) -> None:
    say(limited, "/closeout approve", "lena")
    limited.person("mallory", "read")
    say(limited, "/closeout hold because I can", "mallory")
    assert limited.state() == "invoiced"
