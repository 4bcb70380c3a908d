"""Money: exact in, exact out, and every split adds up to the unit."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import money
from app.errors import MoneyError


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("30000.00", "usd", 3_000_000),
        ("1200.50", "usd", 120_050),
        ("7", "usd", 700),
        ("1500", "jpy", 1_500),
        ("1500.00", "jpy", 1_500),
        ("1.234", "kwd", 1_234),
        ("0.01", "eur", 1),
    ],
)
def test_amounts_are_read_exactly_in_the_minor_unit(text: str, currency: str, amount_minor: int) -> None:
    assert money.parse_amount(text, currency) == amount_minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.005", "usd"),
        ("1.5", "jpy"),
        ("-5.00", "usd"),
        ("1,000.00", "usd"),
        ("010", "usd"),
        ("1e3", "usd"),
        ("", "usd"),
        ("٣", "usd"),
        ("1.", "usd"),
        (" 5", "usd"),
        ("5\n", "usd"),
    ],
)
def test_an_amount_without_exact_meaning_is_refused_not_rounded(text: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        money.parse_amount(text, currency)


@pytest.mark.parametrize("code", ["USD", "xyz", "us", "dollar", "xau", ""])
def test_an_unknown_currency_is_refused_with_a_mend(code: str) -> None:
    with pytest.raises(MoneyError, match="lower-case ISO 4217"):
        money.exponent(code)


@pytest.mark.parametrize("text", ["0%", "101%", "30", "-5%", "30 %%", "1/3", "%"])
def test_a_share_outside_zero_to_hundred_percent_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        money.parse_share(text)


weights = st.lists(st.fractions(min_value=0, max_value=10), min_size=1, max_size=20).filter(
    lambda shares: sum(shares) > 0
)


@given(total_minor=st.integers(-(10**15), 10**15), shares=weights)
def test_the_parts_of_a_split_add_up_to_the_whole(total_minor: int, shares: list[Fraction]) -> None:
    assert sum(money.split(total_minor, shares)) == total_minor


@given(total_minor=st.integers(0, 10**15), shares=weights)
def test_no_part_is_a_whole_unit_away_from_its_exact_share(total_minor: int, shares: list[Fraction]) -> None:
    whole = sum(shares)
    for part, share in zip(money.split(total_minor, shares), shares, strict=True):
        assert abs(part - total_minor * share / whole) < 1


@given(total_minor=st.integers(0, 10**12), shares=weights)
def test_a_split_is_the_mirror_of_its_reversal(total_minor: int, shares: list[Fraction]) -> None:
    assert [-part for part in money.split(total_minor, shares)] == money.split(-total_minor, shares)


def test_leftover_units_go_to_the_largest_remainder_first_then_in_order() -> None:
    assert money.split(100, [1, 1, 1]) == [34, 33, 33]
    assert money.split(101, [Fraction(1, 4), Fraction(3, 4)]) == [25, 76]


@pytest.mark.parametrize("shares", [[], [0], [-1, 2]])
def test_a_split_without_meaning_is_refused(shares: list[int]) -> None:
    with pytest.raises(MoneyError):
        money.split(100, shares)


def test_currencies_do_not_mix() -> None:
    assert money.add((1, "usd"), (2, "usd")) == (3, "usd")
    with pytest.raises(MoneyError, match="eur, usd"):
        money.add((1, "usd"), (2, "eur"))


@given(amount_minor=st.integers(0, 10**14), currency=st.sampled_from(["usd", "jpy", "kwd"]))
def test_what_is_shown_reads_back_as_the_same_amount(amount_minor: int, currency: str) -> None:
    text = money.show(amount_minor, currency).removesuffix(f" {currency}").replace(",", "")
    assert money.parse_amount(text, currency) == amount_minor
