"""Every delivery, exactly as received, from forges and gateways alike."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import BigId, metadata

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text, nullable=False),  # forge | gateway
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),  # JSON, without secrets
    sa.Column("body", sa.LargeBinary, nullable=False),  # zlib
    sa.Column("received_at", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False, server_default=""),
    sa.Column("action", sa.Text, nullable=False, server_default=""),
    sa.Column("status", sa.Text, nullable=False),  # received | waiting | handled | ignored | parked
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("release_id", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", sa.Text),  # when the relay takes it next; null once it is finished
    sa.Column("handled_at", sa.Text),
    sa.UniqueConstraint("source", "connection", "delivery_id"),
    sa.Index(
        "ix_deliveries_due_at",
        "due_at",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    ),
    sa.Index("ix_deliveries_release_id", "release_id"),
    sa.Index("ix_deliveries_status", "status"),
)
