"""A live invoice that Closeout says was never issued. The order is on its way (a slow platform); the issue
is reopened; a second run asks, hears "never seen", and withdraws: "no invoice was issued". Then the order
arrives. The first run's answer is dropped in silence (`record_invoice` of a withdrawn release). "Never
seen" proves nothing while the call is in hand.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from tests.releases.play import play


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


def test_an_order_that_is_under_way_is_not_taken_for_one_that_was_never_sent(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.closed()
        stage.take()

        def meanwhile() -> None:
            stage.tick()
            stage.forge.reopen(number, dana)
            stage.take()
            loop = threading.Thread(target=stage.workflow.turn)  # what the server's loop does every second
            loop.start()
            loop.join()
            deadline = time.monotonic() + 5
            while stage.state() == "triggered" and time.monotonic() < deadline:
                time.sleep(0.05)

        gateways = stage.caller._gateways
        gateways["platform"] = Slow(gateways["platform"], meanwhile)  # type: ignore[index]
        stage.settle()
        stage.pass_time()
        live = [one for one in stage.platform.books.invoices() if one.status == "open"]
        assert live == [], f"{live[0].number} is open at the platform, but here: {stage.story()}"


def test_and_closed_again_it_is_billed_twice(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        dana = stage.person("dana")
        number = stage.closed()
        stage.take()

        def meanwhile() -> None:
            stage.tick()
            stage.forge.reopen(number, dana)
            stage.take()
            loop = threading.Thread(target=stage.workflow.turn)
            loop.start()
            loop.join()
            deadline = time.monotonic() + 5
            while stage.state() == "triggered" and time.monotonic() < deadline:
                time.sleep(0.05)

        gateways = stage.caller._gateways
        gateways["platform"] = Slow(gateways["platform"], meanwhile)  # type: ignore[index]
        stage.settle()
        stage.tick()
        stage.forge.close(number, dana)
        stage.settle()
        print(
            "STORY",
            stage.state(),
            stage.reason(),
            [(i.number, i.status) for i in stage.platform.books.invoices()],
        )
        stage.check()
        assert stage.state() == "invoiced", stage.story()
