"""What a gateway promises of its list of what it booked; the rest of `conformance.py`."""

from __future__ import annotations

from dataclasses import replace

from app.gateways.base import Booked, Done, Failed, Unknown
from tests.gateways.driver import GatewayDriver
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import done, invoice_of, payout_of


def listed(driver: GatewayDriver, contract_id: str = "con_7732_alpha") -> tuple[Booked, ...]:
    found = driver.gateway.booked(contract_id)
    assert isinstance(found, tuple), found
    return found


class ListingConformance:
    """For a gateway that can list. `lists_payouts`: with the payees' shares, and what was paid of them."""

    lists_payouts = True

    def test_a_contract_of_which_nothing_was_booked_has_an_empty_list(self, driver: GatewayDriver) -> None:
        assert listed(driver, "con_nobody") == ()

    def test_what_was_booked_is_listed_with_what_hangs_on_it_now(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        trigger = intent_of(driver.gateway, orders.shared)
        invoice = invoice_of(driver.gateway.send(trigger))
        driver.pay(invoice.id)
        payout = payout_of(driver.gateway.send(intent_of(driver.gateway, orders.leg(orders.legs[0]))))
        (one,) = listed(driver)
        assert (one.event_id, one.milestone_index, one.revision) == (orders.shared.event_id, 2, 1)
        assert one.milestone_title == orders.shared.milestone_title
        assert (one.invoice.id, one.invoice.status) == (invoice.id, "paid")
        assert one.done == done(driver.gateway.ask(trigger))
        if not self.lists_payouts:
            assert (one.legs, one.done.payouts) == (None, ())
            return
        assert one.legs == orders.legs
        assert [(it.id, it.account, it.amount_minor) for it in one.done.payouts] == [
            (payout.id, payout.account, payout.amount_minor)
        ]

    def test_a_void_invoice_stays_listed_beside_the_next_revision(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        invoice = invoice_of(driver.gateway.send(intent_of(driver.gateway, orders.shared)))
        done(driver.gateway.send(intent_of(driver.gateway, orders.void(invoice.id))))
        again = replace(orders.shared, key="r2", event_id="evt_r2", revision=2)
        invoice_of(driver.gateway.send(intent_of(driver.gateway, again)))
        assert [(one.revision, one.invoice.status) for one in listed(driver)] == [(1, "void"), (2, "open")]

    def test_a_long_list_is_read_to_its_end_and_holds_no_other_contract(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        for index in range(1, 12):
            contract_id = orders.shared.contract_id if index % 2 else "con_other & more"
            names = {"key": f"k{index}", "event_id": f"evt_{index}", "contract_id": contract_id}
            order = replace(orders.shared, milestone_index=index, **names)  # type: ignore[arg-type]
            invoice_of(driver.gateway.send(intent_of(driver.gateway, order)))
        assert [one.milestone_index for one in listed(driver)] == [1, 3, 5, 7, 9, 11]
        assert [one.milestone_index for one in listed(driver, "con_other & more")] == [2, 4, 6, 8, 10]

    def test_listing_books_nothing(self, driver: GatewayDriver) -> None:
        orders = driver.orders
        assert isinstance(driver.gateway.send(intent_of(driver.gateway, orders.shared)), Done)
        before = (driver.orders_seen(), driver.invoices())
        listed(driver)
        assert (driver.orders_seen(), driver.invoices()) == before

    def test_where_nobody_answers_the_list_is_unknown(self, driver: GatewayDriver) -> None:
        assert isinstance(driver.nowhere.booked(driver.orders.shared.contract_id), Unknown)


class UnlistedConformance:
    """For a gateway that can not."""

    def test_who_can_not_list_says_so(self, driver: GatewayDriver) -> None:
        found = driver.gateway.booked(driver.orders.shared.contract_id)
        assert isinstance(found, Failed)
        assert found.reason
