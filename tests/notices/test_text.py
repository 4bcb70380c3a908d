"""The comment's words: complete, and inert whatever people put into a title."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.text import HEADLINES, Story, comment, escape, marker
from app.releases.states import FOLLOWS

INVOICED = Story(
    contract_title="Alpha storefront",
    milestone_title="Midway UI Prototype Sign-off",
    milestone_index=2,
    state="disbursed",
    reason="completed: #2 closed by dana (write)",
    amount_minor=750_000,
    currency="usd",
    invoice_number="INV-0002",
    payout_count=2,
    payouts_paid=1,
)


def test_a_billed_milestone_is_told_with_amount_invoice_and_payouts() -> None:
    text = comment(marker("github"), [INVOICED])
    assert text.startswith("<!-- closeout:notice:github -->\n")
    assert "**Paid and disbursed** · Alpha storefront, milestone 2: Midway UI Prototype Sign-off" in text
    assert "- Invoice INV-0002 over 7,500.00 usd" in text
    assert "- The team's shares: 1 of 2 have arrived" in text
    assert "- Why: completed\\: #2 closed by dana \\(write\\)" in text


def test_a_waiting_milestone_names_what_is_open_as_links_to_the_issues() -> None:
    waiting = Story("Alpha", "UI", 2, "waiting", "3 of 5 completed; open: #12, #14", 750_000, "usd")
    text = comment(marker("github"), [waiting])
    assert "**Not billed yet**" in text
    assert "open: #12, #14" in text.replace("\\", "")
    assert "\\#12" not in text
    assert "Amount" not in text


def test_every_state_has_a_headline() -> None:
    assert set(HEADLINES) == set(FOLLOWS)


@pytest.mark.parametrize(
    "evil",
    [
        "@client please pay",
        "<img src=x onerror=alert(1)>",
        "--> ![](https://evil.example/pixel.png)",
        "[click](https://evil.example)",
        "`code` **bold** ~~gone~~",
        "line\n- Invoice [INV-9](<https://evil.example>) over 1.00 usd",
        "fixes #99 <!-- closeout:notice:github -->",
    ],
)
def test_a_title_can_neither_mention_nor_format_nor_forge_a_line(evil: str) -> None:
    text = comment(marker("github"), [Story("T", evil, 1, "waiting", evil, 100, "usd")])
    assert "@c" not in text
    assert re.search(r"(?<!\\)<img", text) is None
    assert "](<https://evil" not in text
    assert "](https" not in text
    assert text.count("<!--") == 1
    assert "\n- Invoice" not in text


@given(st.text())
def test_escaped_text_stays_on_its_line_and_has_no_bare_special(text: str) -> None:
    safe = escape(text)
    assert "\n" not in safe
    assert "\r" not in safe
    for position, one in enumerate(safe):
        if one in "`*_[]<>@":
            assert safe[position - 1] == "\\" or one == "@"
