"""Reopened, and paid while the void was under way: "nothing moves until the operator decides". Not if
anything else held the release at that moment: then no such hold is written (`billing._paid`). A payee
holds beforehand, resumes afterwards, and is paid for work that is open again.
"""

from __future__ import annotations

from pathlib import Path

from tests.releases.play import Play, play


def paid_while_it_is_voided(stage: Play, number: int) -> None:
    stage.platform.books.receive(stage.platform.books.invoices()[0].id)
    stage.till.hints.clear()  # the callback is lost
    stage.tick()
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    assert stage.release()["invoice"]["status"] == "paid"


def test_who_held_before_does_not_end_what_the_reopening_began(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        penny = stage.person("penny")
        number = stage.closed()
        stage.settle()
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        paid_while_it_is_voided(stage, number)
        stage.tick()
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        assert stage.journal("transfer") == [], stage.story()


def test_nor_is_it_lost_when_the_label_that_held_comes_off(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana, number = stage.person("dana"), stage.closed()
        stage.settle()
        stage.forge.label(number, "closeout:hold", dana)
        stage.settle()
        paid_while_it_is_voided(stage, number)
        stage.tick()
        stage.forge.close(number, dana)
        stage.forge.unlabel(number, "closeout:hold", dana)
        stage.settle()
        for _ in range(3):
            stage.pass_time()
        assert stage.state() in ("disputed", "disbursed"), (stage.state(), stage.reason())
