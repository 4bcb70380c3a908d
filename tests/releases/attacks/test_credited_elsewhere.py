"""Stuck for ever. The platform gave the payment back by itself (a chargeback): `refund` refuses since it
was given back already, `resume` since nothing holds it, `retry` changes nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import CloseoutError
from app.events import InvoiceFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from app.releases.people import orders
from tests.releases.play import OPERATOR, Play, play


def says(stage: Play, status: str) -> None:
    one = stage.platform.books.invoices()[0]
    facts = InvoiceFacts(one.id, one.number, "https://pay.example/1", status, 60_000, "usd")
    with stage.db.transaction() as connection:
        apply_answer(connection, "con_play/1/r1/open_invoice", Done(invoice=facts))


@pytest.mark.parametrize("status", ["credited"])
def test_what_was_given_back_at_the_platform_has_an_end(tmp_path: Path, status: str) -> None:
    with play(tmp_path, "github") as stage:
        stage.closed()
        stage.settle()
        stage.pay()
        says(stage, status)
        assert stage.state() == "held"
        told = []
        for order in ("refund", "resume", "retry", "refund", "resume"):
            try:
                if order == "retry":
                    told.append(orders.retry(stage.db, "con_play", 1, OPERATOR))
                    stage.settle()
                elif order == "refund":
                    told.append(stage.order(order, keep_payouts=False))
                else:
                    told.append(stage.order(order))
            except CloseoutError as error:
                told.append(str(error))
        assert stage.state() == "refunded", told
