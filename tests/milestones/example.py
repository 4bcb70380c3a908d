"""The worked example, and small edits of it: every test says what it changes and nothing else."""

from __future__ import annotations

from pathlib import Path

from app.milestones import document
from app.milestones.contract import Configuration
from app.milestones.problems import Problem

EXAMPLE = Path(__file__).parents[2] / "config" / "closeout.yml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def edited(*edits: tuple[str, str], text: str = TEXT) -> str:
    """The example with each (old, new) replaced; `old` must stand in it exactly once."""
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
        text = text.replace(old, new)
    return text


def problems(text: str | bytes) -> list[Problem]:
    """Errors and warnings of a file called f.yml."""
    return document.read(text, "f.yml")[1]


def brief(text: str | bytes, severity: str = "error") -> list[str]:
    """The same as "line:column field", for one severity."""
    return [f"{one.line}:{one.column} {one.field}" for one in problems(text) if one.severity == severity]


def configuration(text: str = TEXT) -> Configuration:
    return document.parse(text, "f.yml")


SECOND = """\
  - id: con_2
    title: Second
    client: {name: Beta Ltd, email: ap@beta.example}
    currency: usd
    total: 100.00
    gateway: platform
    repositories: ["github:beta/site"]
    payout: {to: [{account: acc_a, share: 50%}, {account: acc_b, share: 50%}]}
    milestones:
      - {label: "milestone:deposit", title: Deposit, share: 60%, criteria: [Contract signed]}
      - {label: "milestone:rest", title: Rest, share: 40%, criteria: [Deployed to production]}
"""
"""A second contract, to stand behind the example's."""
