"""The vault's one table."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import metadata

vault = sa.Table(
    "vault",
    metadata,
    sa.Column("name", sa.Text(), primary_key=True),  # a settings variable without CLOSEOUT_
    sa.Column("sealed", sa.Text(), nullable=False),  # a Fernet token over the name and the value
    sa.Column("changed_at", sa.Text(), nullable=False),
)
