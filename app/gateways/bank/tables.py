"""The books of a bank account, which are ours: a bank knows no invoices, and nothing of what they are for.

`account` is everywhere the IBAN that the books are of. Two gateways of one account share them.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.db import BigId, metadata

bank_orders = sa.Table(
    "bank_orders",  # every order that was taken, under its name for ever
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("gateway", sa.Text, nullable=False),  # its name when it was ordered: who is told of changes
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # the exact bytes of the order
    sa.Column("created_at", sa.Text, nullable=False),
)

bank_invoices = sa.Table(
    "bank_invoices",
    metadata,
    sa.Column("event_id", sa.Text, sa.ForeignKey("bank_orders.event_id"), primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("bic", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),  # whose account the client is told to pay to
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False, unique=True),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("milestone_index", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # open | void | credited; what came in says the rest
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("mail_due_at", sa.Text),  # null once its mail to the client is in the queue
    sa.UniqueConstraint("account", "number"),
    sa.Index("ix_bank_invoices_contract_id", "contract_id", "milestone_index"),
    sa.Index("ix_bank_invoices_mail_due_at", "mail_due_at"),
)

bank_files = sa.Table(
    "bank_files",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # order | statement
    sa.Column("name", sa.Text, nullable=False),  # an order's message id, a statement's file name
    sa.Column("format", sa.Text, nullable=False),  # pain.001 | camt | csv
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary),  # an order's exact bytes; of a statement its entries are kept
    sa.Column("first_day", sa.Text),  # of a statement's entries, null where it has none
    sa.Column("last_day", sa.Text),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.UniqueConstraint("account", "kind", "sha256"),
)

bank_transfers = sa.Table(
    "bank_transfers",  # what goes out: a payee's share, or money back to a client
    metadata,
    sa.Column("end_to_end_id", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, sa.ForeignKey("bank_orders.event_id"), nullable=False),
    sa.Column("invoice_id", sa.Text, sa.ForeignKey("bank_invoices.event_id"), nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # payout | refund
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("milestone_index", sa.Integer, nullable=False),
    sa.Column("payee", sa.Text, nullable=False),  # the account as the order writes it
    sa.Column("iban", sa.Text, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # waiting | ordered | paid | failed
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("file_id", BigId, sa.ForeignKey("bank_files.id")),  # the one file that ever orders it
    sa.Column("created_at", sa.Text, nullable=False),
    # Once per payee and part, whatever the order is called.
    sa.UniqueConstraint(
        "contract_id", "milestone_index", "kind", "iban", "part", name="uq_bank_transfers_leg"
    ),
    sa.Index("ix_bank_transfers_status", "status"),
    sa.Index("ix_bank_transfers_invoice_id", "invoice_id"),
    sa.Index("ix_bank_transfers_event_id", "event_id"),
)

bank_payments = sa.Table(
    "bank_payments",  # every booked entry of the statements, once
    metadata,
    sa.Column("entry_id", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("file_id", BigId, sa.ForeignKey("bank_files.id"), nullable=False),
    sa.Column("booked_on", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("is_credit", sa.Boolean, nullable=False),
    sa.Column("is_reversal", sa.Boolean, nullable=False),
    sa.Column("is_collective", sa.Boolean, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("iban", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("quoted", sa.Text, nullable=False),  # references of our form, with spaces between
    sa.Column("end_to_end_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),  # matched | unmatched | other | dismissed
    sa.Column("why", sa.Text, nullable=False, server_default=""),  # it is unmatched
    sa.Column("is_twin", sa.Boolean, nullable=False),  # it may stand here under another id already
    sa.Column("invoice_id", sa.Text, sa.ForeignKey("bank_invoices.event_id")),
    sa.Column("transfer_id", sa.Text, sa.ForeignKey("bank_transfers.end_to_end_id")),
    sa.Column("matched_by", sa.Text, nullable=False, server_default=""),
    sa.Column("matched_at", sa.Text),
    sa.Index("ix_bank_payments_account", "account", "booked_on"),
    sa.Index("ix_bank_payments_standing", "standing"),
    sa.Index("ix_bank_payments_invoice_id", "invoice_id"),
    sa.Index("ix_bank_payments_transfer_id", "transfer_id"),
    sa.Index("ix_bank_payments_end_to_end_id", "end_to_end_id"),
)
