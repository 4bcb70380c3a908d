"""What was read of a contract file in a repository, and the pull requests that are told about it."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import metadata

configurations = sa.Table(
    "configurations",
    metadata,
    sa.Column("place", sa.Text, primary_key=True),  # as CLOSEOUT_CONFIG names it, in full
    sa.Column("repository_id", sa.Text, nullable=False),  # pinned when it was first seen
    sa.Column("commit", sa.Text, nullable=False),  # of the version in force; "" while there is none
    sa.Column("content", sa.LargeBinary),  # its bytes
    sa.Column("taken_at", sa.Text, nullable=False),
    sa.Column("head", sa.Text, nullable=False),  # the last one that was looked at, good or bad
    sa.Column("allowed", sa.Text, nullable=False),  # a head that may follow though the branch was rewritten
    sa.Column("problem", sa.Text, nullable=False),  # why the newest version is not in force; "" if it is
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),  # as in pulls.State
    sa.Column("head", sa.Text, nullable=False),  # up to which it was told
    sa.Column("body", sa.Text, nullable=False),  # the plan as it was last told
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # grows with each mark
    sa.Column("due_at", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
)
