"""The whole story of a milestone, put together from every table that knows of it, in order of time.

Nothing is kept for this alone: what is told is what the parts wrote down while they worked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, get_args

import sqlalchemy as sa

from app import money
from app.inbox.tables import deliveries
from app.invoices.tables import credit_notes, invoices
from app.ledger.tables import entries, postings
from app.notices.switched_off import KEPT_BACK
from app.notices.tables import comment_releases, comments, mails, outbound
from app.payouts.tables import payouts
from app.releases.again import SOURCE
from app.releases.people.commands import TALK
from app.releases.tables import approvals, audit, commands, holds, intents
from app.releases.told.evidence_words import in_words, moment, person

Kind = Literal[
    "delivery",
    "command",
    "approval",
    "hold",
    "lifted",
    "decision",
    "state",
    "accepted",
    "refund",
    "call",
    "invoice",
    "payout",
    "credit",
    "posting",
    "event",
    "mail",
]
Row = Mapping[str, Any]

_ORDER: tuple[Kind, ...] = get_args(Kind)
"""What is told first of several things of one moment: causes before what they led to."""
_JSON = frozenset({"by", "lifted_by", "evidence", "wanted"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: when (RFC 3339, UTC), what, in a sentence, and what belongs to it.

    `details` are further sentences; `data` has every field as it is stored, amounts in minor units.
    """

    at: str
    kind: Kind
    text: str
    details: tuple[str, ...] = ()
    data: Row = field(default_factory=dict)


def read_history(connection: sa.Connection, release: Row) -> list[Entry]:
    """Everything that is known of a release, given its row; the oldest first."""
    identity = release["id"]
    changes = _rows(connection, audit, audit.c.release_id == identity)
    bills = _rows(connection, invoices, invoices.c.release_id == identity)
    orders = (commands.c.release_id == identity) & (commands.c.command != TALK)
    found = [
        *map(_delivery, _rows(connection, deliveries, _concerned(identity, changes), leave="headers")),
        *map(_command, _rows(connection, commands, orders)),
        *map(_approval, _rows(connection, approvals, approvals.c.release_id == identity)),
        *_each(_hold, _rows(connection, holds, holds.c.release_id == identity)),
        *map(_change, changes),
        *_orders(release),
        *map(_call, _rows(connection, intents, intents.c.release_id == identity)),
        *_each(_invoice, bills),
        *map(_payout, _rows(connection, payouts, payouts.c.release_id == identity)),
        *map(
            _credit,
            _rows(connection, credit_notes, credit_notes.c.invoice_id.in_([one["id"] for one in bills])),
        ),
        *_postings(connection, identity),
        *map(
            partial(_event, _moments(changes)), _rows(connection, outbound, outbound.c.release_id == identity)
        ),
        *map(_mail, _rows(connection, mails, mails.c.release_id == identity)),
    ]
    return sorted(found, key=lambda one: (one.at, _ORDER.index(one.kind)))


def read_comments(connection: sa.Connection, release_id: str) -> list[dict[str, Any]]:
    """The comments that speak of a release; they are edited in place, and keep no time of their own."""
    ours = sa.select(comment_releases.c.comment_id).where(comment_releases.c.release_id == release_id)
    return _rows(connection, comments, comments.c.id.in_(ours))


def _rows(
    connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool], leave: str = ""
) -> list[dict[str, Any]]:
    """Rows as they were written, in that order, without bytes, with JSON read."""
    columns = [one for one in table.c if not isinstance(one.type, sa.LargeBinary) and one.name != leave]
    found = connection.execute(sa.select(*columns).where(which).order_by(*table.primary_key)).mappings()
    return [{name: _plain(name, value) for name, value in row.items()} for row in found]


def _plain(name: str, value: Any) -> Any:
    return json.loads(value) if name in _JSON and value else value


def _each(tell: Callable[[Row], Iterator[Entry]], rows: Iterable[Row]) -> list[Entry]:
    return [entry for row in rows for entry in tell(row)]


def _concerned(identity: str, changes: Iterable[Row]) -> sa.ColumnElement[bool]:
    """The deliveries that led to it, those that decisions name, and what Closeout sent to itself about it."""
    columns = deliveries.c
    causes = [one["evidence"].get("delivery") or {} for one in changes]
    named = [
        ("forge", one["connection"], one["delivery_id"])
        if "delivery_id" in one
        else (SOURCE, "", one["sweep"])
        for one in causes
        if "delivery_id" in one or "sweep" in one
    ]
    own = sa.and_(
        columns.source == SOURCE,
        columns.connection == "",
        columns.delivery_id.startswith(f"{identity}/", autoescape=True),
    )
    is_named = sa.tuple_(columns.source, columns.connection, columns.delivery_id).in_(named)
    return sa.or_(columns.release_id == identity, own, is_named)


def _delivery(row: Row) -> Entry:
    sender = row["connection"] or "Closeout to itself"
    what = " ".join(filter(None, (row["event"], row["action"])))
    tries = f", {row['attempts']} tries" if row["attempts"] > 1 else ""
    head = f"{row['id']} of {sender}" + (f", {what}" if what else "")
    again = f"take it through again: closeout replay {row['id']}" if row["status"] == "parked" else ""
    details = tuple(filter(None, (row["reason"], again)))
    return Entry(row["received_at"], "delivery", f"{head}: {row['status']}{tries}", details, row)


