"""Slips, and what the reader says of each: the reference prints its answers, so they are never out of date."""

from __future__ import annotations

from typing import NamedTuple

from app.errors import CloseoutError
from app.milestones import document
from app.milestones.problems import Problem

EXAMPLE = """\
version: 1
seller: {name: Northwind Studio, email: billing@northwind.example}
connections:
  - {name: github, forge: github}
gateways:
  - {name: platform, kind: http, url: "https://pay.example/events"}
contracts:
  - id: con_1
    title: Storefront
    client: {name: Acme Corp, email: ap@acme.example}
    currency: usd
    total: 30000.00
    gateway: platform
    repositories: ["github:acme/storefront"]
    payout: {to: [{account: acc_team, share: 100%, users: [dana]}]}
    milestones:
      - {label: "milestone:deposit", title: Deposit, share: 30%, criteria: [Contract signed by both parties]}
      - {label: "milestone:site", title: Site on staging, share: 40%, criteria: [UAT script of 40 cases passes]}
      - {label: "milestone:launch", title: Launch, share: 30%, criteria: [Deployed to production]}
"""
"""A whole file without a problem; each slip is an edit of it."""



class Slip(NamedTuple):
    """What a person writes, in Markdown, and the edits of the example that make it."""

    shown: str
    edits: tuple[tuple[str, str], ...]


def _written(new: str, old: str) -> Slip:
    return Slip(f"`{new}`", ((old, new),))


def _ruled(rules: str) -> Slip:
    """A contract with these rules."""
    return Slip(f"`rules: {rules}`", (("    milestones:\n", f"    rules: {rules}\n    milestones:\n"),))


_LAUNCH = "share: 30%, criteria: [Deployed"

SLIPS: tuple[Slip, ...] = (
    _written("titel: Storefront", "title: Storefront"),
    _written("currency: xyz", "currency: usd"),
    _written("total: 30000.005", "total: 30000.00"),
    _written("total: 30,000.00", "total: 30000.00"),
    _written("total: 0", "total: 30000.00"),
    Slip("`share: 30`", ((_LAUNCH, "share: 30, criteria: [Deployed"),)),
    _written("share: 35%", "share: 40%"),
    _written("share: 90%", "share: 100%"),
    _written("gateway: plattform", "gateway: platform"),
    _written('"gitlab:acme/storefront"', '"github:acme/storefront"'),
    _written('"https://github.com/acme/storefront"', '"github:acme/storefront"'),
    _written('url: "http://pay.example/events"', 'url: "https://pay.example/events"'),
    Slip('`label: "milestone:site"` twice', (("milestone:launch", "milestone:site"),)),
    Slip("neither `label` nor `milestone` nor `when: manual`", (('label: "milestone:launch", ', ""),)),
    Slip("`version: 1` twice", (("version: 1\n", "version: 1\nversion: 1\n"),)),
    _ruled("{acceptance: {by: [dana]}}"),
    _ruled("{closers: {roles: []}}"),
    Slip("no deposit first", (("milestone:deposit", "milestone:design"), ("title: Deposit", "title: Design"))),
    Slip(
        "`share: 50%` of the last milestone",
        ((_LAUNCH, "share: 50%, criteria: [Deployed"), ("share: 40%", "share: 20%")),
    ),
    Slip("no criteria", ((", criteria: [UAT script of 40 cases passes]", ""),)),
    _written("criteria: [As agreed with the client]", "criteria: [UAT script of 40 cases passes]"),
    Slip("`terms: net-60`", (("    gateway:", "    terms: net-60\n    gateway:"),)),
    _ruled("{acceptance: {by: [anna], on_silence: accept}}"),
    _ruled("{closers: {roles: [triage]}}"),
    _ruled("{closers: {users: [lena], bots: true}}"),
    _ruled("{approve_above: 0, approvers: [dana]}"),
    _ruled("{max_per_day: 100.00}"),
)
"""The errors first, then the warnings."""


def said(slip: Slip) -> Problem:
    """The first problem of the example with this slip. Raises CloseoutError for a slip that is none."""
    text = EXAMPLE
    for old, new in slip.edits:
        if text.count(old) != 1:
            raise CloseoutError(f"{old!r} does not stand once in the example", where=slip.shown)
        text = text.replace(old, new)
    problems = document.read(text, "closeout.yml")[1]
    if not problems:
        raise CloseoutError("nothing is wrong with it", where=slip.shown)
    return problems[0]
