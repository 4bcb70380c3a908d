"""Asking a gateway that does not list what it booked: one question for each name that an order may have.

An order's key says what it is for, and its event's id follows from the key, so that an order which nobody
here remembers can be asked about all the same. What was ordered under other names is not found so.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.gateways.base import Booked, Done, Gateway, Intent, Unknown
from app.milestones.contract import Contract
from app.releases.changes import event_id, order
from app.releases.facts import invoice_key
from app.releases.names import release_id

FURTHER = 3
"""Revisions beyond the last known one that are asked about: a milestone is voided and billed again rarely."""


def ask_by_name(gateway: Gateway, contract: Contract, last: dict[int, int]) -> Iterator[Booked | Unknown]:
    """What the gateway holds of each milestone; `last` are the last known revisions, by milestone index."""
    for milestone in contract.milestones:
        for revision in range(1, last.get(milestone.index, 0) + FURTHER + 1):
            found = _ask(gateway, contract, milestone.index, revision)
            if found is not None:
                yield found


def _ask(gateway: Gateway, contract: Contract, index: int, revision: int) -> Booked | Unknown | None:
    row = {
        "id": release_id(contract.id, index),
        "milestone_index": index,
        "revision": revision,
        "evidence": "{}",
        "snapshot_hash": "",
        "accepted": None,
    }
    key = invoice_key(row)
    wanted = order(row, contract, key, "open_invoice")
    outcome = gateway.ask(Intent(key, event_id(key), gateway.draft(wanted)))
    if isinstance(outcome, Unknown):
        return Unknown(f"milestone {index}, revision {revision}: {outcome.reason}", outcome.needs_person)
    if not isinstance(outcome, Done) or outcome.invoice is None:
        return None
    return Booked(event_id(key), index, "", revision, None, outcome.invoice, outcome)
