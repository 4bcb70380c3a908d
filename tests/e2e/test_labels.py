"""Labels made by the command before any server ran are the ones that bill afterwards."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.stack import stack

PROTOTYPE = "milestone:ui-prototype"


def test_a_milestone_is_billed_by_the_label_that_was_made_for_it_and_mended_meanwhile(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", is_new=True) as one:
        done = one.cli("labels", "sync")
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("5 created.\n")
        assert not (one.folder / "closeout.db").exists()
        one.serve()
        issue = one.open_issue(PROTOTYPE)
        (mended,) = [
            each
            for each in json.loads(one.cli("labels", "sync", "--show-amounts", "--json").stdout)["labels"]
            if each["label"] == PROTOTYPE
        ]
        assert (mended["action"], mended["mend"]) == ("mend", "")
        assert mended["note"].endswith(", 7,500.00 usd")
        one.close(issue)
        one.until_state(2, "disbursed")
        one.assert_paid_once(2)
