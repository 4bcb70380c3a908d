"""Gateways whose platform switched their endpoint off: nothing is told there until a person says so."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "switched_off",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "address", name=op.f("pk_switched_off")),
    )


def downgrade() -> None:
    op.drop_table("switched_off")
