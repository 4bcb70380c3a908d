"""The webhooks that Closeout made at the forges."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hooks",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("repository_id", sa.Text(), nullable=False),
        sa.Column("forge", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("hook_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "repository_id", name=op.f("pk_hooks")),
    )


def downgrade() -> None:
    op.drop_table("hooks")
