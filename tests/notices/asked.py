"""A milestone that waits for its client, as the real code writes it; for the tests of mail, link and page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.milestones.contract import Contract
from app.milestones.rules import Acceptance, NamedPerson, OnSilence, Rules
from app.notices.tables import mails
from app.releases.decision.decide import decide
from app.releases.decision.record import record
from app.releases.holds import active
from app.releases.people.acceptance import ask_client
from app.releases.people.links import Links
from app.releases.tables import commands, releases
from tests.releases.examples import contract, found, seen

KEY = "canary-key-3c52-that-signs-the-links-of-clients"
RELEASE = "con_7732_alpha/2"
LONG_AGO = "2020-01-01T00:00:00.000Z"


def asking(on_silence: OnSilence = "hold", **more: Any) -> Contract:
    """The worked example's contract, whose client anna accepts within five business days."""
    acceptance = Acceptance((NamedPerson("github", "anna"),), 5, True, on_silence)
    plain = contract(rules=Rules(acceptance=acceptance))
    criteria = ("Clickable prototype of 12 screens on staging",)
    milestones = tuple(replace(one, criteria=criteria) for one in plain.milestones)
    return replace(plain, milestones=milestones, **more)


def ask(db: Database, asked: Contract | None = None) -> str:
    """Release milestone 2, so that its client is asked; answers the release's id."""
    given = asked or asking()
    milestone = given.milestone(2)
    with db.transaction() as connection:
        record(connection, given, milestone, decide(given, milestone, found(seen())))
        assert ask_client(connection, RELEASE) == "awaiting_acceptance"
    return RELEASE


def row_of(db: Database) -> sa.RowMapping:
    with db.reading() as connection:
        return connection.execute(sa.select(releases)).mappings().one()


def change_row(db: Database, **values: Any) -> None:
    """What time, or somebody else, has made of the release."""
    with db.transaction() as connection:
        connection.execute(sa.update(releases).values(**values))


def url_of(db: Database, links: Links) -> str:
    return links.url(row_of(db))


def uses(db: Database) -> list[sa.RowMapping]:
    """The answers that links gave."""
    with db.reading() as connection:
        return list(connection.execute(sa.select(commands)).mappings())


def held_by(db: Database) -> list[str]:
    with db.reading() as connection:
        return [hold["reason"] for hold in active(connection, RELEASE)]


def mail_rows(db: Database) -> list[sa.RowMapping]:
    with db.reading() as connection:
        return list(connection.execute(sa.select(mails).order_by(mails.c.created_at)).mappings())


def mails_due_now(db: Database) -> None:
    """The pause before the next try has passed."""
    with db.transaction() as connection:
        connection.execute(sa.update(mails).where(mails.c.due_at.is_not(None)).values(due_at=LONG_AGO))
