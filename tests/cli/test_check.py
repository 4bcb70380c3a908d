"""`closeout check` as a person and as a script see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.check import command
from tests.milestones.example import EXAMPLE, SECOND, TEXT, edited


def check(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(
        command, [str(one) for one in arguments], env={"CLOSEOUT_CONFIG": "", **(env or {})}
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "closeout.yml"


def test_a_clean_file_is_summed_up_in_one_line() -> None:
    result = check(EXAMPLE)
    assert result.exit_code == 0
    assert result.output == f"{EXAMPLE}: no problems; 1 contract, 4 milestones, 30,000.00 usd\n"


def test_totals_are_summed_per_currency(path: Path) -> None:
    path.write_text(TEXT + SECOND.replace("usd", "jpy"), encoding="utf-8")
    assert check(path).output.endswith("2 contracts, 6 milestones, 100 jpy, 30,000.00 usd\n")


def test_errors_are_printed_with_place_field_and_mend_and_fail(path: Path) -> None:
    path.write_text(edited(("currency: usd", "currency: us"), ("net-15", "net-30")), encoding="utf-8")
    result = check(path)
    assert result.exit_code == 1
    error, warning, summary = result.output.splitlines()
    assert error.startswith(
        f"{path}:12:15: error: contracts[0].currency: unknown currency 'us'. Use a lower-case"
    )
    assert warning.startswith(f"{path}:14:12: warning: contracts[0].terms: net-30 ")
    assert summary == f"{path}: 1 error, 1 warning"


def test_warnings_alone_do_not_fail(path: Path) -> None:
    path.write_text(edited(("net-15", "net-30")), encoding="utf-8")
    result = check(path)
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == f"{path}: 1 warning; 1 contract, 4 milestones, 30,000.00 usd"


def test_a_missing_file_or_none_at_all_is_a_usage_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for result in (check(path), check(path.parent)):
        assert result.exit_code == 2
        assert str(path.parent) in result.output
    monkeypatch.chdir(path.parent)
    result = check()
    assert result.exit_code == 2
    assert "closeout.yml" in result.output


def test_the_path_comes_from_the_environment_or_the_usual_places(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    named = path.with_name("named.yml")
    named.write_text(TEXT, encoding="utf-8")
    assert check(env={"CLOSEOUT_CONFIG": str(named)}).output.startswith(f"{named}: no problems")
    Path("config").mkdir()
    Path("config/closeout.yml").write_text(TEXT, encoding="utf-8")
    assert check().output.startswith("config/closeout.yml: no problems")
    path.write_text(TEXT, encoding="utf-8")
    assert check().output.startswith("closeout.yml: no problems")


def test_json_is_one_document_with_problems_and_amounts(path: Path) -> None:
    path.write_text(edited(("net-15", "net-30")), encoding="utf-8")
    result = check(path, "--json")
    answer = json.loads(result.output)
    assert result.exit_code == 0
    (problem,) = answer["problems"]
    assert problem["mend"]
    assert {key: problem[key] for key in ("severity", "file", "line", "column", "field")} == {
        "severity": "warning",
        "file": str(path),
        "line": 14,
        "column": 12,
        "field": "contracts[0].terms",
    }
    (contract,) = answer["contracts"]
    assert (contract["id"], contract["currency"], contract["total_minor"]) == (
        "con_7732_alpha",
        "usd",
        3_000_000,
    )
    assert contract["milestones"][1] == {
        "index": 2,
        "label": "milestone:ui-prototype",
        "trigger": "milestone:ui-prototype",
        "title": "Midway UI Prototype Sign-off",
        "amount_minor": 750_000,
    }


def test_json_says_what_releases_a_milestone_without_a_label() -> None:
    (contract,) = json.loads(check(EXAMPLE.parent / "examples" / "rules.yml", "--json").output)["contracts"]
    assert [(one["label"], one["trigger"]) for one in contract["milestones"]] == [
        ("", "manual: Deposit"),
        ("milestone:prototype", "milestone:prototype"),
        ("", "milestone v1.0"),
        ("milestone:launch", "milestone:launch"),
    ]


def test_json_of_a_bad_file_fails_and_lists_no_contracts(path: Path) -> None:
    path.write_text("version: [", encoding="utf-8")
    result = check(path, "--json")
    assert result.exit_code == 1
    answer = json.loads(result.output)
    assert answer["contracts"] == []
    assert [problem["severity"] for problem in answer["problems"]] == ["error"]
