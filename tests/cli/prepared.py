"""A database that the product's own functions brought to some state, and the command line beside it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.cli import closeout
from app.db import Database
from app.events import CreditFacts, InvoiceFacts, PayoutFacts
from app.gateways.base import Done
from app.milestones import document
from app.milestones.contract import Contract
from app.releases import facts
from app.releases.decision.decide import decide
from app.releases.decision.record import record
from app.releases.decision.seen import Decision, Seen
from app.releases.facts import invoice_key, lock_release, void_key
from app.releases.money import billing, disbursing, recall, refunding
from app.releases.money.receipts import apply_invoice
from app.releases.people import acceptance
from app.releases.tables import releases
from app.releases.who import Who
from tests.milestones.example import TEXT
from tests.releases.examples import found, seen

CONTRACT = "con_7732_alpha"
OPERATOR = Who("olga", "command line")


class Desk:
    """An operator's desk: `call` types a command; the other methods let happen what a server would do."""

    def __init__(self, db: Database, folder: Path, text: str = TEXT) -> None:
        self.db, self.config = db, folder / "closeout.yml"
        self.write(text)

    def write(self, text: str) -> None:
        """Change the contract file."""
        self.config.write_text(text, encoding="utf-8")

    def call(self, *arguments: str, answer: str | None = None) -> Result:
        """Type `closeout …`; `answer` is what is typed when it asks."""
        environment = {"CLOSEOUT_DATABASE_URL": self.db.url, "CLOSEOUT_CONFIG": str(self.config)}
        return CliRunner(env=environment).invoke(closeout, list(arguments), input=answer)

    def said(self, *arguments: str, answer: str | None = None) -> str:
        """What a command that works prints."""
        result = self.call(*arguments, answer=answer)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.output

    def refused(self, *arguments: str, answer: str | None = None) -> str:
        """The words of a command that refuses, as they stand on the last line; nothing else was broken."""
        from app.errors import CloseoutError

        result = self.call(*arguments, answer=answer)
        assert isinstance(result.exception, CloseoutError), result.output + repr(result.exception)
        return str(result.exception)

    @property
    def contract(self) -> Contract:
        return document.load(self.config).contracts[CONTRACT]

    def decide(self, index: int, *issues: Seen) -> str:
        """Decide a milestone by these issues, as a delivery would; answers what became of it."""
        contract = self.contract
        milestone = contract.milestone(index)
        decision = decide(contract, milestone, found(*(issues or (seen(10 + index),))))
        return self.record(index, decision)

    def record(self, index: int, decision: Decision) -> str:
        contract = self.contract
        with self.db.transaction() as connection:
            return record(connection, contract, contract.milestone(index), decision)

    def row(self, index: int = 2) -> sa.RowMapping:
        with self.db.reading() as connection:
            one = sa.select(releases).where(releases.c.id == f"{CONTRACT}/{index}")
            return connection.execute(one).mappings().one()

    def state(self, index: int = 2) -> str:
        return str(self.row(index)["state"])

    def released(self, index: int = 2) -> None:
        self.decide(index)
        assert self.state(index) == "ready"

    def asked(self, index: int = 2) -> None:
        """Released, and the client is asked."""
        self.released(index)
        with self.db.transaction() as connection:
            assert acceptance.ask_client(connection, f"{CONTRACT}/{index}") == "awaiting_acceptance"

    def invoice(self, index: int = 2, status: str = "open") -> InvoiceFacts:
        row = self.row(index)
        name = f"{index}-{row['revision']}"
        return InvoiceFacts(
            f"inv_{name}", f"2026-{name}", f"https://pay.example/i/{name}", status, row["amount_minor"], "usd"
        )

    def invoiced(self, index: int = 2) -> None:
        self.released(index)
        self.order_invoice(index)

    def order_invoice(self, index: int = 2) -> None:
        """The workflow orders the invoice, and the gateway issues it."""
        identity = f"{CONTRACT}/{index}"
        with self.db.transaction() as connection:
            assert billing.order_invoice(connection, identity)
        with self.db.transaction() as connection:
            billing.record_invoice(
                connection,
                identity,
                invoice_key(lock_release(connection, identity)),
                Done(invoice=self.invoice(index)),
            )

    def gateway_says(self, status: str, index: int = 2) -> None:
        """The gateway says of the invoice that it is paid, void, …"""
        with self.db.transaction() as connection:
            apply_invoice(connection, f"{CONTRACT}/{index}", self.invoice(index, status))

    def paid(self, index: int = 2) -> None:
        self.invoiced(index)
        self.gateway_says("paid", index)

    def payout(self, status: str, index: int = 2, reason: str = "") -> None:
        """The workflow orders the shares, and the gateway says of each that it is pending, paid, failed, …"""
        identity = f"{CONTRACT}/{index}"
        with self.db.transaction() as connection:
            for key in disbursing.order_legs(connection, identity):
                account = key.rpartition("/")[2]
                told = PayoutFacts(
                    f"po_{account}", account, status, self._leg_minor(account, index), "usd", reason
                )
                disbursing.record_leg(connection, identity, key, Done(payouts=(told,)))
            disbursing.close_round(connection, identity)

    def disbursed(self, index: int = 2) -> None:
        self.paid(index)
        self.payout("paid", index)
        assert self.state(index) == "disbursed"

    def reopened(self, index: int = 2, *, may: bool = True) -> None:
        """An issue of it is reopened."""
        with self.db.transaction() as connection:
            who = Who("dana", "forge", "github", "101")
            recall.recall(connection, f"{CONTRACT}/{index}", who, "#12 was reopened by dana", may=may)

    def voided(self, index: int = 2) -> None:
        """Reopened while the invoice was open, which the gateway then voided."""
        self.invoiced(index)
        self.reopened(index)
        with self.db.transaction() as connection:
            assert recall.order_void(connection, f"{CONTRACT}/{index}")
        with self.db.transaction() as connection:
            identity = f"{CONTRACT}/{index}"
            key = void_key(lock_release(connection, identity))
            recall.record_void(connection, identity, key, Done(invoice=self.invoice(index, "void")))
        assert self.state(index) == "voided"

    def refund_through(self, index: int = 2) -> None:
        """The gateway does what a refund orders."""
        identity = f"{CONTRACT}/{index}"
        with self.db.transaction() as connection:
            for key in refunding.order_reversals(connection, identity):
                account = key.rpartition("/")[2]
                back = PayoutFacts(
                    f"po_{account}", account, "reversed", self._leg_minor(account, index), "usd"
                )
                assert refunding.record_reversal(connection, identity, key, Done(payouts=(back,)))
            assert refunding.order_credit(connection, identity)
            credit = CreditFacts(f"cn_{index}", f"CN-{index}", "", self.row(index)["amount_minor"], "usd")
        with self.db.transaction() as connection:
            assert refunding.record_credit(connection, identity, Done(credit=credit)) == "refunded"

    def _leg_minor(self, account: str, index: int) -> int:
        return facts.contract_of(self.row(index)).legs_minor(index)[account]
