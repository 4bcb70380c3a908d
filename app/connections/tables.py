"""Our webhooks at the forges, where GitHub Apps are installed, and what could not be read of late."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import metadata

app_readings = sa.Table(
    "app_readings",  # a row per connection that is a GitHub App: what its last reading said
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("read_at", sa.Text, nullable=False),  # when the last reading began
    sa.Column("problem", sa.Text, nullable=False),  # why the last reading failed; what it found before stays
)

installations = sa.Table(
    "installations",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("installation_id", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("permissions", sa.Text, nullable=False),  # JSON
    sa.Column("suspended_at", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),  # why what it reaches could not be read; what it was stays
)

installed_repositories = sa.Table(
    "installed_repositories",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.Text, primary_key=True),
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("installation_id", sa.Text, nullable=False),
)

troubles = sa.Table(
    "troubles",  # what the last sweep could not read
    metadata,
    sa.Column("about", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
)

hooks = sa.Table(
    "hooks",  # of a GitHub App the one for all repositories: no repository_id, and hook_id is the App's id
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.Text, primary_key=True),
    sa.Column("forge", sa.Text, nullable=False),  # gitlab | gitea | forgejo | github
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("hook_id", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret_at", sa.Text, nullable=False),  # when the secret that it was given went into the vault
)
