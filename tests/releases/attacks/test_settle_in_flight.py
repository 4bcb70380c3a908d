"""A live invoice that Closeout says was never issued. The order is on its way (a slow platform); the issue
is reopened; a second run asks, hears "never seen", and withdraws: "no invoice was issued". Then the order
arrives. The first run's answer is dropped in silence (`record_invoice` of a withdrawn release). "Never
seen" proves nothing while the call is in hand.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from tests.releases.play import Play, play


class Slow:
    """A gateway whose first order takes its time: meanwhile something happens."""

    def __init__(self, gateway: Any, meanwhile: Any) -> None:
        self._gateway, self._meanwhile = gateway, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def send(self, intent: Any) -> Any:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile:
            meanwhile()
        return self._gateway.send(intent)


def reopened_while_the_order_is_on_its_way(stage: Play) -> int:
    """The issue's number. What the server's loop does every second happens in a thread of its own."""
    dana, number = stage.person("dana"), stage.closed()
    stage.take()

    def meanwhile() -> None:
        stage.tick()
        stage.forge.reopen(number, dana)
        stage.take()
        loop = threading.Thread(target=stage.run_workflows)
        loop.start()
        loop.join()

    gateways = stage.caller._gateways
    gateways["platform"] = Slow(gateways["platform"], meanwhile)  # type: ignore[index]
    stage.settle()
    return number


def test_an_order_that_is_under_way_is_not_taken_for_one_that_was_never_sent(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        reopened_while_the_order_is_on_its_way(stage)
        stage.pass_time()
        live = [one for one in stage.platform.books.invoices() if one.status == "open"]
        assert live == [], f"{live[0].number} is open at the platform, but here: {stage.story()}"


def test_and_closed_again_it_is_billed_once(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        number = reopened_while_the_order_is_on_its_way(stage)
        stage.tick()
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        stage.check()
        assert stage.state() == "invoiced", stage.story()
