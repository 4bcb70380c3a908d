"""Payouts: one leg per payee and release, for ever; or one per part where a payee is paid in parts."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import BigId, metadata

payouts = sa.Table(
    "payouts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("part", sa.Integer, nullable=False, server_default="1"),  # as the client's payments come in
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    # awaiting_approval | owed | unknown | held | sent | paid | settled | failed | cancelled | reversed
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("gateway_id", sa.Text, nullable=False, server_default=""),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("updated_at", sa.Text, nullable=False),
    sa.UniqueConstraint("release_id", "account", "part"),
    sa.CheckConstraint("amount_minor > 0", name="amount_is_positive"),
)
