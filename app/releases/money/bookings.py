"""An invoice in the books: issued, void, or void no longer. Each is posted once.

Nobody here decides anything; the callers hold the release's row.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from app.db import now
from app.events import InvoiceFacts
from app.invoices.tables import invoices
from app.ledger.journal import Posting, post, transfer
from app.milestones.contract import Contract
from app.releases.facts import came_in


def write_down(
    connection: sa.Connection, release_id: str, revision: int, contract: Contract, facts: InvoiceFacts
) -> None:
    """Keep an invoice; one that the client has is posted, a draft is not."""
    status = "draft" if facts.status == "draft" else "open"
    connection.execute(
        sa.insert(invoices).values(
            release_id=release_id,
            revision=revision,
            gateway=contract.gateway,
            gateway_id=facts.id,
            number=facts.number,
            url=facts.url,
            status=status,
            amount_minor=facts.amount_minor,
            currency=facts.currency,
            issued_at=now(),
        )
    )
    if status == "open":
        post_issue(connection, release_id, revision, contract, facts)


def post_issue(
    connection: sa.Connection, release_id: str, revision: int, contract: Contract, facts: InvoiceFacts
) -> None:
    """The client owes it."""
    lines = transfer(
        f"revenue:{contract.id}", f"receivable:{contract.id}", facts.amount_minor, facts.currency
    )
    post(connection, f"{release_id}/r{revision}/invoice_issued", "invoice_issued", release_id, lines)


def record_past(
    connection: sa.Connection, release_id: str, revision: int, contract: Contract, facts: InvoiceFacts
) -> None:
    """Write down an invoice that was issued and voided without our knowing: nobody owes it."""
    write_down(connection, release_id, revision, contract, replace(facts, status="open"))
    of_it = (invoices.c.release_id == release_id) & (invoices.c.revision == revision)
    connection.execute(sa.update(invoices).where(of_it).values(status="void"))
    invoice = connection.execute(sa.select(invoices).where(of_it)).mappings().one()
    post_void(connection, invoice, contract, is_void=True)


def post_void(
    connection: sa.Connection, invoice: sa.RowMapping, contract: Contract, *, is_void: bool
) -> None:
    """A void invoice is owed by nobody; one that is paid all the same is owed, and paid, again.

    What had come in for it before it was voided is the client's.
    """
    receivable, revenue = f"receivable:{contract.id}", f"revenue:{contract.id}"
    currency, amount_minor = invoice["currency"], invoice["amount_minor"]
    credit_minor = min(came_in(invoice), amount_minor) - invoice["lost_minor"]
    sign = 1 if is_void else -1
    lines = [
        Posting(revenue, sign * amount_minor, currency),
        Posting(receivable, -sign * (amount_minor - credit_minor), currency),
        Posting(f"client_credit:{contract.id}", -sign * credit_minor, currency),
    ]
    kind = "invoice_voided" if is_void else "invoice_reinstated"
    key = f"{invoice['release_id']}/r{invoice['revision']}/{kind}"
    post(connection, key, kind, invoice["release_id"], [line for line in lines if line.amount_minor])


def doubt_of(row: sa.RowMapping, facts: InvoiceFacts | None) -> str:
    """Why the gateway's word can not be taken: it names another amount or currency than was ordered."""
    if facts is None:
        return "the gateway accepted the order but names no invoice"
    if (facts.amount_minor, facts.currency) != (row["amount_minor"], row["currency"]):
        return (
            f"the gateway's invoice {facts.number} is over {facts.amount_minor} minor units of"
            f" {facts.currency}, ordered were {row['amount_minor']} of {row['currency']}"
        )
    return ""
