"""References: made of an order, checked, and found again in whatever a client's bank made of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import BankError
from app.gateways.bank.account import in_groups
from app.gateways.bank.reference import (
    event_of,
    find_references,
    make_reference,
    read_reference,
)

EVENT = "evt_98234109c0ffee98234109c0"
REFERENCE = make_reference(EVENT)
events = st.integers(0, 2**96 - 1).map(lambda number: f"evt_{number:024x}")


@given(events)
@example("evt_000000000000000000000000")
@example("evt_ffffffffffffffffffffffff")
def test_a_reference_names_its_order_and_is_a_right_iso_11649(event_id: str) -> None:
    reference = make_reference(event_id)
    assert len(reference) == 23
    assert read_reference(reference) == reference
    assert event_of(reference) == event_id


@pytest.mark.parametrize("event_id", ["", "evt_98234109", "evt_" + "F" * 24, "evt_" + "0" * 25, "x" * 28])
def test_other_ids_have_no_reference(event_id: str) -> None:
    with pytest.raises(ValueError, match="no event id"):
        make_reference(event_id)


@pytest.mark.parametrize("text", ["RF18 5390 0754 7034", "rf18539007547034", "RF712348231"])
def test_references_of_others_are_right_but_not_ours(text: str) -> None:
    reference = read_reference(text)
    assert event_of(reference) == ""
    assert find_references(text) == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("RF19 5390 0754 7034", "check digits are wrong"),
        ("RF18", "is not a creditor reference"),
        ("RF18" + "0" * 22, "is not a creditor reference"),
        ("DE18539007547034", "is not a creditor reference"),
        ("RF18-5390", "is not a creditor reference"),
    ],
)
def test_a_wrong_reference_is_told_what_is_wrong(text: str, what: str) -> None:
    with pytest.raises(BankError, match=what):
        read_reference(text)


WRITTEN = [
    REFERENCE,
    REFERENCE.lower(),
    in_groups(REFERENCE),
    "\n".join([REFERENCE[:9], REFERENCE[9:]]),
    f"Invoice 2026-07 ref.{REFERENCE}, thank you",
    f"SVWZ+{in_groups(REFERENCE)} DATUM 28.05.2026",
    f"INVOICE{REFERENCE}ACME",
    REFERENCE.replace("RF", "RF-", 1),
    in_groups(REFERENCE).replace(" ", "\u00a0"),
    "RF12 " + REFERENCE,
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_reference_is_found_however_it_was_written(text: str) -> None:
    assert find_references(text) == (REFERENCE,)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_reference_is_found_in_any_text(before: str, after: str) -> None:
    assert REFERENCE in find_references(before + REFERENCE + after)


@given(st.lists(st.sampled_from(["", " ", "\n", "  \r\n"]), min_size=23, max_size=23))
def test_a_reference_is_found_wherever_it_was_broken(gaps: list[str]) -> None:
    broken = "".join(char + gap for char, gap in zip(REFERENCE, gaps, strict=True))
    assert find_references(broken) == (REFERENCE,)


@given(st.integers(2, 22), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_look_alike_with_one_other_character_is_never_taken_for_the_reference(
    position: int, char: str
) -> None:
    altered = REFERENCE[:position] + char + REFERENCE[position + 1 :]
    assert (REFERENCE in find_references(altered)) == (altered == REFERENCE)
    if altered != REFERENCE and char.isdigit() == REFERENCE[position].isdigit():
        assert find_references(altered) == ()


def test_two_references_in_one_text_are_both_found_once() -> None:
    other = make_reference("evt_" + "1" * 24)
    assert find_references(f"{REFERENCE} {other} {REFERENCE}") == (REFERENCE, other)


def test_a_text_that_is_made_to_be_slow_is_searched_at_once() -> None:
    assert find_references(("RF" + " " * 6) * 20_000) == ()
