"""What a gateway promises of its list of what it booked; the rest of `conformance.py`."""

from __future__ import annotations

from dataclasses import replace

from app.gateways.base import Booked, Done, Unknown
from tests.gateways.driver import GatewayDriver
from tests.gateways.orders import LEGS, SHARED, intent_of, leg_order, void_order
from tests.gateways.outcomes import done, invoice_of, payout_of


def listed(driver: GatewayDriver, contract_id: str = SHARED.contract_id) -> tuple[Booked, ...]:
    found = driver.gateway.booked(contract_id)
    assert isinstance(found, tuple), found
    return found


class ListingConformance:
    """For a gateway that can list; one that can not answers Failed."""

    def test_a_contract_of_which_nothing_was_booked_has_an_empty_list(self, driver: GatewayDriver) -> None:
        assert listed(driver, "con_nobody") == ()

    def test_what_was_booked_is_listed_with_what_hangs_on_it_now(self, driver: GatewayDriver) -> None:
        trigger = intent_of(driver.gateway, SHARED)
        invoice = invoice_of(driver.gateway.send(trigger))
        driver.pay(invoice.id)
        payout = payout_of(driver.gateway.send(intent_of(driver.gateway, leg_order(LEGS[0]))))
        (one,) = listed(driver)
        assert (one.event_id, one.milestone_index, one.revision) == (SHARED.event_id, 2, 1)
        assert (one.milestone_title, one.legs) == (SHARED.milestone_title, LEGS)
        assert one.invoice == replace(invoice, status="paid")
        assert one.done == done(driver.gateway.ask(trigger))
        assert [(it.id, it.account, it.amount_minor) for it in one.done.payouts] == [
            (payout.id, payout.account, payout.amount_minor)
        ]

    def test_a_void_invoice_stays_listed_beside_the_next_revision(self, driver: GatewayDriver) -> None:
        invoice = invoice_of(driver.gateway.send(intent_of(driver.gateway, SHARED)))
        done(driver.gateway.send(intent_of(driver.gateway, void_order(invoice.id))))
        again = replace(SHARED, key="r2", event_id="evt_r2", revision=2)
        invoice_of(driver.gateway.send(intent_of(driver.gateway, again)))
        assert [(one.revision, one.invoice.status) for one in listed(driver)] == [(1, "void"), (2, "open")]

    def test_a_long_list_is_read_to_its_end_and_holds_no_other_contract(self, driver: GatewayDriver) -> None:
        for index in range(1, 12):
            contract_id = SHARED.contract_id if index % 2 else "con_other & more"
            names = {"key": f"k{index}", "event_id": f"evt_{index}", "contract_id": contract_id}
            order = replace(SHARED, milestone_index=index, **names)  # type: ignore[arg-type]
            invoice_of(driver.gateway.send(intent_of(driver.gateway, order)))
        assert [one.milestone_index for one in listed(driver)] == [1, 3, 5, 7, 9, 11]
        assert [one.milestone_index for one in listed(driver, "con_other & more")] == [2, 4, 6, 8, 10]

    def test_listing_books_nothing(self, driver: GatewayDriver) -> None:
        assert isinstance(driver.gateway.send(intent_of(driver.gateway, SHARED)), Done)
        before = (driver.orders_seen(), driver.invoices())
        listed(driver)
        assert (driver.orders_seen(), driver.invoices()) == before

    def test_where_nobody_answers_the_list_is_unknown(self, driver: GatewayDriver) -> None:
        assert isinstance(driver.nowhere.booked(SHARED.contract_id), Unknown)
