"""What must agree in a contract file: names that stand once, shared variables, amounts that round away."""

from __future__ import annotations

import dataclasses

import pytest

from app import settings
from app.milestones.environment import Kind, fixed_variables, variables
from app.wellformed import PREFIX
from tests.milestones.example import SECOND, TEXT, brief, edited, problems


@pytest.mark.parametrize(
    ("connection", "gateway", "variable"),
    [
        ("github", "public", "CLOSEOUT_PUBLIC_URL, which Closeout itself reads"),
        ("github", "database", "CLOSEOUT_DATABASE_URL, which Closeout itself reads"),
        ("status", "platform", "CLOSEOUT_STATUS_TOKEN, which Closeout itself reads"),
        (
            "github",
            "github-webhook",
            "CLOSEOUT_GITHUB_WEBHOOK_SECRET, which the connection github (f.yml:5:12)",
        ),
        ("github", "github-api", "CLOSEOUT_GITHUB_API_URL, which the connection github (f.yml:5:12)"),
    ],
)
def test_names_that_would_share_an_environment_variable_are_refused(
    connection: str, gateway: str, variable: str
) -> None:
    text = TEXT.replace("github", connection).replace("forge: status", "forge: github")
    (error,) = problems(text.replace("platform", gateway))
    assert variable in error.message
    assert error.mend == "Choose another name"


def test_the_variables_are_those_that_the_settings_read() -> None:
    read_by: list[tuple[Kind, str]] = [
        ("connection", "WEBHOOK_SECRET"),
        ("connection", "TOKEN"),
        ("connection", "API_URL"),
        ("gateway", "SECRET"),
        ("gateway", "URL"),
    ]
    for kind, suffix in read_by:
        assert settings.variable("my-name", suffix) in variables(kind, "my-name")
    fixed = {name.removeprefix(PREFIX).lower() for name in fixed_variables()}
    derived = {"environment", "vaulted", "shut", "keys", "key_path", "is_key_given"}
    read = {field.name for field in dataclasses.fields(settings.Settings)} - derived
    assert read | {"key", "key_file"} <= fixed


def test_a_connection_and_a_gateway_may_have_the_same_name() -> None:
    assert problems(TEXT.replace("platform", "github")) == []


HUB = "{name: github, forge: gitlab}"
PAY = '{name: platform, kind: http, url: "https://other.example/"}'


@pytest.mark.parametrize(
    ("edit", "place", "message"),
    [
        (("id: con_2", "id: con_7732_alpha"), "23:9 contracts[1].id", "the first is at f.yml:9:9"),
        (("- {name: github", f"- {HUB}\n  - {{name: github"), "6:12 connections[1].name", "is at f.yml:5:12"),
        (("- {name: plat", f"- {PAY}\n  - {{name: plat"), "8:12 gateways[1].name", "is at f.yml:7:12"),
    ],
)
def test_names_stand_once(edit: tuple[str, str], place: str, message: str) -> None:
    text = edited(edit, text=TEXT + SECOND)
    (error,) = problems(text)
    assert f"{error.line}:{error.column} {error.field}" == place
    assert message in error.message


def test_contracts_may_share_a_repository_with_labels_of_their_own() -> None:
    assert problems(edited(("beta/site", "Acme/Storefront"), text=TEXT + SECOND)) == []


def test_a_label_stands_once_on_a_repository_across_contracts() -> None:
    text = edited(("beta/site", "Acme/Storefront"), ("milestone:rest", "milestone:uat"), text=TEXT + SECOND)
    (error,) = problems(text)
    assert (error.line, error.column, error.field) == (33, 17, "contracts[1].milestones[1].label")
    assert "github:Acme/Storefront" in error.message
    assert "milestone 3 of 'con_7732_alpha' already (f.yml:21:17)" in error.message


def test_a_label_stands_once_even_if_two_connections_lead_to_the_repository() -> None:
    text = edited(
        ("{name: github, forge: github}", "{name: github, forge: github}\n  - {name: other, forge: github}"),
        ("github:beta/site", "other:acme/storefront"),
        ("milestone:rest", "milestone:uat"),
        text=TEXT + SECOND,
    )
    assert brief(text) == ["34:17 contracts[1].milestones[1].label"]


@pytest.mark.parametrize(
    ("total", "fields"),
    [
        ("0.01", ["30:73 contracts[1].payout.to[1].share", "33:55 contracts[1].milestones[1].share"]),
        ("0.02", ["30:73 contracts[1].payout.to[1].share"]),
        ("0.03", ["30:73 contracts[1].payout.to[1].share"]),
        ("0.04", []),
    ],
)
def test_nobody_is_owed_an_amount_that_rounds_to_nothing(total: str, fields: list[str]) -> None:
    text = edited(("total: 100.00", f"total: {total}"), text=TEXT + SECOND)
    assert brief(text) == fields
