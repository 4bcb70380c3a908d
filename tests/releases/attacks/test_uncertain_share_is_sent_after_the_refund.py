"""The client has its money back, and a share goes out all the same. `refund --keep-payouts` leaves a share of
which it was not certain what became; a run that was killed goes on with its list, hears that the platform
never saw the order, and sends it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.gateways.base import Unknown
from tests.releases.play import play


class Deaf:
    """A gateway that never gets the order of one share, and knows nothing of it as long as it is deaf."""

    def __init__(self, gateway: Any) -> None:
        self._gateway, self.is_deaf = gateway, True
        self.sent: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def send(self, intent: Any) -> Any:
        self.sent.append(intent.key)
        is_lost = self.is_deaf and intent.key.endswith("pay_out/acc_two")
        return Unknown("no answer") if is_lost else self._gateway.send(intent)

    def ask(self, intent: Any) -> Any:
        is_lost = self.is_deaf and intent.key.endswith("pay_out/acc_two")
        return Unknown("no answer") if is_lost else self._gateway.ask(intent)


def test_a_run_that_goes_on_after_the_refund_sends_nothing_more(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        gateways: Any = stage.caller._gateways
        deaf = gateways["platform"] = Deaf(gateways["platform"])
        stage.platform.undoing.seller_credit_minor = 100_000
        stage.closed()
        stage.settle()
        stage.pay()
        stage.order("dispute", "wrong")
        stage.order("refund", keep_payouts=True)
        assert stage.state() == "refunded", stage.reason()
        deaf.is_deaf, deaf.sent = False, []
        stage.caller.call("con_play/1/pay_out/acc_two")  # the step that was under way is done again
        assert deaf.sent == []
