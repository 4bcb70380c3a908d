"""Parts, too much, a dispute and a refund on PostgreSQL: its integers, locks and constraints are its own."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import PostgresServer
from tests.releases.paying import arrive, balance, billed, decide, dispute, paid_out, pay, paying


def test_parts_a_dispute_and_a_refund(
    tmp_path: Path, postgres_server: PostgresServer, postgres_template: str
) -> None:
    name = f"paying_{abs(hash(str(tmp_path)))}"
    url = postgres_server.create(name, postgres_template)
    with paying(tmp_path, database_url=url, partial="pro_rata") as stage:
        billed(stage)
        pay(stage, 20_001)
        arrive(stage)
        pay(stage, 50_000)
        arrive(stage)
        assert (stage.state(), len(paid_out(stage))) == ("disbursed", 4)
        assert balance(stage.db, "client_credit:con_play") == -10_001
        dispute(stage, 30_000)
        assert stage.state() == "disputed"
        decide(stage, "lost")
        stage.order("refund", keep_payouts=False)
        assert stage.state() == "refunded"
        assert [one["amount_cents"] for one in stage.journal("credit_note")] == [40_001]
        for account in ("receivable:con_play", "cash:platform", "payable:acc_one"):
            assert balance(stage.db, account) == 0
    postgres_server.drop(name)
