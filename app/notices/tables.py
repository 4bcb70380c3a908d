"""What people and platforms are told: one comment per issue, and the events that go out."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import BigId, metadata

comments = sa.Table(
    "comments",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("issue_number", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # grows with every change that must be told
    sa.Column("url", sa.Text, nullable=False, server_default=""),
    sa.Column("answer", sa.Text, nullable=False, server_default=""),  # to the last command written there
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("problem", sa.Text, nullable=False, server_default=""),
    sa.Column("due_at", sa.Text),  # null while the forge shows the latest version
    sa.UniqueConstraint("connection", "repository", "issue_number"),
    sa.Index("ix_comments_due_at", "due_at"),
)

comment_releases = sa.Table(
    "comment_releases",  # which milestones a comment speaks of
    metadata,
    sa.Column("comment_id", BigId, sa.ForeignKey("comments.id"), primary_key=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), primary_key=True),
    sa.Index("ix_comment_releases_release_id", "release_id"),
)

outbound = sa.Table(
    "outbound",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
    sa.Column("gateway", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # the word that is told
    sa.Column("wanted", sa.Text, nullable=False, server_default=""),  # JSON: the order
    sa.Column("body", sa.LargeBinary),  # the exact bytes of every attempt, drafted before the first one
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("problem", sa.Text, nullable=False, server_default=""),
    sa.Column("due_at", sa.Text),  # null once it was delivered or given up
    sa.Index("ix_outbound_due_at", "due_at"),
)

switched_off = sa.Table(
    "switched_off",  # endpoints that said 410: nothing is told there until somebody enables the gateway
    metadata,
    sa.Column("gateway", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

mails = sa.Table(
    "mails",  # what is told to somebody alone; the text is written when it is sent
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # release, revision and kind: told once
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # acceptance | invoice
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("problem", sa.Text, nullable=False, server_default=""),
    sa.Column("due_at", sa.Text),  # null once it was sent or given up
    sa.Index("ix_mails_due_at", "due_at"),
)
