"""docs/operating.md names every metric that `/metrics` shows and no other, and its alerts use only those."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
import yaml

from tests.web.site import Site, closed_issue, signed

DOCUMENT = Path(__file__).parents[2] / "docs" / "operating.md"
SECTION = DOCUMENT.read_text(encoding="utf-8").partition("## Metrics and alerts\n")[2].partition("\n## ")[0]
DOCUMENTED = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", SECTION, re.MULTILINE))
RULES = yaml.safe_load(SECTION.partition("```yaml\n")[2].partition("```")[0])["groups"][0]["rules"]


def test_every_metric_is_documented_with_its_type_and_every_documented_one_is_there(fresh_site: Site) -> None:
    body = closed_issue()
    fresh_site.post(signed(body, "one"), body)
    text = requests.get(fresh_site.url + "/metrics", timeout=20).text
    shown = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    shown = {name: kind for name, kind in shown.items() if not name.endswith("_created")}
    assert shown == DOCUMENTED


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_asks_for_metrics_that_there_are_and_says_what_is_wrong(rule: dict[str, object]) -> None:
    asked = set(re.findall(r"\bcloseout_\w+", str(rule["expr"])))
    assert asked
    assert {name.removesuffix("_count") for name in asked} <= DOCUMENTED.keys()
    assert "summary" in str(rule["annotations"])


def test_each_metric_of_ours_that_tells_of_trouble_has_an_alert() -> None:
    asked = set(re.findall(r"\bcloseout_\w+", " ".join(rule["expr"] for rule in RULES)))
    assert {name for name in DOCUMENTED if name.startswith("closeout_")} == {
        name.removesuffix("_count") for name in asked
    }
