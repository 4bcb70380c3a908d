"""The contract file: the worked example reads exactly, and every slip is named at its place with its mend."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ContractError
from app.milestones import document, yamlmap
from app.milestones.contract import Contract, Payee, RepositoryKey, snapshot_hash
from app.milestones.problems import ConfigurationInvalid
from tests.milestones.example import EXAMPLE, SECOND, TEXT, brief, configuration, edited, problems


def test_the_worked_example_reads_without_an_error_or_a_warning() -> None:
    assert problems(TEXT) == []
    contract = document.load(EXAMPLE).contracts["con_7732_alpha"]
    assert (contract.currency, contract.total_minor, contract.net_days) == ("usd", 3_000_000, 15)
    assert [(m.index, m.label, m.title, m.amount_minor) for m in contract.milestones] == [
        (1, "milestone:kickoff", "Kickoff Deposit", 900_000),
        (2, "milestone:ui-prototype", "Midway UI Prototype Sign-off", 750_000),
        (3, "milestone:uat", "Testing and Integration", 750_000),
        (4, "milestone:launch", "Final Sign-off and Launch", 600_000),
    ]
    assert contract.payees == (Payee("acc_dev_team_44", Fraction(1)),)
    assert contract.repositories == (RepositoryKey("github", "acme/storefront"),)
    assert contract.auto_clear is True
    assert contract.seller.address == ("Main St 1", "10115 Berlin", "DE")
    assert contract.client.name == "Acme Corp"
    assert contract.milestone(4).criteria == (
        "Deployed to production",
        "Source code repository access handed over",
    )


def test_what_may_be_left_out_has_its_safe_default() -> None:
    text = edited(("    terms: net-15\n", ""), ("auto_clear: true, ", ""), (", tax_id: DE123456789", ""))
    contract = configuration(text).contracts["con_7732_alpha"]
    assert (contract.net_days, contract.auto_clear, contract.seller.tax_id) == (15, False, "")


def test_yaml_s_own_types_never_change_what_was_written() -> None:
    text = edited(
        ("name: Acme Corp", "name: no"),
        ("title: Alpha storefront", "title: 2026-01-01"),
        ("address: [1 Road, Springfield, US]", "address: [010, NO, 1e3]"),
        ("total: 30000.00", "total: 1200.50"),
    )
    contract = configuration(text).contracts["con_7732_alpha"]
    assert (contract.client.name, contract.title) == ("no", "2026-01-01")
    assert contract.client.address == ("010", "NO", "1e3")
    assert contract.total_minor == 120_050


def test_milestones_add_up_to_the_total_where_shares_do_not_divide_it() -> None:
    text = edited(("total: 30000.00", "total: 100.01"))
    amounts = [m.amount_minor for m in configuration(text).contracts["con_7732_alpha"].milestones]
    assert amounts == [3001, 2500, 2500, 2000]


def test_all_errors_are_raised_together_with_the_first_one_as_the_place(tmp_path: Path) -> None:
    path = tmp_path / "closeout.yml"
    path.write_text(
        edited(("currency: usd", "currency: us"), ("share: 100%", "share: 90%")), encoding="utf-8"
    )
    with pytest.raises(ContractError) as caught:
        document.load(path)
    assert isinstance(caught.value, ConfigurationInvalid)
    assert caught.value.where == f"{path}:12:15"
    assert [problem.line for problem in caught.value.problems] == [12, 17]
    assert str(caught.value).count("\n") == 1


def test_warnings_do_not_stop_a_file_from_loading() -> None:
    text = edited(("terms: net-15", "terms: net-60"))
    assert brief(text, "warning") == ["14:12 contracts[0].terms"]
    assert configuration(text).contracts["con_7732_alpha"].net_days == 60


def test_a_missing_file_is_a_contract_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="No such file"):
        document.load(tmp_path / "closeout.yml")
    with pytest.raises(ConfigurationInvalid, match="Is a directory"):
        document.load(tmp_path)


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_reads_the_same() -> None:
    text = "\ufeff" + TEXT.replace("\n", "\r\n")
    assert configuration(text) == configuration()
    assert brief(text.replace("currency: usd", "currency: us").encode()) == ["12:15 contracts[0].currency"]


def test_gitlab_groups_may_nest_and_self_hosted_forges_have_an_address() -> None:
    text = edited(
        (
            "{name: github, forge: github}",
            "{name: lab, forge: gitlab, api_url: http://127.0.0.1:8080/api/v4}",
        ),
        ("github:acme/storefront", "lab:acme/web/Storefront"),
    )
    found = configuration(text)
    assert found.connections["lab"].api_url == "http://127.0.0.1:8080/api/v4"
    assert found.by_label["lab", "acme/web/storefront", "milestone:uat"] == ("con_7732_alpha", 3)
    assert found.repositories == {("lab", "acme/web/storefront")}


def test_the_scanner_in_python_reads_the_same_as_the_one_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    expected, expected_problems = configuration(TEXT + SECOND), problems(edited(("net-15", "net-60")))
    monkeypatch.setattr(yamlmap, "LOADER", yaml.SafeLoader)
    assert configuration(TEXT + SECOND) == expected
    assert problems(edited(("net-15", "net-60"))) == expected_problems


@given(contract=st.from_type(Contract))
def test_a_snapshot_reads_back_as_the_same_contract(contract: Contract) -> None:
    again = json.loads(json.dumps(contract.snapshot()))
    assert Contract.from_snapshot(again) == contract
    assert snapshot_hash(again) == snapshot_hash(contract.snapshot())


@given(text=st.text(max_size=200))
def test_any_text_gives_a_configuration_or_problems_and_never_another_error(text: str) -> None:
    found, listed = document.read(text, "f.yml")
    assert (found is None) == any(problem.severity == "error" for problem in listed)


@given(data=st.data())
def test_the_example_with_any_of_its_characters_changed_never_raises_another_error(
    data: st.DataObject,
) -> None:
    start = data.draw(st.integers(0, len(TEXT)))
    end = data.draw(st.integers(start, min(len(TEXT), start + 30)))
    middle = data.draw(st.text(alphabet=st.sampled_from("abc019%.: ,-[]{}\"'\n&*~#"), max_size=12))
    found, listed = document.read(TEXT[:start] + middle + TEXT[end:], "f.yml")
    assert (found is None) == any(problem.severity == "error" for problem in listed)
    assert listed == sorted(listed, key=lambda one: (one.line, one.column))
    if found is not None:
        for contract in found.contracts.values():
            assert sum(milestone.amount_minor for milestone in contract.milestones) == contract.total_minor
            assert Contract.from_snapshot(contract.snapshot()) == contract
