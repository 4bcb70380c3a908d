"""What the payees may get by now: all of a paid milestone, all of one that is prefunded, or their part.

Each payee's share is owed once. Where the client pays in parts and the contract says so, each payment makes a
further part due, rounded down; the last one completes the share to the unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app import money
from app.db import now
from app.events import PayoutFacts
from app.ledger.journal import is_posted, post, transfer
from app.milestones.contract import Contract
from app.payouts.tables import payouts
from app.releases.facts import TOUCHED, came_in, contract_of, intent_status, leg_key, leg_name, legs_of
from app.releases.money.calls import drop


def owe(connection: sa.Connection, row: sa.RowMapping, invoice: sa.RowMapping) -> bool:
    """Owe the payees what they may get of this invoice as it is now; whether that is more than before."""
    contract = contract_of(row)
    wanted = _due_minor(contract, row, invoice)
    known = legs_of(connection, row["id"])
    is_more = False
    for account, amount_minor in wanted.items():
        mine = [leg for leg in known if leg["account"] == account]
        owed_minor = sum(leg["amount_minor"] for leg in mine if leg["status"] != "cancelled")
        if amount_minor > owed_minor:
            part = max((leg["part"] for leg in mine), default=0) + 1
            _owe_leg(connection, row, contract, account, part, amount_minor - owed_minor)
            is_more = True
    return is_more


def owe_as_paid(connection: sa.Connection, row: sa.RowMapping, payouts_there: Sequence[PayoutFacts]) -> None:
    """Owe what the gateway has paid already and the books do not know of, in the parts in which it did."""
    known = {(leg["account"], leg["part"]) for leg in legs_of(connection, row["id"])}
    for one in payouts_there:
        if (one.account, one.part) not in known:
            _owe_leg(connection, row, contract_of(row), one.account, one.part, one.amount_minor)


def _due_minor(contract: Contract, row: sa.RowMapping, invoice: sa.RowMapping) -> dict[str, int]:
    """What each payee may have got in all by now."""
    whole = contract.legs_minor(row["milestone_index"])
    if invoice["status"] == "paid" or (contract.disburse == "on_close" and invoice["status"] == "open"):
        return whole
    if contract.partial != "pro_rata" or invoice["status"] != "open":
        return {}
    gone_minor = invoice["disputed_minor"] + invoice["lost_minor"]
    received_minor = min(came_in(invoice) - gone_minor, row["amount_minor"])
    return {payee.account: int(payee.share * received_minor) for payee in contract.payees}


def _owe_leg(
    connection: sa.Connection,
    row: sa.RowMapping,
    contract: Contract,
    account: str,
    part: int,
    amount_minor: int,
) -> None:
    leg = {
        "release_id": row["id"],
        "account": account,
        "part": part,
        "amount_minor": amount_minor,
        "currency": row["currency"],
        "status": "owed" if contract.auto_clear else "awaiting_approval",
        "updated_at": now(),
    }
    written = connection.execute(sa.insert(payouts).values(**leg).returning(payouts)).mappings().one()
    lines = transfer(f"payable:{account}", f"payouts:{contract.id}", amount_minor, row["currency"])
    post(connection, leg_name(row["id"], "payout_owed", written), "payout_owed", row["id"], lines)


def was_settled(connection: sa.Connection, release_id: str, leg: sa.RowMapping) -> bool:
    """Whether the payee got this share by hand, whatever its gateway did."""
    return is_posted(connection, leg_name(release_id, "payout_settled", leg))


def take_back_unsent(connection: sa.Connection, row: sa.RowMapping, why: str) -> bool:
    """Cancel the shares of which nothing has gone out; False, and nothing is done, where one may have."""
    legs = [leg for leg in legs_of(connection, row["id"]) if leg["status"] not in ("cancelled", "reversed")]
    orders = [intent_status(connection, leg_key(row, leg)) for leg in legs]
    if any(leg["status"] in TOUCHED for leg in legs) or not {*orders} <= {None, "pending"}:
        return False
    for leg, order in zip(legs, orders, strict=True):
        if order is not None and not drop(connection, leg_key(row, leg)):
            return False  # a run was quicker; whoever holds the release now sees what is cancelled
        cancel(connection, row, leg, why)
    return True


def cancel(connection: sa.Connection, row: sa.RowMapping, leg: sa.RowMapping, why: str) -> None:
    """A share that was not paid is owed no longer."""
    connection.execute(
        sa.update(payouts)
        .where(payouts.c.id == leg["id"])
        .values(status="cancelled", reason=why, updated_at=now())
    )
    cancel_posting(connection, row, leg)


def cancel_posting(connection: sa.Connection, row: sa.RowMapping, leg: sa.RowMapping) -> None:
    """The share is owed to the payee no longer."""
    contract = contract_of(row)
    lines = transfer(
        f"payouts:{contract.id}", f"payable:{leg['account']}", leg["amount_minor"], leg["currency"]
    )
    post(connection, leg_name(row["id"], "payout_cancelled", leg), "payout_cancelled", row["id"], lines)


def approval(row: sa.RowMapping) -> str:
    """What the shares wait for where each is approved."""
    return f"payouts wait for: closeout releases approve {row['contract_id']} {row['milestone_index']}"


def told(legs: list[sa.RowMapping]) -> str:
    """Shares, and why they are where they are."""
    return "; ".join(
        f"payout of {money.show(leg['amount_minor'], leg['currency'])} to {leg['account']}: {leg['reason']}"
        for leg in legs
    )
