"""What the status page says of each state: a word, a tone, and whose turn it is where that fits."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from app.releases.states import State
from app.web.status import chip, contracts_to_show, next_step

ROW: dict[str, Any] = {
    "contract": "con_7732_alpha",
    "contract_title": "Alpha storefront",
    "milestone_index": 2,
    "label": "milestone:ui-prototype",
    "title": "Midway UI Prototype Sign-off",
    "reason": "",
    "amount_minor": 750_000,
    "currency": "usd",
    "snapshot_hash": "8b5f",
    "config_commit": "",
    "evidence": {},
    "accept_by": None,
    "accepted": None,
    "invoice": None,
    "payouts": [],
    "updated_at": "2026-05-28T09:10:20.005Z",
}
APPROVABLE = {"doubts": [{"text": "above the limit", "key": "amount/1"}]}
MENDED = {"doubts": [{"text": "two labels", "key": ""}]}
TURNS: list[tuple[State, dict[str, Any], str, bool]] = [
    ("waiting", {"snapshot_hash": None}, "", False),
    ("held", {"snapshot_hash": None, "evidence": APPROVABLE}, "an approval", True),
    ("held", {"snapshot_hash": None, "evidence": MENDED}, "", True),
    ("held", {}, "the operator decides", True),
    ("withdrawn", {"snapshot_hash": None}, "its issues are closed again", False),
    ("ready", {}, "", False),
    (
        "awaiting_acceptance",
        {"accept_by": "2026-06-05T00:00:00.000Z"},
        "the client accepts or disputes by 2026-06-05 00:00 UTC",
        False,
    ),
    (
        "awaiting_acceptance",
        {"accept_by": "2026-06-05T00:00:00.000Z", "accepted": {"name": "carl"}},
        "",
        False,
    ),
    ("triggered", {}, "", False),
    ("unknown", {}, "", False),
    ("failed", {}, "mend it, then retry", True),
    ("invoiced", {}, "the client pays", False),
    ("paid", {}, "", False),
    (
        "paid",
        {"payouts": [{"account": "acc", "amount_minor": 1, "status": "awaiting_approval"}]},
        "an approval of the payouts",
        True,
    ),
    ("disbursing", {}, "", False),
    ("partially_disbursed", {}, "mend it, then retry, or settle", True),
    ("disbursed", {}, "", False),
    ("voided", {}, "", False),
    ("disputed", {}, "resume or refund", True),
    ("refunding", {}, "", False),
    ("refunded", {}, "", False),
]


@pytest.mark.parametrize(("state", "more", "text", "is_operators"), TURNS)
def test_whose_turn_it_is_stands_beside_the_state(
    state: State, more: dict[str, Any], text: str, is_operators: bool
) -> None:
    command = "closeout explain con_7732_alpha 2" if is_operators else ""
    assert next_step({**ROW, **more, "state": state}) == {"text": text, "command": command}


def test_no_state_is_left_out_and_each_that_a_person_must_look_at_stands_out() -> None:
    assert {turn[0] for turn in TURNS} == set(get_args(State))
    care = {state for state in get_args(State) if chip(state)["tone"] == "care"}
    assert care == {"held", "unknown", "failed", "partially_disbursed", "disputed"}


def test_every_word_of_the_page_reads_as_words() -> None:
    words = [*get_args(State), "awaiting_approval", "cancelled", "reversed", "credited", "uncollectible"]
    for word in words:
        shown = chip(word)
        assert "_" not in shown["text"]
        assert shown["sign"] in "✓→!·"


def test_an_invoice_that_was_credited_or_voided_counts_as_not_invoiced() -> None:
    def row(index: int, status: str) -> dict[str, Any]:
        counted = dict.fromkeys(("received", "outside", "credit", "disputed", "lost"), 0)
        invoice = {"id": "inv", "number": "1", "url": "", "status": status, "amount_minor": 750_000}
        invoice |= {"currency": "usd"} | {f"{name}_minor": minor for name, minor in counted.items()}
        return {**ROW, "milestone_index": index, "state": "invoiced", "invoice": invoice}

    rows = [row(1, "open"), row(2, "credited"), row(3, "void"), row(4, "paid")]
    (contract,) = contracts_to_show(rows)["shown"]
    assert contract["invoiced"] == "15,000.00 usd"
