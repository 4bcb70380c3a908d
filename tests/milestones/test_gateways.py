"""A gateway's own keys, what it is able to, and contracts that ask for more."""

from __future__ import annotations

import pytest

from app.milestones.contract import Contract
from tests.milestones.example import TEXT, configuration, edited, problems

HTTP = '{name: platform, kind: http, url: "https://pay.example/events"}'
PAYOUT = "payout: {auto_clear: true, to: [{account: acc_dev_team_44, share: 100%}]}"
TWO = "to: [{account: acc_a, share: 50%}, {account: acc_b, share: 50%}]"


def offering(*abilities: str) -> tuple[str, str]:
    return HTTP, HTTP.replace("}", f", offers: [{', '.join(abilities)}]}}")


def paying(text: str) -> tuple[str, str]:
    return PAYOUT, f"payout: {{{text}}}"


@pytest.mark.parametrize(
    ("edits", "field", "said"),
    [
        ([(HTTP, "{name: platform, kind: http}")], "gateways[0]", "needs url"),
        (
            [(HTTP, HTTP.replace("}", ", account: acct_1}"))],
            "gateways[0].account",
            "account means nothing to a gateway of kind http",
        ),
        ([offering("reversal"), paying(TWO)], "contracts[0].payout.to", "pays one payee only"),
        (
            [paying("disburse: on_close, to: [{account: acc_a, share: 100%}]")],
            "contracts[0].payout.disburse",
            "holds no funds",
        ),
        (
            [
                offering("holds_funds"),
                paying("disburse: on_close, partial: pro_rata, to: [{account: a, share: 100%}]"),
            ],
            "contracts[0].payout.partial",
            "can not be paid out in parts as well",
        ),
        (
            [offering("splits"), paying(f"on_refund: reverse, {TWO}")],
            "contracts[0].payout.on_refund",
            "can not bring a payout back",
        ),
        (
            [offering("splits"), ("currency: usd", "currency: usd\n    pay_online: true")],
            "contracts[0].pay_online",
            "no page on which a client could pay",
        ),
    ],
)
def test_a_contract_that_needs_what_its_gateway_lacks_is_refused(
    edits: list[tuple[str, str]], field: str, said: str
) -> None:
    found = [one for one in problems(edited(*edits)) if one.severity == "error"]
    assert [one.field for one in found] == [field]
    assert said in found[0].message
    assert found[0].mend


def contract(*edits: tuple[str, str]) -> Contract:
    return configuration(edited(*edits)).contracts["con_7732_alpha"]


def test_what_a_gateway_offers_is_taken_into_the_contract() -> None:
    told = contract(
        offering("holds_funds"), paying("disburse: on_close, to: [{account: acc_a, share: 100%}]")
    )
    assert (told.disburse, told.on_refund) == ("on_close", "keep")


def test_a_milestone_may_have_a_term_of_its_own() -> None:
    deposit = ('{label: "milestone:kickoff",', '{label: "milestone:kickoff", terms: net-0,')
    told = contract(deposit)
    assert [told.net_days_of(index) for index in (1, 2)] == [0, 15]


def test_a_contract_without_anything_new_keeps_the_snapshot_that_it_had() -> None:
    plain = configuration(TEXT).contracts["con_7732_alpha"].snapshot()
    assert not {"disburse", "partial", "on_refund", "pay_online"} & plain.keys()
    assert plain["payees"][0].keys() == {"account", "share", "users"}
    assert "net_days" not in plain["milestones"][0]
    assert Contract.from_snapshot(plain) == configuration(TEXT).contracts["con_7732_alpha"]


def test_what_is_new_comes_back_from_a_snapshot() -> None:
    told = contract(
        offering("holds_funds"), paying("disburse: on_close, to: [{account: acc_a, share: 100%, name: A}]")
    )
    assert Contract.from_snapshot(told.snapshot()) == told


@pytest.mark.parametrize(
    ("total", "shares", "said"),
    [("30000.00", "100%", ""), ("30001.00", "100%", "does not move 7,500.25"), ("200.00", "100%", "")],
)
def test_an_amount_that_a_gateway_can_not_move_is_refused(total: str, shares: str, said: str) -> None:
    paypal = "{name: platform, kind: paypal, account: AaBbCcDdEeFfGgHhIiJj}"
    text = edited(
        (HTTP, paypal),
        ("currency: usd", "currency: huf"),
        ("total: 30000.00", f"total: {total}"),
        paying(f"to: [{{account: team@a.example, share: {shares}}}]"),
    )
    found = [one.message for one in problems(text) if one.severity == "error"]
    assert any(said in one for one in found) if said else found == []


@pytest.mark.parametrize(
    ("currency", "payees", "is_fine"),
    [
        ("huf", ["50%", "50%"], False),
        ("huf", ["100%"], True),
        ("usd", ["50%", "50%"], True),
    ],
)
def test_parts_are_not_shared_in_a_currency_that_the_gateway_moves_in_coarse_steps(
    currency: str, payees: list[str], is_fine: bool
) -> None:
    paypal = "{name: platform, kind: paypal, account: AaBbCcDdEeFfGgHhIiJj}"
    to = ", ".join(f"{{account: p{n}@a.example, share: {share}}}" for n, share in enumerate(payees))
    text = edited(
        (HTTP, paypal), ("currency: usd", f"currency: {currency}"), paying(f"partial: pro_rata, to: [{to}]")
    )
    found = [one.message for one in problems(text) if one.severity == "error"]
    assert (
        found == [] if is_fine else any("parts of a payment in huf can not be shared" in one for one in found)
    )
