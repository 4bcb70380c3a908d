"""A share that is on its way for ever. Of several questions to the platform the first that is not answered
ends the asking (`apply_answer` raises): while it says nothing of the paid invoice (it forgot old events,
say), what became of the payouts is never asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.gateways.base import Failed, Unknown
from tests.releases.play import play


class Forgetful:
    """A gateway that does not answer for its invoices any more, and whose payouts take a while."""

    def __init__(self, gateway: Any, outcome: Any) -> None:
        self._gateway, self._outcome = gateway, outcome
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def ask(self, intent: Any) -> Any:
        self.asked.append(intent.key)
        return self._outcome if intent.key.endswith("/open_invoice") else self._gateway.ask(intent)


@pytest.mark.parametrize("outcome", [Failed("never seen", retry_after_s=0), Unknown("404")])
def test_what_is_not_known_of_the_invoice_does_not_hide_the_payouts(tmp_path: Path, outcome: Any) -> None:
    with play(tmp_path, "github") as stage:
        stage.platform._settle_after_s = None
        stage.closed()
        stage.settle()
        stage.pay()
        assert stage.state() == "disbursing", stage.state()
        for one in stage.journal("transfer"):
            stage.platform.books.finish(one["payout_id"], "paid")
        stage.till.hints.clear()
        gateways: Any = stage.caller._gateways
        gateways["platform"] = Forgetful(gateways["platform"], outcome)
        for _ in range(3):
            stage.pass_time()
        assert stage.state() == "disbursed", (stage.reason(), gateways["platform"].asked)
