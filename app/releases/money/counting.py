"""What has come in for an invoice, and what is asked back, counted and posted by totals.

No answer, however late or often repeated, counts a payment twice: what came in did come in, and what the
client's bank has taken for good is gone. Nobody here decides anything; the callers hold the release's row.
"""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa

from app import money
from app.db import now
from app.events import InvoiceFacts
from app.invoices.tables import invoices
from app.ledger.journal import Posting, count_turns, post
from app.milestones.contract import Contract
from app.releases.facts import came_in

Contested = Literal["", "open", "lost", "won"]
"""What there is new of a dispute, if anything."""


def is_news(invoice: sa.RowMapping, facts: InvoiceFacts) -> bool:
    """Whether the gateway says more than is known. Two answers may come in the wrong order: an invoice that
    was paid, void or credited is not open again, and what came in did come in.
    """
    if invoice["status"] == "credited" or facts.status == "draft":
        return False
    if facts.status == "open" and (invoice["paid_at"] is not None or invoice["status"] == "void"):
        return False
    if facts.came_in_minor > came_in(invoice) or facts.lost_minor > invoice["lost_minor"]:
        return True
    return (facts.status, facts.disputed_minor) != (invoice["status"], invoice["disputed_minor"])


def total_minor(invoice: sa.RowMapping, facts: InvoiceFacts) -> int:
    """All that ever came in, by whichever of the two knows of more."""
    least_minor = facts.amount_minor if facts.status == "paid" else 0
    return max(came_in(invoice), facts.came_in_minor, least_minor)


def keep(connection: sa.Connection, invoice: sa.RowMapping, facts: InvoiceFacts) -> sa.RowMapping:
    """Write the facts beside the invoice, and answer it as it is now."""
    mine = invoices.c.id == invoice["id"]
    connection.execute(
        sa.update(invoices)
        .where(mine)
        .values(
            status=facts.status,
            paid_at=now() if facts.status == "paid" else invoice["paid_at"],
            received_minor=total_minor(invoice, facts),
            outside_minor=max(invoice["outside_minor"], facts.outside_minor),
            credit_minor=max(invoice["credit_minor"], facts.credit_minor),
            disputed_minor=facts.disputed_minor,
            lost_minor=max(invoice["lost_minor"], facts.lost_minor),
        )
    )
    return connection.execute(sa.select(invoices).where(mine)).mappings().one()


def receive(
    connection: sa.Connection, contract: Contract, invoice: sa.RowMapping, facts: InvoiceFacts
) -> int:
    """Post what has come in since the last answer, and answer how much that is.

    What is more than was asked, or came in for an invoice that is void, is the client's credit.
    """
    came_minor, known_minor = total_minor(invoice, facts), came_in(invoice)
    come_minor = came_minor - known_minor
    if come_minor == 0:
        return 0
    outside_minor = max(0, facts.outside_minor - invoice["outside_minor"])
    credit_minor = max(0, facts.credit_minor - invoice["credit_minor"])
    owed_minor = max(0, facts.amount_minor + invoice["lost_minor"] - known_minor)
    asked_minor = 0 if facts.status == "void" else min(come_minor, owed_minor)
    # One payment of all has this name since there are only such, which a server before this one knows.
    is_whole = known_minor == 0 and came_minor >= facts.amount_minor
    name = "invoice_paid" if is_whole else f"received/{came_minor}"
    lines = [
        Posting(f"cash:{contract.gateway}", come_minor - outside_minor - credit_minor, facts.currency),
        Posting("cash:outside", outside_minor, facts.currency),
        Posting(f"receivable:{contract.id}", -asked_minor, facts.currency),
        Posting(f"client_credit:{contract.id}", credit_minor + asked_minor - come_minor, facts.currency),
    ]
    _post(connection, invoice, name, "invoice_paid", lines)
    return come_minor


def contest(
    connection: sa.Connection, contract: Contract, invoice: sa.RowMapping, facts: InvoiceFacts
) -> Contested:
    """Post what the client's bank asks back, has taken for good, or gives back to the seller."""
    asked_minor = facts.disputed_minor - invoice["disputed_minor"]
    lost_minor = max(0, facts.lost_minor - invoice["lost_minor"])
    if not asked_minor and not lost_minor:
        return ""
    lines = [
        Posting(f"cash:{contract.gateway}", -asked_minor - lost_minor, facts.currency),
        Posting(f"disputed:{contract.id}", asked_minor, facts.currency),
        Posting(f"receivable:{contract.id}", lost_minor, facts.currency),
    ]
    stem = f"{invoice['release_id']}/r{invoice['revision']}/payment_disputed/"
    number = count_turns(connection, stem) + 1
    _post(connection, invoice, f"payment_disputed/{number}", "payment_disputed", lines)
    if facts.disputed_minor:
        return "open"
    return "lost" if lost_minor else "won"


def _post(
    connection: sa.Connection, invoice: sa.RowMapping, name: str, kind: str, lines: list[Posting]
) -> None:
    key = f"{invoice['release_id']}/r{invoice['revision']}/{name}"
    post(connection, key, kind, invoice["release_id"], [line for line in lines if line.amount_minor])


def excess(invoice: sa.RowMapping) -> str:
    """What came in beyond the amount, in words."""
    excess_minor = came_in(invoice) - invoice["amount_minor"]
    shown = money.show(max(0, excess_minor), invoice["currency"])
    return f", and {shown} more, which is the client's credit" if excess_minor > 0 else ""
