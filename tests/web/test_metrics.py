"""`/metrics` over real HTTP: what it tells of the database and of the hooks' answers."""

from __future__ import annotations

import requests
import sqlalchemy as sa

from app.db import later, now
from app.releases.sweep.marks import WHOLE, set_mark
from tests.web import seeds
from tests.web.conftest import LogLines
from tests.web.site import Site, closed_issue, signed


def figures(site: Site) -> dict[str, float]:
    """`/metrics` as name and labels → value."""
    text = requests.get(site.url + "/metrics", timeout=20).text
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_the_metrics_tell_what_the_database_holds(seeded: Site) -> None:
    seeds.order(seeded.db, "con_7732_alpha/1", "unknown")
    seeds.delivery(seeded.db, "late", "received", received_at=later(-120), due_at=now())
    found = figures(seeded)
    assert found["closeout_database_up"] == 1
    assert found['closeout_deliveries{status="received"}'] == 2
    assert found['closeout_deliveries{status="parked"}'] == 1
    assert found['closeout_releases{state="held"}'] == 1
    assert found["closeout_unknown_orders"] == 1
    assert 120 <= found["closeout_oldest_unhandled_delivery_seconds"] < 180


def test_the_metrics_tell_how_long_ago_a_sweep_read_everything(seeded: Site) -> None:
    assert "closeout_seconds_since_whole_sweep" not in figures(seeded)
    with seeded.db.transaction() as connection:
        set_mark(connection, *WHOLE, later(-600))
        set_mark(connection, "github", "acme/storefront", later(-60))  # one repository is not everything
    assert 600 <= figures(seeded)["closeout_seconds_since_whole_sweep"] < 660


def test_the_metrics_count_the_answers_of_the_hooks(site: Site, new_id: str) -> None:
    body = closed_issue()
    name = 'closeout_hook_answer_seconds_count{source="forge",status="%s"}'
    before = figures(site)
    site.post(signed(body, new_id), body)
    site.post(signed(body, new_id), body)
    site.post({}, body)
    after = figures(site)
    for status in ("202", "200", "401"):
        assert after[name % status] - before.get(name % status, 0) == 1


def test_with_the_database_away_the_metrics_say_so_and_the_page_too(
    seeded: Site, owner: requests.Session, log_lines: LogLines
) -> None:
    with seeded.db.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE intents RENAME TO elsewhere"))
        connection.execute(sa.text("ALTER TABLE payouts RENAME TO elsewhere_2"))
    found = figures(seeded)
    assert found["closeout_database_up"] == 0
    assert "closeout_unknown_orders" not in found
    page = owner.get(seeded.url, timeout=20)
    assert page.status_code == 503
    assert "The database does not answer" in page.text
    assert "elsewhere" not in page.text
    assert "payouts" not in page.text
