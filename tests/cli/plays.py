"""How a milestone comes into each of its states: what people, the gateway and time do to it."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from app.gateways.base import Failed, Unknown
from app.releases.money import billing
from app.releases.people import acceptance
from app.releases.tables import releases
from tests.cli.prepared import CONTRACT, Desk
from tests.releases.examples import seen

IDENTITY = f"{CONTRACT}/2"


def waiting(desk: Desk) -> None:
    desk.decide(2, seen(12), seen(14, is_open=True))


def held_by_label(desk: Desk) -> None:
    desk.decide(2, seen(others=("milestone:uat",)))


def closed(desk: Desk) -> None:
    desk.decide(2)


def approved(desk: Desk) -> None:
    desk.decide(2)
    desk.said("releases", "approve", CONTRACT, "2", "--as", "lena")


def held_undecided(desk: Desk) -> None:
    desk.said("releases", "hold", CONTRACT, "2", "wait")


def withdrawn(desk: Desk) -> None:
    desk.released()
    desk.reopened()


def triggered(desk: Desk) -> None:
    desk.released()
    with desk.db.transaction() as connection:
        billing.order_invoice(connection, IDENTITY)


def answered(desk: Desk, outcome: Failed | Unknown) -> None:
    triggered(desk)
    with desk.db.transaction() as connection:
        billing.record_invoice(connection, IDENTITY, f"{IDENTITY}/r1/open_invoice", outcome)


def accepted(desk: Desk) -> None:
    desk.asked()
    desk.said("releases", "accept", CONTRACT, "2", "--as", "carl")


def silent(desk: Desk) -> None:
    desk.asked()
    with desk.db.transaction() as connection:
        connection.execute(sa.update(releases).values(accept_by="2026-01-09T00:00:00.000Z"))
        acceptance.fall_silent(connection, IDENTITY)


def disputed_by_client(desk: Desk) -> None:
    desk.asked()
    desk.said("releases", "dispute", CONTRACT, "2", "the colours", "--as", "carl")


def reopened(step: str) -> Callable[[Desk], None]:
    def play(desk: Desk) -> None:
        getattr(desk, step)()
        desk.reopened()

    return play


def reopened_by_a_stranger(desk: Desk) -> None:
    desk.invoiced()
    desk.reopened(may=False)


def payout(status: str) -> Callable[[Desk], None]:
    def play(desk: Desk) -> None:
        desk.paid()
        desk.payout(status, reason="account closed" if status == "failed" else "")

    return play


def retried(desk: Desk) -> None:
    payout("failed")(desk)
    desk.said("releases", "retry", CONTRACT, "2")


def gateway(status: str) -> Callable[[Desk], None]:
    def play(desk: Desk) -> None:
        desk.invoiced()
        desk.gateway_says(status)

    return play


def refunding(desk: Desk) -> None:
    desk.disbursed()
    desk.reopened()
    desk.said("releases", "refund", CONTRACT, "2", "--yes")


def refunded(desk: Desk) -> None:
    refunding(desk)
    desk.refund_through()


def triggered_by_hand(desk: Desk) -> None:
    desk.said("releases", "trigger", CONTRACT, "2", "--yes", "--as", "olga")


def manual_taken_back(desk: Desk) -> None:
    triggered_by_hand(desk)
    desk.order_invoice()
    desk.said("releases", "hold", CONTRACT, "2", "a slip")
    desk.said("releases", "refund", CONTRACT, "2", "--yes")
    desk.gateway_says("void")
