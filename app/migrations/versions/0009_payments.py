"""What came in for an invoice, payment by payment, and what became of it; payouts in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_AMOUNTS = ("received_minor", "outside_minor", "credit_minor", "disputed_minor", "lost_minor")


def upgrade() -> None:
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        for name in _AMOUNTS:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("part", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("part", sa.Integer(), server_default="1", nullable=False))
        batch_op.drop_constraint(op.f("uq_payouts_release_id_account"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_payouts_release_id_account_part"), ["release_id", "account", "part"]
        )


def downgrade() -> None:
    """Only where no payee was paid in parts."""
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_payouts_release_id_account_part"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_payouts_release_id_account"), ["release_id", "account"])
        batch_op.drop_column("part")
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.drop_column("part")
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        for name in _AMOUNTS:
            batch_op.drop_column(name)
