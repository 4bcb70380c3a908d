"""The books of bank accounts: invoices, statement entries, transfers, and the files that order them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_files",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("first_day", sa.Text(), nullable=True),
        sa.Column("last_day", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_files")),
        sa.UniqueConstraint("account", "kind", "sha256", name=op.f("uq_bank_files_account_kind_sha256")),
    )
    op.create_table(
        "bank_orders",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_bank_orders")),
    )
    op.create_table(
        "bank_invoices",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("milestone_index", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("mail_due_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["bank_orders.event_id"], name=op.f("fk_bank_invoices_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_bank_invoices")),
        sa.UniqueConstraint("account", "number", name=op.f("uq_bank_invoices_account_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_bank_invoices_reference")),
    )
    op.create_index(
        "ix_bank_invoices_contract_id", "bank_invoices", ["contract_id", "milestone_index"], unique=False
    )
    op.create_index("ix_bank_invoices_mail_due_at", "bank_invoices", ["mail_due_at"], unique=False)
    op.create_table(
        "bank_transfers",
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("milestone_index", sa.Integer(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["bank_orders.event_id"], name=op.f("fk_bank_transfers_event_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["bank_files.id"], name=op.f("fk_bank_transfers_file_id")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["bank_invoices.event_id"], name=op.f("fk_bank_transfers_invoice_id")
        ),
        sa.PrimaryKeyConstraint("end_to_end_id", name=op.f("pk_bank_transfers")),
        sa.UniqueConstraint(
            "contract_id", "milestone_index", "kind", "iban", "part", name="uq_bank_transfers_leg"
        ),
    )
    op.create_index("ix_bank_transfers_event_id", "bank_transfers", ["event_id"], unique=False)
    op.create_index("ix_bank_transfers_invoice_id", "bank_transfers", ["invoice_id"], unique=False)
    op.create_index("ix_bank_transfers_status", "bank_transfers", ["status"], unique=False)
    op.create_table(
        "bank_payments",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("booked_on", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_credit", sa.Boolean(), nullable=False),
        sa.Column("is_reversal", sa.Boolean(), nullable=False),
        sa.Column("is_collective", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("is_twin", sa.Boolean(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("transfer_id", sa.Text(), nullable=True),
        sa.Column("matched_by", sa.Text(), server_default="", nullable=False),
        sa.Column("matched_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["bank_files.id"], name=op.f("fk_bank_payments_file_id")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["bank_invoices.event_id"], name=op.f("fk_bank_payments_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["bank_transfers.end_to_end_id"], name=op.f("fk_bank_payments_transfer_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_bank_payments")),
    )
    op.create_index("ix_bank_payments_account", "bank_payments", ["account", "booked_on"], unique=False)
    op.create_index("ix_bank_payments_end_to_end_id", "bank_payments", ["end_to_end_id"], unique=False)
    op.create_index("ix_bank_payments_invoice_id", "bank_payments", ["invoice_id"], unique=False)
    op.create_index("ix_bank_payments_standing", "bank_payments", ["standing"], unique=False)
    op.create_index("ix_bank_payments_transfer_id", "bank_payments", ["transfer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("bank_payments")
    op.drop_table("bank_transfers")
    op.drop_table("bank_files")
    op.drop_table("bank_invoices")
    op.drop_table("bank_orders")
