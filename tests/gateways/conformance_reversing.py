"""What a gateway promises that can bring a payout back; and one that can not."""

from dataclasses import replace

from tests.gateways.conformance_undoing import open_and_pay, pay_out, to_reverse
from tests.gateways.driver import GatewayDriver
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import done, payout_of, refused_for_good


class ReversingConformance:
    """Each test is one promise; the counterpart's journal is the judge."""

    def test_the_client_gets_the_money_back_when_the_payees_gave_it_back(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        credit = intent_of(driver.gateway, orders.credit(open_and_pay(driver)))
        payout_ids = [pay_out(driver, number) for number in (0, 1)]
        assert refused_for_good(driver.gateway.send(credit))
        assert driver.credit_notes() == []
        for payout_id, leg in zip(payout_ids, orders.legs, strict=True):
            done(driver.gateway.send(intent_of(driver.gateway, orders.reversal(payout_id, leg))))
        note = done(driver.gateway.send(credit)).credit
        assert note is not None
        assert (note.amount_minor, note.currency) == (750_000, orders.currency)
        assert note.number
        assert note.url.startswith("http")
        facts = done(driver.gateway.ask(intent_of(driver.gateway, orders.shared)))
        assert facts.invoice is not None
        assert facts.invoice.status == "credited"
        assert facts.credit == note
        assert [payout.status for payout in facts.payouts] == ["reversed", "reversed"]
        assert sorted(driver.reversals()) == sorted(driver.transfers())

    def test_a_payout_that_came_back_is_not_paid_again(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        reversal = to_reverse(driver)
        done(driver.gateway.send(reversal.intent))
        leg = intent_of(driver.gateway, orders.leg(orders.legs[1]))
        assert payout_of(driver.gateway.ask(leg)).status == "reversed"
        again = intent_of(driver.gateway, orders.leg(orders.legs[1], key="again", event_id="evt_again"))
        assert refused_for_good(driver.gateway.send(again))
        assert len(driver.transfers()) == 1

    def test_a_reversal_of_another_amount_or_payee_is_refused(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        payout_id = to_reverse(driver).order.payout_id
        for leg in (orders.legs[0], replace(orders.legs[1], amount_minor=249_999)):
            order = orders.reversal(payout_id, leg, key=str(leg), event_id=f"evt_{leg.amount_minor}")
            assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, order)))
        assert driver.reversals() == []


class FinalConformance:
    """For a gateway whose payouts are final."""

    def test_a_reversal_is_refused_and_nothing_moves(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        open_and_pay(driver)
        order = orders.reversal(pay_out(driver, 1), orders.legs[1])
        assert refused_for_good(driver.gateway.send(intent_of(driver.gateway, order)))
        assert driver.reversals() == []
