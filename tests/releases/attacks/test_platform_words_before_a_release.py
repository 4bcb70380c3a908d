"""A leak. What the platform says is for the operator alone (`stories._holding`), but before a release, or
after it was withdrawn, everybody who reads the issue gets it: `reason` is then told as it stands, and the
next decision holds for "what holds it", in the operator's words.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from app.events import InvoiceFacts
from app.gateways.base import Done
from app.releases.money.answers import apply_answer
from app.releases.people import orders
from app.releases.who import Who
from tests.releases.attacks.test_settled_order_goes_out import died_while_it_ordered
from tests.releases.play import play


def test_that_an_invoice_lives_is_told_to_the_operator_alone(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        number = died_while_it_ordered(stage)
        lives = Done(invoice=InvoiceFacts("in_1", "INV-0815", "https://pay.example/1", "paid", 60_000, "usd"))
        with stage.db.transaction() as connection:
            apply_answer(connection, "con_play/1/r1/open_invoice", lives)
        stage.settle()
        assert stage.state() == "held"
        first = stage.story()
        stage.tick()
        stage.forge.close(number, stage.person("dana"))
        stage.settle()
        second = stage.story()
        assert "INV-0815" not in first + second, first + "\n--\n" + second


@pytest.mark.parametrize("name", ["github:olaf", "CORP;olaf", "Olaf: on call"])
def test_no_account_of_an_operator_is_named(tmp_path: Path, name: str) -> None:
    with play(tmp_path, "github") as stage:
        stage.closed()
        stage.settle()
        with stage.db.transaction() as connection:
            row = orders.locked(connection, "con_play", 1)
            orders.hold(connection, row, Who(name, "command line"), "ask the client")
        assert "olaf" not in stage.story().lower(), stage.story()
