"""Every slip in a contract file is named once, at its line and column, with its field and its mend."""

from __future__ import annotations

import pytest

from tests.milestones.example import edited, problems

KICKOFF = '{label: "milestone:kickoff",      title: Kickoff Deposit,              share: 30%,'
SELLER = "seller: {name: Northwind Studio, email: billing@northwind.example,"
BAD_NAME = "{name: Git_1, forge: gitlab}"
REPOSITORY = "github:acme/storefront"
TWICE = '["github:acme/storefront", "github:Acme/Storefront"]'
PAYEES = "share: 50%}, {account: acc_dev_team_44, share: 50%}"
CRITERIA = "[UAT script of 40 cases passes]"


@pytest.mark.parametrize(
    ("old", "new", "place", "message", "mend"),
    [
        ("version: 1", "version: 2", "2:10 version", "unknown version '2'", "Use 1"),
        ("version: 1\n", "", "2:1 version", "version is missing", "version: 1"),
        (SELLER, "seller: {name: N,", "3:1 seller.email", "email is missing", "email: ap@acme.example"),
        ("forge: github", "forge: githab", "5:27 connections[0].forge", "unknown forge", "github, gitlab"),
        ("- {name: gi", f"- {BAD_NAME}\n  - {{name: gi", "5:12 connections[0].name", "not a name", "lower"),
        ("kind: http", "kind: adyen", "7:28 gateways[0].kind", "unknown gateway kind", "Use http, stripe"),
        ("https://pay", "http://pay", "7:39 gateways[0].url", "not encrypted", "https"),
        ("https://pay", "https://me:pw@pay", "7:39 gateways[0].url", "credentials", "environment"),
        ("https://pay.example/events", "pay.example", "7:39 gateways[0].url", "not a web", "https://"),
        ("id: con_7732_alpha", "id: con 7732", "9:9 C.id", "not a contract id", "letters"),
        ("id: con_7732_alpha", "id: [a]", "9:5 C.id", "found a list", "single"),
        ("    title: Alpha storefront\n", "", "9:5 C.title", "title is missing", "title: Alpha storefront"),
        ("    title: Alpha", "    titel: Alpha", "10:5 C.titel", "unknown field", "'title'"),
        ("    title: Alpha", "    budget: 1\n    title: Alpha", "10:5 C.budget", "unknown field", "Known"),
        ("client: {name: Acme Corp,", 'client: {name: "",', "11:14 C.client.name", "nothing", "Write"),
        ("ap@acme.example", "acme.example", "11:38 C.client.email", "e-mail", "billing@"),
        ("[1 Road, Springfield, US]", "1 Road", "11:64 C.client.address", "found text", '["1 Road"'),
        ("currency: usd", "currency: USD", "12:15 C.currency", "unknown currency", "lower-case"),
        ("currency: usd", "currency: xyz", "12:15 C.currency", "unknown currency", "ISO 4217"),
        ("total: 30000.00", "total: 30,000", "13:12 C.total", "not an amount", "digits"),
        ("total: 30000.00", "total: 30000.005", "13:12 C.total", "represented", "at most 2"),
        ("total: 30000.00", "total: 010", "13:12 C.total", "not an amount", "digits"),
        ("total: 30000.00", "total: 0.00", "13:12 C.total", "over nothing", "price"),
        ("total: 30000.00", "total: 999999999999999", "13:12 C.total", "too large", "Split"),
        ("terms: net-15", "terms: 15", "14:12 C.terms", "no terms", "net-N"),
        ("terms: net-15", "terms: net-366", "14:12 C.terms", "no terms", "365"),
        ("gateway: platform", "gateway: platfrom", "15:14 C.gateway", "unknown gateway", "'platform'?"),
        (REPOSITORY, "gl:acme/site", "16:20 C.repositories[0]", "unknown connection", "Known here: github"),
        (REPOSITORY, "acme/site", "16:20 C.repositories[0]", "not a repository", "connection:owner/name"),
        (REPOSITORY, "github:a/b/c", "16:20 C.repositories[0]", "owner and name", "GitLab"),
        (REPOSITORY, "github:acme/..", "16:20 C.repositories[0]", "not a repository", "owner/name"),
        (f'["{REPOSITORY}"]', "[]", "16:5 C.repositories", "empty", "repositories:"),
        (f'["{REPOSITORY}"]', TWICE, "16:46 C.repositories[1]", "first is at f.yml:16:20", "Remove"),
        ("auto_clear: true", "auto_clear: yes", "17:26 C.payout.auto_clear", "neither true", "Write true"),
        ("share: 100%", "share: 99.5%", "17:32 C.payout.to", "add up to 99.5%", "Add 0.5%"),
        ("share: 100%", "share: 100", "17:71 C.payout.to[0].share", "not a share", "percentage"),
        ("share: 100%}", PAYEES, "17:87 C.payout.to[1].account", "second payee", "Rename"),
        (KICKOFF, KICKOFF.replace("30%", "31%"), "18:5 C.milestones", "add up to 101%", "Take 1% off"),
        (KICKOFF, KICKOFF.replace("30%", "29.99%"), "18:5 C.milestones", "99.99%", "Add 0.01%"),
        (KICKOFF, KICKOFF.replace("title", "titel"), "19:43 C.milestones[0].titel", "unknown", "'title'"),
        ("milestone:uat", "milestone:launch", "22:17 C.milestones[3].label", "already (f.yml:21:17)", "own"),
        ("milestone:uat", "Milestone:Launch", "22:17 C.milestones[3].label", "already (f.yml:21:17)", "own"),
        ("milestone:uat", "", "21:10 C.milestones[2].label", "nothing", "Write"),
        ("milestone:uat", "uat ", "21:17 C.milestones[2].label", "ends with a space", "Remove"),
        ("milestone:uat", "a\\u200bb", "21:17 C.milestones[2].label", "U+200B", "Remove"),
        ("milestone:uat", "a\\u202eb", "21:17 C.milestones[2].label", "U+202E", "Remove"),
        ("milestone:uat", "a\\tb", "21:17 C.milestones[2].label", "U+0009", "Remove"),
        ("milestone:uat", "a\\u00a0b", "21:17 C.milestones[2].label", "U+00A0", "Remove"),
        ("milestone:uat", "a,b", "21:17 C.milestones[2].label", "comma", "Rename"),
        ("milestone:uat", "x" * 51, "21:17 C.milestones[2].label", "51 characters", "at most 50"),
        ("Testing and Integration, ", '"a\\nb", ', "21:50 C.milestones[2].title", "one line", "one line"),
        (CRITERIA, "UAT script", "21:102 C.milestones[2].criteria", "found text", "criteria: ["),
        (CRITERIA, "[[x]]", "21:103 C.milestones[2].criteria[0]", "found a list", "single"),
    ],
)  # fmt: skip
def test_each_slip_is_one_error_at_its_line_and_column_with_its_field_and_its_mend(
    old: str, new: str, place: str, message: str, mend: str
) -> None:
    errors = [one for one in problems(edited((old, new))) if one.severity == "error"]
    found = [f"{one.line}:{one.column} {one.field}".replace("contracts[0]", "C") for one in errors]
    assert found == [place]
    assert message in errors[0].message
    assert mend in errors[0].mend


def test_one_slip_does_not_hide_the_others() -> None:
    text = edited(
        ("version: 1", "version: one"),
        ("forge: github", "forge: github, forge: gitlab"),
        ("    title: Alpha storefront\n", "    titel: Alpha storefront\n"),
        ("currency: usd", "currency: us"),
        ("gateway: platform", "gateway: bank"),
        ("share: 100%", "share: 90%"),
        (KICKOFF, KICKOFF.replace("30%", "35%").replace("milestone:kickoff", "milestone:uat")),
        ("UAT script of 40 cases passes", "Client satisfaction"),
    )
    assert [(one.line, one.severity, one.field.rpartition(".")[2]) for one in problems(text)] == [
        (2, "error", "version"),
        (5, "error", "forge"),
        (10, "error", "titel"),
        (12, "error", "currency"),
        (15, "error", "gateway"),
        (17, "error", "to"),
        (18, "error", "milestones"),
        (19, "warning", "share"),
        (21, "error", "label"),
        (21, "warning", "criteria[0]"),
    ]
