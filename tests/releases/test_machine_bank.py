"""The same random play over a bank account alone: mails, statements and order files, which people carry."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.releases.bank_till import BankTill
from tests.releases.model import INDEXES
from tests.releases.oracle import bills_of
from tests.releases.test_machine import SHORT, Machine, labels


class BankMachine(Machine):
    """What only people do who have to carry everything themselves."""

    gateway = BankTill

    @property
    def till(self) -> BankTill:
        assert isinstance(self.stage.till, BankTill)
        return self.stage.till

    @rule(label=labels, which=st.lists(st.integers(0, 999), min_size=2, max_size=5))
    def errands_fail_while_the_client_pays(self, label: str, which: list[int]) -> None:
        """All ends well until there is a bill: from there on everything is carried."""
        self.all_ends_well(label, False)
        for one in which:
            self.till.misbehave(one)
        self.stage.pay()
        self.the_operator_orders(INDEXES[label], ("approve", (), {}))

    @rule(label=labels)
    def a_hold_is_ordered_before_the_file(self, label: str) -> None:
        """What waits when it comes gets into no file."""
        self.all_ends_well(label, False)
        self.till.carrier.is_writing = False
        self.stage.pay()
        self.the_operator_orders(INDEXES[label], ("approve", (), {}))
        self.the_operator_orders(INDEXES[label], ("hold", ("wait",), {}))
        self.till.carrier.is_writing = True

    @rule(is_resting=st.booleans())
    def the_carrier_rests_or_goes(self, is_resting: bool) -> None:
        self.till.carrier.is_resting = is_resting

    @rule()
    def a_day_passes(self) -> None:
        self.till.pass_day()

    @rule(label=labels, amount_minor=st.sampled_from([None, 7_001, 90_000]), is_lost=st.booleans())
    def the_client_does_not_quote_the_reference(
        self, label: str, amount_minor: int | None, is_lost: bool
    ) -> None:
        """Its bank may have that payment back, too."""
        self.all_ends_well(label, False)
        for bill in bills_of(self.journal, INDEXES[label])[-1:]:
            self.till.pay(bill, amount_minor, is_outside=True)
            self.stage.settle()
            if is_lost:
                self.till.dispute(bill)

    @rule(is_to_open=st.booleans())
    def the_operator_goes_through_the_entries(self, is_to_open: bool) -> None:
        """What is in doubt is matched, what came back is paid by hand."""
        self.till.carrier.match_payments(is_to_open=is_to_open)
        self.till.carrier.pay_back_by_hand()


TestBank = BankMachine.TestCase
TestBank.settings = settings(SHORT)
