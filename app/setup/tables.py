"""What the setup remembers: the open code, the era of the sessions, and what was used up."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import metadata

setup_codes = sa.Table(
    "setup_codes",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # keyed: who reads the database can not guess the code
    sa.Column("ends_at", sa.Text, nullable=False),
)
setup_eras = sa.Table(
    "setup_eras",
    metadata,
    sa.Column(
        "era", sa.Text, primary_key=True
    ),  # one row at most: sessions that were begun in another are over
)
setup_used = sa.Table(
    "setup_used",
    metadata,
    sa.Column("nonce", sa.Text, primary_key=True),  # of a state that went to GitHub and came back
    sa.Column("at", sa.Text, nullable=False),
)
