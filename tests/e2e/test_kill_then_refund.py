"""Killed (-9) between two shares; the operator holds and refunds while it is down; then it starts again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.e2e.stack import Stack, stack

DYING = (sys.executable, "-m", "tests.e2e.dying", "serve")


def test_the_run_that_goes_on_pays_nobody_whose_share_was_cancelled(tmp_path: Path) -> None:
    def two(file: dict[str, Any]) -> None:
        to = [{"account": "acc_one", "share": "60%"}, {"account": "acc_two", "share": "40%"}]
        file["contracts"][0]["payout"]["to"] = to

    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", edit=two) as one:
        one.serve(DYING, DIE_AT="record_leg:after")
        issue = one.open_issue("milestone:ui-prototype")
        one.close(issue)
        assert one.server is not None
        assert one.server.process is not None
        one.until("the kill", one.server.process.poll)
        assert len(one.journal("transfer")) == 1
        for order in (
            ("hold", "con_7732_alpha", "2", "the client wants its money back"),
            ("refund", "con_7732_alpha", "2", "--yes"),
        ):
            assert one.cli("releases", *order).returncode == 0
        one.serve()
        one.until_state(2, "refunded")
        lines = one.until("the run that goes on", lambda: _calls(one, "pay_out/acc_two"))
        assert all('"outcome": "notnow"' in line for line in lines)
        assert [entry["account"] for entry in one.journal("transfer")] == ["acc_one"]
        assert len(one.journal("reversal")) == 1


def _calls(one: Stack, key: str) -> list[str]:
    log = (one.folder / "server.log").read_text()
    return [line for line in log.splitlines() if "gateway called" in line and key in line]
