"""`/metrics`: what is counted in the process, and what the database says at the moment of the scrape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.connections.installed import problems
from app.connections.tables import troubles
from app.db import Database, now
from app.errors import StorageUnavailable
from app.inbox.queries import STATUSES
from app.inbox.tables import deliveries
from app.notices.switched_off import list_switched_off
from app.notices.tables import comments, mails, outbound
from app.presence import count_workers
from app.releases.frozen import is_frozen
from app.releases.sweep.marks import WHOLE, read_mark
from app.releases.tables import intents, releases

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_WORK = {
    "deliveries": deliveries,
    "releases": releases,
    "comments": comments,
    "events": outbound,
    "mails": mails,
}
"""What a worker's loops take up once its `due_at` has come, by the loops' words for it."""
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One registry of its own, so that two applications in one process do not meet in it."""

    def __init__(self, db: Database) -> None:
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._answers = Histogram(
            "closeout_hook_answer_seconds",
            "Time from a delivery's head to its answer, by source and HTTP status.",
            ("source", "status"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._registry.register(_FromDatabase(db))

    def observe(self, source: str, status: int, seconds: float) -> None:
        """Count one answer of the webhooks' door."""
        self._answers.labels(source, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _FromDatabase(Collector):
    """Read afresh at each scrape; with the database away it says just that."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()  # else registering would already read the database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("closeout_database_up", "Whether the database answered this scrape.")
        try:
            families = [*self._read(), self._workers()]
        except StorageUnavailable:
            families = []
        up.add_metric([], 1 if families else 0)
        yield up
        yield from families

    def _workers(self) -> GaugeMetricFamily:
        workers = GaugeMetricFamily(
            "closeout_workers", "Processes that work on this PostgreSQL database; absent with SQLite."
        )
        if not self._db.is_sqlite:
            workers.add_metric([], count_workers(self._db))
        return workers

    def _read(self) -> list[GaugeMetricFamily]:
        with self._db.reading() as connection:
            by_status = _counts(connection, deliveries.c.status)
            by_state = _counts(connection, releases.c.state)
            unknown = connection.scalar(
                sa.select(sa.func.count()).select_from(intents).where(intents.c.status == "unknown")
            )
            oldest = connection.scalar(
                sa.select(sa.func.min(deliveries.c.received_at)).where(
                    deliveries.c.due_at.is_not(None), deliveries.c.status.in_(("received", "waiting"))
                )
            )
            swept_at = read_mark(connection, *WHOLE)
            unread = connection.scalar(sa.select(sa.func.count()).select_from(troubles))
            apps = len(problems(connection))
            silent = len(list_switched_off(connection))
            due_since = {kind: _due_since(connection, table) for kind, table in _WORK.items()}
            frozen = is_frozen(connection)
        stored = GaugeMetricFamily("closeout_deliveries", "Deliveries by status.", labels=["status"])
        for status in STATUSES:
            stored.add_metric([status], by_status.get(status, 0))
        milestones = GaugeMetricFamily("closeout_releases", "Releases by state.", labels=["state"])
        for state, count in sorted(by_state.items()):
            milestones.add_metric([state], count)
        due = GaugeMetricFamily(
            "closeout_oldest_due_seconds",
            "How long what was due first has waited for a worker; 0 when nothing is due.",
            labels=["kind"],
        )
        for kind, since in due_since.items():
            due.add_metric([kind], _age_s(since))
        swept = GaugeMetricFamily(
            "closeout_seconds_since_whole_sweep",
            "Time since a sweep could read every repository; absent before the first one that could.",
        )
        if swept_at is not None:
            swept.add_metric([], _age_s(swept_at))
        return [
            stored,
            milestones,
            due,
            swept,
            GaugeMetricFamily(
                "closeout_frozen",
                "Whether no order leaves since a backup was restored, until closeout reconcile lifts it.",
                value=int(frozen),
            ),
            GaugeMetricFamily(
                "closeout_connection_problems",
                "Repositories and GitHub Apps that could not be read, and gateways that were switched off.",
                value=(unread or 0) + apps + silent,
            ),
            GaugeMetricFamily(
                "closeout_unknown_orders",
                "Orders to gateways of which nobody knows yet whether they were carried out.",
                value=unknown or 0,
            ),
            GaugeMetricFamily(
                "closeout_oldest_unhandled_delivery_seconds",
                "Age of the oldest delivery that is not finished; 0 when all are.",
                value=_age_s(oldest),
            ),
        ]


def _due_since(connection: sa.Connection, table: sa.Table) -> str | None:
    due_at = table.c.due_at
    found: str | None = connection.scalar(sa.select(sa.func.min(due_at)).where(due_at <= now()))
    return found


def _counts(connection: sa.Connection, column: sa.Column[str]) -> dict[str, int]:
    rows = connection.execute(sa.select(column, sa.func.count()).group_by(column))
    return {str(row[0]): int(row[1]) for row in rows}


def _age_s(moment: str | None) -> float:
    if moment is None:
        return 0.0
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())
