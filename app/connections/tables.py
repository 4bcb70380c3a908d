"""The webhooks that were made by us, or that we took over, at the forges."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import metadata

hooks = sa.Table(
    "hooks",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.Text, primary_key=True),
    sa.Column("forge", sa.Text, nullable=False),  # gitlab | gitea | forgejo
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("hook_id", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret_at", sa.Text, nullable=False),  # when the secret that it was given went into the vault
    sa.Column("created_at", sa.Text, nullable=False),
)
