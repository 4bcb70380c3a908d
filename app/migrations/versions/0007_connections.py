"""Where GitHub Apps are installed, and what could not be read of late."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_readings",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("read_at", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_app_readings")),
    )
    op.create_table(
        "installations",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("installation_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("permissions", sa.Text(), nullable=False),
        sa.Column("suspended_at", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "installation_id", name=op.f("pk_installations")),
    )
    op.create_table(
        "installed_repositories",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("repository_id", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("installation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "repository_id", name=op.f("pk_installed_repositories")),
    )
    op.create_table(
        "troubles",
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("about", name=op.f("pk_troubles")),
    )


def downgrade() -> None:
    for table in ("troubles", "installed_repositories", "installations", "app_readings"):
        op.drop_table(table)
