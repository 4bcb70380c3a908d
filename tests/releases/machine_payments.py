"""What the client, the banks and the seller may do at any moment to what was billed."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.releases.play import Play

numbers = st.integers(0, 9)


class Payments(RuleBasedStateMachine):
    """The part of the machine that is played at the till."""

    stage: Play

    @rule()
    def pay(self) -> None:
        self.stage.pay()

    @rule(which=numbers, amount_minor=st.sampled_from([1, 7_001, 33_333, 90_000]), is_outside=st.booleans())
    def pay_some(self, which: int, amount_minor: int, is_outside: bool) -> None:
        """A part, or too much; also by another way than the gateway's."""
        for bill in self._bill(which):
            self.stage.till.pay(bill, amount_minor, is_outside=is_outside)
            self.stage.settle()

    @rule(which=numbers, amount_minor=st.sampled_from([None, 5_000]))
    def the_bank_asks_a_payment_back(self, which: int, amount_minor: int | None) -> None:
        for bill in self._bill(which):
            self.stage.till.dispute(bill, amount_minor)
            self.stage.settle()

    @rule(status=st.sampled_from(["won", "lost"]))
    def the_bank_decides(self, status: str) -> None:
        self.settle_disputes(status)

    def settle_disputes(self, status: str = "won") -> None:
        self.stage.till.decide(status)
        self.stage.settle()

    @rule(which=numbers, status=st.sampled_from(["paid", "failed"]))
    def a_transfer_ends(self, which: int, status: str) -> None:
        self.stage.till.end(which, status)
        self.stage.settle()

    @rule(which=numbers)
    def the_seller_voids_by_hand(self, which: int) -> None:
        for bill in self._bill(which):
            self.stage.till.void(bill)
            self.stage.settle()

    @rule(which=st.integers(0, 999))
    def the_gateway_is_about_to_fail(self, which: int) -> None:
        self.stage.till.misbehave(which)

    def _bill(self, which: int) -> list[str]:
        """Any one invoice, where there is one."""
        bills = self.stage.till.bills()
        return [bills[which % len(bills)]] if bills else []
