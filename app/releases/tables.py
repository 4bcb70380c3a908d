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
    sa.Column("config_commit", sa.Text, nullable=False, server_default=""),  # that the snapshot was read at
    sa.Column("evidence", sa.Text, nullable=False),  # JSON
    sa.Column("approved_by", sa.Text),
    sa.Column("decided_at", sa.Text),  # of the present revision; null while nothing is released
    sa.Column("accept_by", sa.Text),  # until when the client may accept or dispute
    sa.Column("accepted", sa.Text),  # JSON: who accepted, how, and when
    sa.Column("recalled", sa.Text),  # JSON: who reopened an issue of it after it was released, and when
    sa.Column("refund", sa.Text),  # JSON: who ordered the money back, when, and whether payouts stay
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

holds = sa.Table(
    "holds",  # why nothing of a release may move; it is frozen while any is not lifted
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
    sa.Column("source", sa.Text, nullable=False),  # as in releases.holds.Source
    sa.Column("by", sa.Text, nullable=False),  # JSON: who
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("lifted_by", sa.Text),  # JSON
    sa.Column("lifted_at", sa.Text),
    sa.Index("ix_holds_release_id", "release_id"),
)

approvals = sa.Table(
    "approvals",  # which doubts somebody looked at; an approval is for ever, and for that doubt alone
    metadata,
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("doubt", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),  # JSON: who
    sa.Column("at", sa.Text, nullable=False),
)

commands = sa.Table(
    "commands",  # what people told Closeout by comment or link; each counts once
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("comment_id", sa.Text, primary_key=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), primary_key=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),  # JSON: who
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Index("ix_commands_release_id", "release_id"),
)

identities = sa.Table(
    "identities",  # what a name meant when it was first seen
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # repository | person | label
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("forge_id", sa.Text, nullable=False),
    sa.Column("first_seen_at", sa.Text, nullable=False),
    sa.Index("ix_identities_forge_id", "connection", "kind", "forge_id"),
)

sweeps = sa.Table(
    "sweeps",  # up to when a repository's changes were read
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("full_name", sa.Text, primary_key=True),  # in lower case; "" for an app's deliveries
    sa.Column("swept_until", sa.Text, nullable=False),
)

freezes = sa.Table(
    "freezes",  # why no order leaves any server of this database; it may while each is lifted
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("lifted_at", sa.Text),
    sa.Column("lifted_by", sa.Text),  # JSON: who
    sa.Column("accepted", sa.Text),  # JSON: the differences that a person took upon themselves
    sa.Column("gateways", sa.Text, nullable=False),  # JSON: names that have to be asked before it is lifted
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
    sa.Column("operation", sa.Text, nullable=False),  # as in gateways.base.Operation
    sa.Column("account", sa.Text, nullable=False, server_default=""),
    sa.Column("part", sa.Integer, nullable=False, server_default="1"),
    sa.Column("wanted", sa.Text, nullable=False, server_default=""),  # JSON: the order
    sa.Column("body", sa.LargeBinary),  # the exact bytes of every attempt, drafted before the first one
    sa.Column("status", sa.Text, nullable=False),  # pending | calling | done | failed | unknown
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
    sa.Index("ix_intents_release_id", "release_id"),
)
