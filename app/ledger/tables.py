"""The journal: entries that happened once, and their postings, which add up to zero per currency."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import BigId, metadata

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # the business event: it is posted once
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("release_id", sa.Text, sa.ForeignKey("releases.id"), nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Index("ix_entries_release_id", "release_id"),
)

postings = sa.Table(
    "postings",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("entry_id", BigId, sa.ForeignKey("entries.id"), nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),  # debit positive, credit negative
    sa.Column("currency", sa.Text, nullable=False),
    sa.Index("ix_postings_entry_id", "entry_id"),
)
