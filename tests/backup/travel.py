"""A life of a milestone, a backup at one moment of it, and the loss of the database at a later one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from app.backup.restore import restore
from app.backup.snapshot import back_up
from app.db import Database
from app.releases.reconcile.reconciler import Reconciler, Report
from tests.releases.play import OPERATOR, PATIENCE_S, Play

Step = Callable[[Play], None]


def settle(stage: Play) -> None:
    """Until nothing is left to do, here and at the platform, where transfers arrive by a clock of its own."""
    while True:
        stage.settle()
        arrived = threading.Event()
        stage.platform.clock.after(0, arrived.set)  # behind whatever was ordered before
        assert arrived.wait(PATIENCE_S)
        if not stage.till.hints:
            return


def opened(stage: Play) -> None:
    stage.issue()
    stage.settle()


def closed(stage: Play) -> None:
    stage.tick()
    stage.forge.close(1, stage.person("dana"))
    settle(stage)


def reopened(stage: Play) -> None:
    stage.tick()
    stage.forge.reopen(1, stage.person("dana"))
    settle(stage)


def paid(stage: Play) -> None:
    stage.pay()
    settle(stage)


def refunded(stage: Play) -> None:
    stage.order("refund", keep_payouts=False)
    settle(stage)


def lose_and_restore(stage: Play, file: Path, database_url: str) -> None:
    """The server and its database are gone; the backup goes into another one, and the server starts on it.

    With the URL that it had, only the file itself was lost: what lay beside it is still there.
    """
    stage.close()
    if database_url == stage.settings.database_url:
        Path(sa.make_url(database_url).database or "").unlink()
    stage.settings = replace(stage.settings, database_url=database_url)
    db = Database(database_url)
    restore(stage.settings, db, file)
    db.close()
    stage.till.hints.clear()  # callbacks went to a server that was not there
    stage.lose()
    stage.db = Database(database_url)
    stage.restart()


def travel(stage: Play, before: Sequence[Step], after: Sequence[Step], folder: Path, url: str = "") -> None:
    """Live `before`, back up as `closeout backup` does, live `after`, lose everything, restore.

    Nothing may leave then.
    """
    for step in before:
        step(stage)
    file = folder / "closeout.backup"
    back_up(stage.db, file, sorted(stage.book.current.gateways))
    for step in after:
        step(stage)
    lose_and_restore(stage, file, url or f"sqlite:///{folder / 'restored.db'}")
    sent = orders(stage)
    settle(stage)
    assert orders(stage) == sent, "something left while everything was frozen"


def reconcile(stage: Play, *, accept: bool = False) -> Report:
    """What `closeout reconcile` does."""
    reconciler = Reconciler(stage.db, stage.book.current, stage.gateways, stage.decider)
    return reconciler.reconcile(OPERATOR, accept=accept)


def go_on(stage: Play) -> None:
    """The server works, and sweeps."""
    settle(stage)
    stage.sweeper.sweep()
    settle(stage)
    stage.check()


def orders(stage: Play) -> list[str]:
    """The keys of all requests that ask the platform for something; what only tells does not."""
    found = []
    for entry in stage.journal("request"):
        event = json.loads(entry["body"])
        asks = {"payout", "void", "reversal", "credit"} & set(event["context"])
        if asks or event["data"]["status"] == "triggered_for_disbursement":
            found.append(entry["key"])
    return found
