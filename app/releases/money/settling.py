"""A payee's share that was paid past the gateway: the operator says so, and it is never ordered again.

What a gateway can not or will not pay would else be owed for ever. Where it may have paid after all, a person
has to have looked there first; what arrives all the same stops the release, and stands in the books.
"""

from __future__ import annotations

import sqlalchemy as sa

from app import money
from app.errors import CloseoutError
from app.ledger.journal import post, transfer
from app.releases.changes import change
from app.releases.facts import UNCERTAIN, intent_status, leg_key, leg_name, legs_of, lock_release
from app.releases.frozen import is_frozen
from app.releases.holds import active
from app.releases.money.calls import cancel
from app.releases.money.disbursing import close_round, set_leg
from app.releases.states import state_of
from app.releases.who import Who

STILL_OWED = ("owed", "failed", "reversed", *UNCERTAIN)


def settle_share(
    connection: sa.Connection,
    release_id: str,
    who: Who,
    account: str,
    reference: str,
    *,
    is_not_there: bool = False,
) -> str:
    """Write down that `account` got its share another way; `reference` says which. One part at a time.

    `is_not_there`: whoever orders it saw at the gateway that it did not pay, where that is not certain.
    Raises CloseoutError where nothing is owed to the account, or it may be paid at this moment.
    """
    row = lock_release(connection, release_id)
    place = f"{row['contract_id']} {row['milestone_index']}"
    leg = _share(connection, row, account)
    key = leg_key(row, leg)
    order = intent_status(connection, key)
    shown = f"{money.show(leg['amount_minor'], leg['currency'])} to {account}"
    if is_frozen(connection):
        raise CloseoutError(
            f"everything is frozen, and the payout of {shown} may be out", mend="First: closeout reconcile"
        )
    if order == "calling":
        raise CloseoutError(
            f"the payout of {shown} is being ordered at this moment",
            mend=f"See in a minute what became of it: closeout explain {place}",
        )
    if (leg["status"] in UNCERTAIN or order == "unknown") and not is_not_there:
        raise CloseoutError(
            f"it is not certain that the gateway did not pay {shown}: {leg['reason']}",
            mend="Look at the gateway's own page. If it is not there: the same with --not-at-gateway",
        )
    told = f"{shown} was paid by hand, says {who}: {reference}"
    if order is not None:
        cancel(connection, key, told)
    lines = transfer("cash:outside", f"payable:{account}", leg["amount_minor"], leg["currency"])
    post(connection, leg_name(release_id, "payout_settled", leg), "payout_settled", release_id, lines)
    set_leg(connection, leg, "settled", told)
    reason = f"{row['reason']}; {told}" if active(connection, release_id) else told
    change(connection, row, state_of(row), reason)
    close_round(connection, release_id)
    return f"{release_id}: {told}"


def _share(connection: sa.Connection, row: sa.RowMapping, account: str) -> sa.RowMapping:
    """The oldest part of the account's share that it is still owed."""
    legs = legs_of(connection, row["id"])
    mine = [leg for leg in legs if leg["account"] == account]
    owed = [leg for leg in mine if leg["status"] in STILL_OWED]
    if owed and row["refund"] is None:
        return owed[0]
    stands = mine or legs
    raise CloseoutError(
        f"{row['id']} owes {account} nothing that could be paid by hand",
        where=", ".join(f"{leg['account']}: {leg['status']}" for leg in stands) or f"it is {row['state']}",
        mend="A share that waits for an approval is approved first"
        if any(leg["status"] == "awaiting_approval" for leg in mine)
        else f"See what it waits for: closeout explain {row['contract_id']} {row['milestone_index']}",
    )
