"""Invoices as their gateway issued them: one per release and revision."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import BigId, metadata

invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("gateway", sa.Text, nullable=False),
    sa.Column("gateway_id", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # draft | open | paid | void | uncollectible | credited
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("issued_at", sa.Text, nullable=False),
    sa.Column("paid_at", sa.Text),
    sa.Column("received_minor", sa.BigInteger, nullable=False, server_default="0"),  # all that ever came in
    sa.Column(
        "outside_minor", sa.BigInteger, nullable=False, server_default="0"
    ),  # of that, past the gateway
    sa.Column("credit_minor", sa.BigInteger, nullable=False, server_default="0"),  # of that, by credit it had
    sa.Column("disputed_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("lost_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.UniqueConstraint("release_id", "revision"),
    sa.UniqueConstraint("gateway", "gateway_id"),
)

credit_notes = sa.Table(
    "credit_notes",  # at most one per invoice, over the whole of it
    metadata,
    sa.Column("invoice_id", BigId, sa.ForeignKey("invoices.id"), primary_key=True),
    sa.Column("gateway_id", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("issued_at", sa.Text, nullable=False),
)
