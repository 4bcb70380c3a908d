"""What the status page shows, in words and formatted amounts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from app import money
from app.notices.text import moment, web_address
from app.place import SHORT
from app.releases.facts import ARRIVED
from app.releases.told.payment_words import payments

SHOWN_CONTRACTS = 100
UNDONE = ("void", "credited")
"""Invoices over which the client neither owes nor has paid anything."""

_WORDS = {
    "ready": "released",
    "awaiting_acceptance": "awaiting the client",
    "triggered": "being invoiced",
    "partially_disbursed": "payout failed",
    "unknown": "asking the gateway",
    "refunding": "being refunded",
    "settled": "paid by hand",
}
"""States whose own word says little to an owner; all others are shown as they are."""

_TONES = {
    "good": ("paid", "settled", "disbursed", "handled"),
    "busy": (
        "ready",
        "awaiting_acceptance",
        "triggered",
        "invoiced",
        "disbursing",
        "refunding",
        "received",
        "open",
        "owed",
        "sent",
        "pending",
    ),
    "care": (
        "held",
        "unknown",
        "failed",
        "partially_disbursed",
        "disputed",
        "parked",
        "awaiting_approval",
        "uncollectible",
    ),
}
_TONE = {word: tone for tone, words in _TONES.items() for word in words}
_SIGNS = {"good": "✓", "busy": "→", "care": "!", "calm": "·"}


def chip(word: str) -> dict[str, str]:
    """A state as it is shown: its words, a sign and a tone, so that nothing is told by colour alone."""
    tone = _TONE.get(word, "calm")
    return {"text": _WORDS.get(word, word.replace("_", " ")), "sign": _SIGNS[tone], "tone": tone}


def next_step(release: Mapping[str, Any]) -> dict[str, str]:
    """Whose turn it is, in a few words, and where the operator's choices stand; both "" where nobody's is.

    `closeout explain` says it in full; a page that shows hundreds of milestones has only this room.
    """
    contract, index = release["contract"], release["milestone_index"]
    text, is_operators = _whose_turn(release)
    return {"text": text, "command": f"closeout explain {contract} {index}" if is_operators else ""}


def _whose_turn(release: Mapping[str, Any]) -> tuple[str, bool]:
    """The few words, and whether it is the operator's turn."""
    state, is_released = release["state"], release["snapshot_hash"] is not None
    if state == "awaiting_acceptance" and not release["accepted"]:
        return f"the client accepts or disputes by {moment(release['accept_by'])}", False
    if state == "held" and not is_released:
        doubts = release["evidence"].get("doubts", ())
        return ("an approval", True) if any(doubt.get("key") for doubt in doubts) else ("", True)
    waits = any(leg["status"] == "awaiting_approval" for leg in release["payouts"])
    if state in ("paid", "invoiced") and waits:
        return "an approval of the payouts", True
    return _TURNS.get(state, ("", False))


_TURNS = {
    "invoiced": ("the client pays", False),
    "withdrawn": ("its issues are closed again", False),
    "held": ("the operator decides", True),
    "disputed": ("resume or refund", True),
    "failed": ("mend it, then retry", True),
    "partially_disbursed": ("mend it, then retry, or settle", True),
}


def contracts_to_show(releases: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The releases as `list_releases` gives them, by contract, latest change first.

    At most `SHOWN_CONTRACTS`; `left_out` counts the others.
    """
    contracts = [
        _contract(contract, list(rows))
        for contract, rows in groupby(releases, key=lambda release: str(release["contract"]))
    ]
    contracts.sort(key=lambda contract: str(contract["updated_at"]), reverse=True)
    return {"shown": contracts[:SHOWN_CONTRACTS], "left_out": max(0, len(contracts) - SHOWN_CONTRACTS)}


def deliveries_to_show(deliveries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The deliveries as `list_deliveries` gives them, the newest first."""
    return [
        {
            **delivery,
            "status": chip(delivery["status"]),
            "what": " ".join(filter(None, (delivery["event"], delivery["action"]))),
            "when": moment(delivery["received_at"]),
        }
        for delivery in reversed(list(deliveries))
    ]


def _contract(contract: str, rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    currency = rows[0]["currency"]
    invoiced = [
        row["amount_minor"] for row in rows if row["invoice"] and row["invoice"]["status"] not in UNDONE
    ]
    paid_out = [leg["amount_minor"] for row in rows for leg in row["payouts"] if leg["status"] in ARRIVED]
    return {
        "id": contract,
        "title": rows[0]["contract_title"] or contract,
        "invoiced": money.show(sum(invoiced), currency),
        "paid_out": money.show(sum(paid_out), currency),
        "updated_at": max(row["updated_at"] for row in rows),
        "updated": moment(max(row["updated_at"] for row in rows)),
        "milestones": [_milestone(row) for row in rows],
    }


def _milestone(row: Mapping[str, Any]) -> dict[str, Any]:
    invoice = row["invoice"]
    return {
        "index": row["milestone_index"],
        "title": row["title"],
        "label": row["label"],
        "commit": row["config_commit"][:SHORT],
        "state": chip(row["state"]),
        "reason": row["reason"],
        "next": next_step(row),
        "amount": money.show(row["amount_minor"], row["currency"]),
        "invoice": invoice
        and {
            **invoice,
            "url": web_address(invoice["url"]),
            "status": chip(invoice["status"]),
            "payments": payments(invoice),
        },
        "payouts": [
            {
                "account": leg["account"],
                "amount": money.show(leg["amount_minor"], row["currency"]),
                "status": chip(leg["status"]),
            }
            for leg in row["payouts"]
        ],
    }
