"""A small contract file to write rules into; a § in it marks the place where a problem must be told."""

from __future__ import annotations

from app.milestones.contract import Contract
from app.milestones.problems import Problem
from app.milestones.rules import Rules
from tests.milestones.example import configuration, problems

MARK = "§"

TEXT = """\
version: 1
seller: {name: Northwind Studio, email: billing@northwind.example}
connections:
  - {name: github, forge: github}
  - {name: lab, forge: gitlab}
gateways:
  - {name: platform, kind: http, url: "https://pay.example/events"}
contracts:
  - id: con_1
    title: Alpha
    client: {name: Acme Corp, email: ap@acme.example}
    currency: usd
    total: 1000.00
    gateway: platform
    repositories: [REPOSITORIES]
    payout: {to: [{account: acc_a, share: 60%, users: [USERS]}, {account: acc_b, share: 40%, users: [noor]}]}
    rules: {RULES}
    milestones:
      - {FIRST, title: Deposit, share: 60%, criteria: [Contract signed]}
      - {SECOND, title: Rest, share: 40%, criteria: [Deployed to production]}
"""

PARTS = {
    "REPOSITORIES": '"github:acme/site"',
    "USERS": "dana",
    "RULES": "",
    "FIRST": 'label: "milestone:deposit"',
    "SECOND": 'label: "milestone:rest"',
}


def written(**parts: str) -> str:
    """The file with these parts in place of the usual ones: rules="grace: 15m"."""
    text = TEXT
    for name, usual in PARTS.items():
        text = text.replace(name, parts.get(name.lower(), usual))
    return text


def contract(**parts: str) -> Contract:
    """The contract that the file describes."""
    return configuration(written(**parts)).contracts["con_1"]


def rules(text: str = "") -> Rules:
    """What the contract's rules become."""
    return contract(rules=text).milestone(1).rules


def told(marked: str, severity: str) -> tuple[list[Problem], str]:
    """The problems of one severity in a marked file, and "line:column" of the mark."""
    at = marked.index(MARK)
    line, column = marked.count("\n", 0, at) + 1, at - marked.rfind("\n", 0, at)
    found = problems(marked.replace(MARK, ""))
    return [one for one in found if one.severity == severity], f"{line}:{column}"


def place(problem: Problem) -> str:
    return f"{problem.line}:{problem.column}"


def the_error(marked: str) -> Problem:
    """The only error of a marked file, which stands at the mark."""
    errors, expected = told(marked, "error")
    assert [place(error) for error in errors] == [expected]
    return errors[0]
