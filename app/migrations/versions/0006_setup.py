"""Setting up in the browser: the one-time code, the sessions' era, and used states."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setup_codes",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_setup_codes")),
    )
    op.create_table(
        "setup_eras",
        sa.Column("era", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("era", name=op.f("pk_setup_eras")),
    )
    op.create_table(
        "setup_used",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_setup_used")),
    )


def downgrade() -> None:
    for table in ("setup_used", "setup_eras", "setup_codes"):
        op.drop_table(table)
