"""Releases (one row per milestone, for ever), their history, and the outside calls made for them."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import BigId, metadata

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # contract/index, so one milestone can have but one
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("milestone_index", sa.Integer, nullable=False),
    sa.Column("contract_title", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("run", sa.Integer, nullable=False),  # counts the workflow runs, so that each has its own name
    sa.Column("failures", sa.Integer, nullable=False),  # in a row; sets the pause before the next try
    sa.Column("due_at", sa.Text),  # when a workflow must run for it; null while it waits for the outside
    sa.Column("snapshot", sa.Text),  # JSON: the contract as it stood when the release was decided
    sa.Column("snapshot_hash", sa.Text),
    sa.Column("evidence", sa.Text, nullable=False),  # JSON
    sa.Column("approved_by", sa.Text),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
    sa.UniqueConstraint("contract_id", "milestone_index"),
    sa.CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    sa.Index("ix_releases_due_at", "due_at"),
    sa.Index(
        "uq_releases_billed_label",  # a milestone that moved to another index is still the same milestone
        "contract_id",
        "label",
        unique=True,
        sqlite_where=sa.text("snapshot IS NOT NULL"),
        postgresql_where=sa.text("snapshot IS NOT NULL"),
    ),
)

billed_issues = sa.Table(
    "billed_issues",  # an issue bills once, whatever becomes of contracts, numbers and labels
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("issue_id", sa.Text, primary_key=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("from_state", sa.Text, nullable=False),
    sa.Column("to_state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),  # JSON
    sa.Index("ix_audit_release_id", "release_id"),
)

intents = sa.Table(
    "intents",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # the idempotency key, stored before the call
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
    sa.Column("gateway", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False, server_default=""),  # where it was sent first
    sa.Column("operation", sa.Text, nullable=False),  # open_invoice | pay_out
    sa.Column("account", sa.Text, nullable=False, server_default=""),
    sa.Column("body", sa.LargeBinary, nullable=False),  # the exact bytes of every attempt
    sa.Column("status", sa.Text, nullable=False),  # pending | calling | done | failed | unknown
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
    sa.Index("ix_intents_release_id", "release_id"),
)
