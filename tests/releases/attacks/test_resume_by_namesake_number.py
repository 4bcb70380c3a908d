"""A stranger lifts a hold. "Whoever held it" is compared by the number of the account alone, not by the forge
at which it has that number: in a contract over two connections another account with the same number does
(at self-hosted forges those are 1, 2, 3, …).
"""

from __future__ import annotations

from pathlib import Path

from app.releases.facts import lock_release
from app.releases.people import orders
from app.releases.who import Who
from tests.releases.play import play


def test_the_same_number_at_another_forge_is_another_person(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        mallory = stage.person("mallory", "read")
        number = stage.closed()
        stage.settle()
        with stage.db.transaction() as connection:
            dana = Who("dana", "comment", "the other forge", mallory.id)
            orders.hold(connection, lock_release(connection, "con_play/1"), dana, "not yet")
        assert stage.state() == "held"
        stage.forge.comment(number, mallory, "/closeout resume")
        stage.settle()
        assert stage.state() == "held", stage.told[-1]
