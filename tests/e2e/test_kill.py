"""Kill -9 at every step of a release, restart, look at the platform's journal: one invoice, one payout."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import requests

from tests.conftest import PostgresServer
from tests.e2e.stack import Stack, stack

DYING = (sys.executable, "-m", "tests.e2e.dying", "serve")

WORKFLOW = [
    f"{step}:{when}"
    for step in (
        "begin",
        "order_invoice",
        "open_invoice",
        "record_invoice",
        "order_legs",
        "pay_out",
        "record_leg",
        "close_round",
    )
    for when in ("inside", "after")  # before one is after the one before
]
AROUND = [
    "store:before#3",
    "store:after#3",
    "relay:before#3",
    "relay:after#3",
    "begin:after#2",
    "begin:inside#2",
    "send:before",
    "send:after",
    "send:before#3",
    "send:after#3",
    "ask:before",
    "ask:after",
    "comment:before",
    "comment:after",
    "event:before",
    "event:after",
]


@pytest.mark.parametrize("moment", WORKFLOW + AROUND)
def test_a_kill_at_any_moment_costs_nothing_and_pays_once(tmp_path: Path, moment: str) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as one:
        _killed_then_finished(one, moment)


@pytest.mark.parametrize(
    "moment", ["open_invoice:inside", "record_invoice:inside", "pay_out:inside", "record_leg:after"]
)
def test_on_postgresql_too(tmp_path: Path, postgres_server: PostgresServer, moment: str) -> None:
    name = f"kill_{abs(hash(str(tmp_path)))}"
    with stack(tmp_path, postgres_server.create(name)) as one:
        _killed_then_finished(one, moment)
    postgres_server.drop(name)


def _killed_then_finished(one: Stack, moment: str) -> None:
    dying = one.serve(DYING, DIE_AT=moment)
    issue = one.open_issue("milestone:ui-prototype")
    one.close(issue)
    assert dying.process is not None
    one.until(f"the kill at {moment}", dying.process.poll)
    assert dying.process.returncode == -9
    one.serve()
    _redeliver_what_nobody_took(one)
    release = one.until_state(2, "disbursed")
    one.until_quiet()
    one.until_told()
    assert [leg["status"] for leg in release["payouts"]] == ["paid"]
    one.assert_paid_once(2)
    comments = one.own_comments(issue)
    assert len(comments) == 1
    assert "Paid and disbursed" in comments[0]


def _redeliver_what_nobody_took(one: Stack) -> None:
    """What an operator, and later the sweep, does through the forge's own interface."""
    one.world.forge.webhooks.wait_until_sent()
    hook = f"{one.world.forge.url}/repos/acme/storefront/hooks/{one.hook.id}"
    headers = {"Authorization": "token sandbox-token-lena"}
    listed = requests.get(f"{hook}/deliveries", params={"per_page": 100}, headers=headers, timeout=30).json()
    for delivery in reversed([one for one in listed if one["status"] != "OK"]):
        url = f"{hook}/deliveries/{delivery['id']}/attempts"
        assert requests.post(url, headers=headers, timeout=30).status_code == 202
    one.world.forge.webhooks.wait_until_sent()
