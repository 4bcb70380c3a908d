"""Reading what the client is asked to accept, for the mail and for the page behind its link."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.notices.mail import mail_key
from app.notices.mail_text import BilledIssue, Question
from app.notices.text import web_address
from app.releases.decision.evidence import billed_in
from app.releases.facts import contract_of
from app.releases.holds import active
from app.releases.people.answering import link_state
from app.releases.people.links import Links
from app.releases.tables import releases
from app.settings import Settings


def read_question(connection: sa.Connection, row: sa.RowMapping, link: str = "") -> Question:
    """What is asked about a release that has a snapshot, in the words of that snapshot."""
    contract = contract_of(row)
    milestone = contract.milestone(row["milestone_index"])
    acceptance = milestone.rules.acceptance
    disputes = [hold["reason"] for hold in active(connection, row["id"]) if hold["source"] == "dispute"]
    return Question(
        seller=contract.seller,
        client=contract.client,
        contract_title=contract.title,
        milestone_index=milestone.index,
        milestone_title=milestone.title,
        amount_minor=milestone.amount_minor,
        currency=contract.currency,
        net_days=contract.net_days,
        criteria=milestone.criteria,
        issues=tuple(_issue(one) for one in billed_in(json.loads(row["evidence"]))),
        until=row["accept_by"] or "",
        silence_accepts=acceptance is not None and acceptance.on_silence == "accept",
        accepters=tuple(name.login for name in acceptance.by) if acceptance else (),
        dispute=disputes[0] if disputes else "",
        link=link,
    )


def question_to_mail(
    settings: Callable[[], Settings], connection: sa.Connection, mail: sa.RowMapping
) -> Question | None:
    """The same for a row of `mails`, with the link; None once nobody waits for that mail's answer.

    There is none where `settings` make no links.
    """
    wanted = sa.select(releases).where(releases.c.id == mail["release_id"])
    row = connection.execute(wanted).mappings().one()
    if mail_key(row) != mail["key"] or link_state(connection, row) != "open":
        return None
    links = Links.of(settings())
    return read_question(connection, row, links.url(row) if links else "")


def _issue(one: dict[str, Any]) -> BilledIssue:
    closer = one["closed_by"]["login"] if one["closed_by"] else ""
    return BilledIssue(one["number"], one["title"], web_address(one["url"]), closer, one["closed_at"] or "")
