"""Rules: who was approved, what is held, what names meant; orders are drafted when they are first sent.

The older orders keep the bytes that were drafted for them; they need no `wanted`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("forge_id", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "kind", "name", name=op.f("pk_identities")),
    )
    op.create_index("ix_identities_forge_id", "identities", ["connection", "kind", "forge_id"], unique=False)

    op.create_table(
        "sweeps",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("swept_until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "full_name", name=op.f("pk_sweeps")),
    )
    op.create_table(
        "approvals",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_approvals_release_id")),
        sa.PrimaryKeyConstraint("release_id", "key", name=op.f("pk_approvals")),
    )
    op.create_table(
        "commands",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("comment_id", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_commands_release_id")),
        sa.PrimaryKeyConstraint("connection", "comment_id", "release_id", name=op.f("pk_commands")),
    )
    op.create_index("ix_commands_release_id", "commands", ["release_id"], unique=False)

    op.create_table(
        "holds",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_holds_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_release_id", "holds", ["release_id"], unique=False)

    op.create_table(
        "mails",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_mails_release_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_due_at", "mails", ["due_at"], unique=False)

    op.create_table(
        "credit_notes",
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_credit_notes_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_credit_notes")),
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answer", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wanted", sa.Text(), server_default="", nullable=False))
        batch_op.alter_column("body", existing_type=sa.LargeBinary(), nullable=True)

    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wanted", sa.Text(), server_default="", nullable=False))
        batch_op.alter_column("body", existing_type=sa.LargeBinary(), nullable=True)

    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decided_at", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("accept_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("accepted", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("recalled", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("refund", sa.Text(), nullable=True))


def downgrade() -> None:
    """Orders that were never drafted have no bytes, so `body` stays as it is."""
    for column in ("decided_at", "accept_by", "accepted", "recalled", "refund"):
        op.drop_column("releases", column)
    op.drop_column("outbound", "wanted")
    op.drop_column("intents", "wanted")
    op.drop_column("comments", "answer")
    for table in ("credit_notes", "mails", "holds", "commands", "approvals", "sweeps", "identities"):
        op.drop_table(table)
