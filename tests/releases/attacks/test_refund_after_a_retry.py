"""A payee keeps a transfer of which the books say that it was cancelled. A share is held since the platform
speaks of another amount than was ordered; `refund` refuses: "not certain yet: run retry, then again". `retry`
makes it `owed` on paper, and the refund that follows at once (before the server has looked) cancels it: the
platform was not asked, and its transfer is out.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.errors import CloseoutError
from app.gateways.base import Done
from app.releases.people import orders
from tests.releases.play import OPERATOR, play
from tests.releases.scene import CONTRACT


class Odd:
    """A gateway that speaks of one cent more, whenever it speaks of payouts."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def send(self, intent: Any) -> Any:
        return self._odd(self._gateway.send(intent))

    def ask(self, intent: Any) -> Any:
        return self._odd(self._gateway.ask(intent))

    def _odd(self, outcome: Any) -> Any:
        if isinstance(outcome, Done) and outcome.payouts:
            odd = tuple(replace(one, amount_minor=one.amount_minor + 1) for one in outcome.payouts)
            return replace(outcome, payouts=odd)
        return outcome


def test_a_share_of_which_nobody_knows_is_not_cancelled_after_a_retry(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        stage.closed()
        stage.settle()
        gateways: Any = stage.caller._gateways
        gateways["platform"] = Odd(gateways["platform"])
        stage.pay()
        assert stage.state() == "held"
        assert {leg["status"] for leg in stage.release()["payouts"]} == {"held"}
        with pytest.raises(CloseoutError, match="retry"):
            stage.order("refund", keep_payouts=False)
        orders.retry(stage.db, CONTRACT, 1, OPERATOR)
        with stage.db.transaction() as connection:
            row = orders.locked(connection, CONTRACT, 1)
            with pytest.raises(CloseoutError, match="not certain yet"):
                orders.refund(connection, row, OPERATOR, keep_payouts=False)
        stage.settle()
        assert len(stage.journal("transfer")) == 2
        assert {leg["status"] for leg in stage.release()["payouts"]} == {"held"}


def test_nor_does_a_payee_make_the_release_look_paid(tmp_path: Path) -> None:
    """`hold` and `resume` wash off that the platform paid wrongly: `paid`, nothing due, nobody told."""
    with play(tmp_path, "github") as stage:
        penny, number = stage.person("penny"), stage.closed()
        stage.settle()
        gateways: Any = stage.caller._gateways
        gateways["platform"] = Odd(gateways["platform"])
        stage.pay()
        assert stage.state() == "held"
        stage.forge.comment(number, penny, "/closeout hold one moment")
        stage.settle()
        stage.tick()
        stage.forge.comment(number, penny, "/closeout resume")
        stage.settle()
        assert stage.state() == "held", (stage.state(), stage.reason(), stage.release()["payouts"])
