"""A live invoice of which was said that it was never issued. A server dies while it orders (the order was
claimed, and never sent); another one finds the issue reopened, asks, hears "never seen", and withdraws:
"no invoice was issued". When the first comes back its run goes on where it stopped, and sends the order
of revision 1: `settle` leaves it `failed`, which may be sent again, not `dropped`.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from app.releases.money import billing
from app.releases.money.calls import from_json
from app.releases.tables import intents, releases
from tests.releases.play import Play, play

KEY = "con_play/1/r1/open_invoice"


def died_while_it_ordered(stage: Play) -> int:
    """The issue's number; then it is reopened, and found out that nothing was issued."""
    number = stage.closed()
    stage.take()
    with stage.db.transaction() as connection:  # the run of the first server
        assert billing.order_invoice(connection, "con_play/1") == KEY
        connection.execute(sa.update(releases).values(due_at=None))
    stage.caller._claim(KEY)  # … and here it dies
    with stage.db.transaction() as connection:
        connection.execute(
            sa.update(intents).where(intents.c.key == KEY).values(updated_at="2000-01-01T00:00:00.000Z")
        )
    stage.tick()
    stage.forge.reopen(number, stage.person("dana"))
    stage.settle()
    assert stage.state() in ("waiting", "withdrawn"), stage.state()
    return number


def comes_back(stage: Play) -> None:
    """Its run is recovered: the step that was under way is done again, and the next one follows."""
    outcome = from_json(stage.caller.call(KEY))
    with stage.db.transaction() as connection:
        billing.record_invoice(connection, "con_play/1", KEY, outcome)
    stage.settle()


def test_an_order_of_which_was_said_that_nothing_was_issued_is_not_sent(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        died_while_it_ordered(stage)
        comes_back(stage)
        assert stage.bills() == 0, stage.story()
