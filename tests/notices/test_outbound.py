"""Events that only tell: repeated on schedule, byte for byte; kept back from an endpoint that is off."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from app.connections.standing import switched_off
from app.db import Database
from app.doctor import work
from app.gateways.http.client import HttpGateway
from app.notices.outbound import EventTeller
from app.notices.tables import outbound
from app.releases.money import billing, calls
from app.sandbox.platform import SANDBOX_SECRET
from app.signatures import verify_standard_webhook
from app.web.metrics import Metrics
from tests.cli.prepared import CONTRACT, Desk

SCHEDULE_S = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


class Platform:
    """An endpoint that gives these answers in turn, (status, Retry-After), and then 200."""

    def __init__(self, server: HTTPServer, *answers: tuple[int, str]) -> None:
        self.answers, self.taken = list(answers), list[Request]()
        self.url = server.url_for("/events")
        server.expect_request("/events").respond_with_handler(self.take)

    def take(self, request: Request) -> Response:
        request.get_data()  # read while it is there
        self.taken.append(request)
        status, pause = self.answers.pop(0) if self.answers else (200, "")
        return Response("{}", status, {"Retry-After": pause} if pause else None)

    @property
    def bodies(self) -> list[bytes]:
        return [one.get_data() for one in self.taken]


def gateway(url: str) -> HttpGateway:
    return HttpGateway("platform", url, SANDBOX_SECRET)


def teller(db: Database, url: str) -> EventTeller:
    """What tells the gateway "platform" at `url`."""
    return EventTeller(db, {"platform": gateway(url)})


def invoiced(db: Database, folder: Path) -> Desk:
    """One thing happened that is to be told: an invoice was issued."""
    desk = Desk(db, folder)
    desk.invoiced()
    assert [one["status"] for one in rows(db)] == ["invoiced"]
    return desk


def rows(db: Database) -> list[sa.RowMapping]:
    with db.reading() as connection:
        return list(connection.execute(sa.select(outbound).order_by(outbound.c.created_at)).mappings())


def due_now(db: Database) -> None:
    """Cut the pauses short, as waiting would."""
    with db.transaction() as connection:
        waiting = sa.update(outbound).where(outbound.c.due_at.is_not(None))
        connection.execute(waiting.values(due_at="2000-01-01T00:00:00.000Z"))


def pause_of(db: Database) -> float:
    """Seconds until the one event is sent again."""
    (row,) = rows(db)
    return (datetime.fromisoformat(row["due_at"]) - datetime.now(UTC)).total_seconds()


def test_an_event_is_repeated_on_schedule_with_jitter_and_given_up_in_the_end(
    sqlite_db: Database, tmp_path: Path, httpserver: HTTPServer
) -> None:
    invoiced(sqlite_db, tmp_path)
    (row,) = rows(sqlite_db)
    platform = Platform(httpserver, *[(500, "")] * 20)
    for planned_s in SCHEDULE_S:
        teller(sqlite_db, platform.url).turn()
        assert planned_s - 2 <= pause_of(sqlite_db) <= planned_s * 1.1
        due_now(sqlite_db)
    teller(sqlite_db, platform.url).turn()
    (row,) = rows(sqlite_db)
    assert (row["attempts"], row["due_at"]) == (10, None)
    assert "500" in row["problem"]
    assert len(set(platform.bodies)) == 1, "the same bytes at every attempt"
    assert {one.headers["webhook-id"] for one in platform.taken} == {row["event_id"]}
    for one in platform.taken:
        verify_standard_webhook(
            {name.lower(): value for name, value in one.headers.items()},
            one.get_data(),
            (SANDBOX_SECRET.encode(),),
        )


@pytest.mark.parametrize("status", [429, 503])
def test_it_comes_never_sooner_than_the_platform_asks(
    sqlite_db: Database, tmp_path: Path, httpserver: HTTPServer, status: int
) -> None:
    invoiced(sqlite_db, tmp_path)
    teller(sqlite_db, Platform(httpserver, (status, "4000")).url).turn()
    assert 3998 <= pause_of(sqlite_db) <= 4400


def test_pauses_differ_so_that_not_everybody_comes_back_at_once(
    sqlite_db: Database, tmp_path: Path, httpserver: HTTPServer
) -> None:
    invoiced(sqlite_db, tmp_path)
    platform, pauses_s = Platform(httpserver, *[(503, "4000")] * 5), set()
    for _ in range(5):
        teller(sqlite_db, platform.url).turn()
        pauses_s.add(round(pause_of(sqlite_db)))
        due_now(sqlite_db)
    assert len(pauses_s) > 1


def test_after_a_410_nothing_more_is_told_until_a_person_enables_the_gateway(
    db: Database, tmp_path: Path, httpserver: HTTPServer
) -> None:
    desk, platform = invoiced(db, tmp_path), Platform(httpserver, (410, ""))
    desk.gateway_says("paid")
    for _ in range(3):
        teller(db, platform.url).turn()
        due_now(db)
    assert len(platform.taken) == 1
    with db.reading() as connection:
        (finding,) = switched_off(connection)
    assert (finding.about, finding.verdict) == ("gateway platform", "broken")
    assert f"switched this endpoint off (410) at {platform.url} since" in finding.said
    assert "2 events kept back" in finding.said
    assert "closeout gateways enable platform" in finding.mend
    assert finding in list(work.examine(db))
    assert b"closeout_connection_problems 1.0" in Metrics(db).text()
    assert "kept back, since the platform switched its endpoint off" in desk.said("explain", CONTRACT, "2")

    assert "2 events kept back before" in desk.said("gateways", "enable", "platform")
    teller(db, platform.url).turn()
    assert len(platform.taken) == 3
    assert len(set(platform.bodies)) == 2, "the event that met the 410 came again with its own bytes"
    assert {(one["problem"], one["due_at"]) for one in rows(db)} == {("", None)}
    with db.reading() as connection:
        assert switched_off(connection) == []
    assert b"closeout_connection_problems 0.0" in Metrics(db).text()


def test_enabling_what_is_not_switched_off_says_so(sqlite_db: Database, tmp_path: Path) -> None:
    said = Desk(sqlite_db, tmp_path).refused("gateways", "enable", "platform")
    assert "gateway platform is not switched off" in said


def test_an_order_that_meets_the_410_has_the_news_kept_back_as_well_and_fails_visibly(
    db: Database, tmp_path: Path, httpserver: HTTPServer
) -> None:
    desk, platform = Desk(db, tmp_path), Platform(httpserver, (410, ""))
    desk.released()
    with db.transaction() as connection:
        key = billing.order_invoice(connection, f"{CONTRACT}/2")
    outcome = calls.Caller(db, {"platform": gateway(platform.url)}).call(key)
    with db.transaction() as connection:
        billing.record_invoice(connection, f"{CONTRACT}/2", key, calls.from_json(outcome))
    assert desk.state() == "failed"
    teller(db, platform.url).turn()
    assert len(platform.taken) == 1
    assert "1 event kept back" in desk.said("gateways", "enable", "platform")
    teller(db, platform.url).turn()
    assert len(platform.taken) > 1


def test_another_address_is_told_though_the_one_before_was_switched_off(
    sqlite_db: Database, tmp_path: Path, httpserver: HTTPServer
) -> None:
    desk, platform = invoiced(sqlite_db, tmp_path), Platform(httpserver, (410, ""))
    teller(sqlite_db, platform.url).turn()
    desk.gateway_says("paid")
    httpserver.expect_request("/moved").respond_with_handler(platform.take)
    teller(sqlite_db, httpserver.url_for("/moved")).turn()
    assert [one.path for one in platform.taken] == ["/events", "/moved"]
    assert b'"status":"paid"' in platform.bodies[1]
