"""Our books and what a gateway says that it booked for one contract: where they differ. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app import money
from app.events import InvoiceFacts, PayoutFacts
from app.gateways.base import Booked
from app.releases.names import release_id
from app.releases.reconcile.places import Place

Row = Mapping[str, Any]

LEG_STATUSES: dict[str, tuple[str, ...]] = {
    "pending": ("sent",),
    "paid": ("paid",),
    # What never arrived is cancelled when the milestone is refunded, or paid by hand.
    "failed": ("failed", "cancelled", "settled"),
    "reversed": ("reversed", "settled"),
}
"""What we call a payout that a gateway calls so."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the books and a gateway tell differently; `where` is a milestone and its gateway."""

    what: str
    where: str
    mend: str
    release_id: str = ""


@dataclass(frozen=True, slots=True)
class Ours:
    """What our books hold of a contract at one gateway.

    `invoices` have release_id, revision, gateway_id, number, status, amount_minor and currency; `legs` have
    release_id, account, gateway_id, status, amount_minor and currency. `shares` is what each account may get
    of a release, by its snapshot.
    """

    invoices: Sequence[Row]
    legs: Sequence[Row]
    shares: Mapping[str, Mapping[str, int]]


def differences(place: Place, ours: Ours, theirs: Sequence[Booked]) -> list[Difference]:
    """Everything that is not the same on both sides, theirs first."""
    found = [one for booked in theirs for one in unlike(place, ours, booked)]
    invoice_ids = {one.invoice.id for one in theirs}
    payout_ids = {payout.id for one in theirs for payout in one.done.payouts}
    for bill in ours.invoices:
        if bill["gateway_id"] not in invoice_ids:
            found.append(_unknown_there(place.gateway, bill["release_id"], f"invoice {bill['number']}"))
    for leg in ours.legs:
        if leg["gateway_id"] and leg["gateway_id"] not in payout_ids:
            found.append(
                _unknown_there(
                    place.gateway, leg["release_id"], f"payout {leg['gateway_id']} to {leg['account']}"
                )
            )
    return found


def unlike(place: Place, ours: Ours, booked: Booked) -> list[Difference]:
    """What our books tell otherwise of one invoice of the gateway, and of its payouts."""
    identity = release_id(place.contract_id, booked.milestone_index)
    texts = [
        *_invoice(ours.invoices, booked),
        *_shares(ours, identity, booked),
        *_payouts(ours.legs, identity, booked.done.payouts),
    ]
    where = f"{identity} at {place.gateway}"
    mend = (
        f"Compare closeout explain {place.contract_id} {booked.milestone_index} with the gateway's own page"
    )
    return [Difference(text, where, mend, identity) for text in texts]


def _invoice(bills: Iterable[Row], booked: Booked) -> Iterator[str]:
    facts = booked.invoice
    bill = next((one for one in bills if one["gateway_id"] == facts.id), None)
    if bill is None:
        yield (
            f"the gateway has {_named(facts)}, revision {booked.revision}, {facts.status},"
            " and the books have no such invoice"
        )
        return
    if bill["status"] != facts.status:
        yield f"invoice {facts.number} is {facts.status} at the gateway and {bill['status']} in the books"
    if (bill["amount_minor"], bill["currency"]) != (facts.amount_minor, facts.currency):
        shown = money.show(bill["amount_minor"], bill["currency"])
        yield f"the gateway has {_named(facts)}, which in the books is over {shown}"


def _shares(ours: Ours, release_id: str, booked: Booked) -> Iterator[str]:
    """The payees as they were ordered, against what pays them: the snapshot, and then the legs."""
    theirs = None if booked.legs is None else {leg.account: leg.amount_minor for leg in booked.legs}
    owed: Counter[str] = Counter()
    for leg in ours.legs:
        if leg["release_id"] == release_id and (leg["status"] != "cancelled" or leg["part"] == 1):
            owed[leg["account"]] += leg["amount_minor"]
    for mine, is_whole in ((ours.shares.get(release_id), True), (dict(owed), False)):
        if not mine or theirs is None:
            continue
        is_more = any(minor > theirs.get(account, 0) for account, minor in mine.items())
        if mine != theirs if is_whole else is_more:
            shown, wanted = (_listed(one, booked.invoice.currency) for one in (theirs, mine))
            yield f"the gateway has {_named(booked.invoice)} for {shown}, in the books it is for {wanted}"


def _listed(shares: Mapping[str, int], currency: str) -> str:
    return ", ".join(f"{account} {money.show(minor, currency)}" for account, minor in shares.items())


def _payouts(legs: Iterable[Row], release_id: str, payouts: Iterable[PayoutFacts]) -> Iterator[str]:
    mine = {(leg["account"], leg["part"]): leg for leg in legs if leg["release_id"] == release_id}
    for payout in payouts:
        shown = money.show(payout.amount_minor, payout.currency)
        told = f"the gateway has payout {payout.id} of {shown} to {payout.account}, {payout.status}"
        leg = mine.get((payout.account, payout.part))
        if leg is None or leg["gateway_id"] != payout.id:
            yield f"{told}, and the books have no such payout"
        elif leg["status"] not in LEG_STATUSES[payout.status]:
            yield f"{told}, which is {leg['status']} in the books"
        elif (leg["amount_minor"], leg["currency"]) != (payout.amount_minor, payout.currency):
            yield f"{told}, which is over {money.show(leg['amount_minor'], leg['currency'])} in the books"


def _unknown_there(gateway: str, release_id: str, what: str) -> Difference:
    return Difference(
        f"the books have {what}, of which the gateway knows nothing",
        f"{release_id} at {gateway}",
        "Check that the gateway's url and secret are those of the account that was used before",
        release_id,
    )


def _named(facts: InvoiceFacts) -> str:
    return f"invoice {facts.number} over {money.show(facts.amount_minor, facts.currency)}"
