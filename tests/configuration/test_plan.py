"""The plan: what a changed contract file would change, in money and in rules, and how a comment says it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from app.configuration.changes import Changes, changes
from app.configuration.words import LONGEST, Plan, comment, marker, of_plan
from app.milestones import document
from app.milestones.book import NOTHING
from app.milestones.contract import Configuration
from app.milestones.problems import Problem
from app.place import InRepository
from tests.configuration.scene import GOOD, PLACE

CONTRACT = "con_7732_alpha"
HEAD, BASE = "a" * 40, "b" * 40


def parsed(*edits: tuple[str, str]) -> Configuration:
    """The example with every `old` replaced by `new`; each must be there."""
    text = GOOD
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return document.parse(text, "closeout.yml")


def told(found: Changes) -> list[tuple[str, str, str]]:
    return [(row.what, row.before, row.after) for row in found.rows]


def link(commit: str) -> str:
    return f"https://github.com/acme/contracts/blob/{commit}/closeout.yml"


BEFORE = parsed()

ROWS = [
    (
        [("share: 30%", "share: 35%"), ("share: 20%", "share: 15%")],
        [
            ("milestone 1, Kickoff Deposit: amount", "9,000.00 usd (30%)", "10,500.00 usd (35%)"),
            ("milestone 4, Final Sign-off and Launch: amount", "6,000.00 usd (20%)", "4,500.00 usd (15%)"),
        ],
    ),
    (
        [("milestone:launch", "milestone:live")],
        [("milestone 4, Final Sign-off and Launch: label", "milestone:launch", "milestone:live")],
    ),
    (
        [("account: acc_dev_team_44", "account: acc_mallory")],
        [("payee acc_mallory", "", "100%"), ("payee acc_dev_team_44", "100%", "")],
    ),
    ([("terms: net-15", "terms: net-14")], [("terms", "net-15", "net-14")]),
    ([("auto_clear: true", "auto_clear: false")], None),
    ([("github:acme/storefront", "github:acme/shop")], None),
]


@pytest.mark.parametrize(("edits", "rows"), ROWS)
def test_each_change_in_money_is_a_row(
    edits: list[tuple[str, str]], rows: list[tuple[str, str, str]] | None
) -> None:
    found = changes(BEFORE, parsed(*edits))
    assert found
    if rows is not None:
        assert told(found) == rows


def test_a_new_total_changes_every_amount_and_the_sum_of_all_contracts() -> None:
    found = changes(BEFORE, parsed(("total: 30000.00", "total: 40000.00")))
    assert ("total", "30,000.00 usd", "40,000.00 usd") in told(found)
    assert len(found.rows) == 5
    assert found.totals == (("usd", 3_000_000, 4_000_000),)


def test_another_currency_moves_the_sum_from_one_to_the_other() -> None:
    found = changes(BEFORE, parsed(("currency: usd", "currency: eur")))
    assert found.totals == (("eur", 0, 3_000_000), ("usd", 3_000_000, 0))


def test_the_first_file_adds_everything_and_an_empty_one_removes_it() -> None:
    added = changes(NOTHING, BEFORE)
    assert ("the contract is added: Alpha storefront", "", "30,000.00 usd") in told(added)
    for row in (
        ("milestone 1, Kickoff Deposit", "", "9,000.00 usd (30%)"),
        ("gateway", "", "platform"),
        ("payouts", "", "as soon as the invoice is paid"),
        ("payee acc_dev_team_44", "", "100%"),
        ("repository github:acme/storefront", "", "under contract"),
    ):
        assert row in told(added)
    removed = changes(BEFORE, NOTHING)
    assert ("the contract is removed", "30,000.00 usd", "") in told(removed)
    assert changes(BEFORE, BEFORE).totals == ()
    assert not changes(BEFORE, BEFORE)


def test_where_orders_go_is_told() -> None:
    file = yaml.safe_load(GOOD)
    file["gateways"][0]["url"] = "https://mallory.example/events"
    found = changes(BEFORE, document.parse(yaml.safe_dump(file, sort_keys=False), "closeout.yml"))
    assert [(row.what, row.after) for row in found.rows] == [
        ("gateway platform", "http https://mallory.example/events")
    ]


File = dict[str, Any]


def edited(*edits: Callable[[File], None]) -> Configuration:
    """The example after somebody edited what its YAML holds."""
    file: File = yaml.load(GOOD, yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts
    for edit in edits:
        edit(file)
    return document.parse(yaml.safe_dump(file, sort_keys=False), "closeout.yml")


def with_rules(**rules: object) -> Configuration:
    return edited(lambda file: file["contracts"][0].update(rules=rules))


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"closers": {"roles": ["admin"]}}, "closed by somebody with the role admin"),
        ({"grace": "15m"}, "released after 15 minutes in which nothing is reopened"),
        ({"close_reasons": ["completed", "not_planned"]}, "closed as completed or not planned"),
        ({"closers": {"roles": ["write"], "bots": True}}, "bots may close as well"),
        ({"hold_label": "stop"}, "held by the label stop"),
        ({"approvers": ["mallory"]}, "github:mallory may approve"),
        (
            {"closers": {"users": [f"member-of-the-team-{n}" for n in range(40)]}},
            "github:member-of-the-team-39 may close",
        ),
    ],
)
def test_rules_are_told_in_words_and_milestones_alike_stand_together(
    rules: dict[str, object], said: str
) -> None:
    (change,) = changes(BEFORE, with_rules(**rules)).rules
    assert change.milestones == (1, 2, 3, 4)
    assert any(said in one for one in change.added), change.added
    (back,) = changes(with_rules(**rules), BEFORE).rules
    assert any(said in one for one in back.dropped), back.dropped


def test_no_email_address_is_in_a_plan_not_even_one_that_an_error_quotes() -> None:
    after = parsed(
        ("ap@acme.example", "money@mallory.example"),
        ("account: acc_dev_team_44", "account: penny@mallory.example"),
        ("name: Acme Corp", "name: pay@mallory.example"),
        ("title: Kickoff Deposit", 'title: "Ask: kick@mallory.example"'),
    )
    problem = Problem("error", "closeout.yml", 3, 4, "client.email", "'ceo@acme.example' is none", "Mend it")
    text = of_plan(PLACE, Plan(HEAD, BASE, changes(BEFORE, after), (problem,)), link)
    assert "e-mail address" in text
    for address in ("ap@", "money", "ceo", "penny", "kick", "pay@", "mallory.example", "acme.example"):
        assert address not in text.replace("\u200b", "")


HOSTILE = "@everyone <img src=x> [x](https://evil.example) | a | b `c` <!-- #1 www.evil.example"


def test_what_stands_in_the_file_can_neither_format_nor_link_nor_mention() -> None:
    after = parsed(("title: Kickoff Deposit", f"title: {HOSTILE!r}"))
    text = of_plan(PLACE, Plan(HEAD, BASE, changes(BEFORE, after)), link)
    assert "@everyone" not in text
    assert "www.evil" not in text
    bare = re.sub(r"\\.", "", text)  # without what a backslash makes plain
    for living in ("<img", "[x]", "](https://evil", "<!--", "`c`", "#1"):
        assert living not in bare
    (line,) = [one for one in bare.splitlines() if "everyone" in one]
    assert line.count("|") == 5


def test_errors_carry_their_line_and_a_link_to_it_at_that_commit() -> None:
    _, problems = document.read(GOOD.replace("currency: usd", "currency: dollars"), "closeout.yml")
    text = of_plan(PLACE, Plan(HEAD, BASE, None, tuple(problems)), link)
    line = next(number for number, one in enumerate(GOOD.splitlines(), 1) if "currency: usd" in one)
    assert f"[line {line}, column " in text
    assert f"(<{link(HEAD)}#L{line}>)" in text
    assert "nothing of it would come into force" in text


def test_a_plan_of_ten_thousand_changes_still_fits_into_a_comment() -> None:
    head, _, contract = GOOD.partition("  - id: con_7732_alpha\n")
    many = [
        f"  - id: c{number}\n{contract}".replace('"milestone:', f'"milestone-{number}:').replace(
            "Alpha storefront", "Ü|" * 90
        )
        for number in range(700)
    ]
    after = document.parse("".join([head, *many]), "closeout.yml")
    body = of_plan(PLACE, Plan(HEAD, "", changes(NOTHING, after)), link)
    text = comment(PLACE, "Plan", body + "\nmore" * 30_000)
    assert len(text) < 65_536
    assert "the rest is left out" in text
    assert text.startswith(marker(PLACE))


def test_another_file_of_the_same_repository_has_a_comment_of_its_own() -> None:
    other = InRepository(PLACE.connection, PLACE.full_name, PLACE.branch, "other.yml")
    assert marker(other) != marker(PLACE)
    assert LONGEST < 65_536