def _command(row: Row) -> Entry:
    text = f"/closeout {row['command']} by {person(row['by'])}"
    return Entry(row["at"], "command", text, (f"answered: {row['answer']}",), row)


def _approval(row: Row) -> Entry:
    return Entry(row["at"], "approval", f"{person(row['by'])} approved: {row['doubt']}", (), row)


def _hold(row: Row) -> Iterator[Entry]:
    put = f"{row['reason']} (put by {person(row['by'])}, as {row['source']})"
    yield Entry(row["at"], "hold", put, (), row)
    if row["lifted_at"]:
        yield Entry(row["lifted_at"], "lifted", f"by {person(row['lifted_by'])}: {row['reason']}", (), row)


def _change(row: Row) -> Entry:
    before, after = row["from_state"], row["to_state"]
    arrow = after if before == after else f"{before} → {after}"
    details = in_words(row["evidence"])
    kind: Kind = "decision" if "snapshot_hash" in row["evidence"] else "state"
    return Entry(row["at"], kind, f"{arrow}: {row['reason']}", tuple(details), row)


def _orders(release: Row) -> Iterator[Entry]:
    """What the release's own row remembers of people: the client's acceptance, and the order to refund."""
    if release["accepted"]:
        given = json.loads(release["accepted"])
        by = "silence, as the contract says" if given["via"] == "rule" else person(given)
        yield Entry(given["at"], "accepted", f"by {by}", (), given)
    if release["refund"]:
        ordered = json.loads(release["refund"])
        legs = "keep their shares" if ordered["keep_payouts"] else "give their shares back first"
        text = f"ordered by {person(ordered['who'])}; the payees {legs}"
        yield Entry(ordered["at"], "refund", text, (), ordered)


def _call(row: Row) -> Entry:
    whom = f" for {row['account']}" if row["account"] else ""
    count = row["attempts"]
    tries = {0: "not sent yet", 1: "1 attempt"}.get(count, f"{count} attempts")
    text = f"{row['operation'].replace('_', ' ')}{whom} at {row['gateway']}: {row['status']}, {tries}"
    details = [f"key {row['key']}", f"event {row['event_id']}, last change {moment(row['updated_at'])}"]
    details += [row["reason"]] if row["reason"] else []
    return Entry(row["created_at"], "call", text, tuple(details), row)


def _invoice(row: Row) -> Iterator[Entry]:
    amount = money.show(row["amount_minor"], row["currency"])
    text = f"{row['number']} over {amount} issued by {row['gateway']} (revision {row['revision']})"
    names = f"{row['gateway_id']}, {row['status']} now"
    yield Entry(row["issued_at"], "invoice", text, tuple(filter(None, (names, row["url"]))), row)
    if row["paid_at"]:
        yield Entry(row["paid_at"], "invoice", f"{row['number']} over {amount} paid", (), row)


def _payout(row: Row) -> Entry:
    status = row["status"].replace("_", " ")
    text = f"{money.show(row['amount_minor'], row['currency'])} to {row['account']}: {status}"
    details = tuple(filter(None, (row["gateway_id"], row["reason"])))
    return Entry(row["updated_at"], "payout", text, details, row)


def _credit(row: Row) -> Entry:
    text = f"note {row['number']} over {money.show(row['amount_minor'], row['currency'])}"
    return Entry(row["issued_at"], "credit", text, tuple(filter(None, (row["gateway_id"], row["url"]))), row)


def _postings(connection: sa.Connection, identity: str) -> Iterator[Entry]:
    lines: dict[int, list[dict[str, Any]]] = {}
    mine = sa.select(entries.c.id).where(entries.c.release_id == identity)
    for line in _rows(connection, postings, postings.c.entry_id.in_(mine)):
        lines.setdefault(line["entry_id"], []).append(line)
    for entry in _rows(connection, entries, entries.c.release_id == identity):
        own = lines.get(entry["id"], [])
        told = tuple(
            f"{'debit' if one['amount_minor'] > 0 else 'credit'} {one['account']}"
            f" {money.show(abs(one['amount_minor']), one['currency'])}"
            for one in own
        )
        yield Entry(entry["at"], "posting", entry["kind"].replace("_", " "), told, {**entry, "postings": own})


def _moments(changes: Iterable[Row]) -> dict[str, str]:
    return {str(one["id"]): one["at"] for one in changes}


def _event(moments: Mapping[str, str], row: Row) -> Entry:
    """It is told with the change that its key names, whose moment is known to the millisecond."""
    how = KEPT_BACK if row["problem"] == KEPT_BACK else _sent(row, "delivered")
    at = moments.get(row["key"].rpartition("/")[2], row["created_at"])
    details = [f"event {row['event_id']}", *([row["problem"]] if row["problem"] else [])]
    return Entry(at, "event", f"{row['status']} told to {row['gateway']}: {how}", tuple(details), row)


def _mail(row: Row) -> Entry:
    problem = (row["problem"],) if row["problem"] else ()
    return Entry(
        row["created_at"], "mail", f"{row['kind']} to {row['recipient']}: {_sent(row, 'sent')}", problem, row
    )


def _sent(row: Row, done: str) -> str:
    if row["due_at"]:
        return f"next try {moment(row['due_at'])}, {row['attempts']} so far"
    return f"given up after {row['attempts']} tries" if row["problem"] else done
