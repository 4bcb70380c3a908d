"""`closeout init` writes a file that is accepted, never over one that is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.init import command
from app.errors import CloseoutError
from app.milestones import document
from app.milestones.schema import schema_text


def init(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["--path", str(folder / "closeout.yml"), *arguments])


def test_the_file_is_accepted_has_what_was_given_and_its_schema_beside_it(tmp_path: Path) -> None:
    done = init(
        tmp_path,
        *("--total", "12000.00", "--currency", "eur", "--title", "Shop", "--client", "Müller & Söhne"),
        *("--repository", "acme/shop", "--forge", "gitea", "--api-url", "https://git.acme.example/api/v1"),
    )
    assert done.exit_code == 0, done.output
    path = tmp_path / "closeout.yml"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./closeout.schema.json\n")
    assert (tmp_path / "closeout.schema.json").read_text(encoding="utf-8") == schema_text()
    configuration, problems = document.read(text, str(path))
    assert problems == []
    assert configuration is not None
    (contract,) = configuration.contracts.values()
    assert (contract.total_minor, contract.currency, contract.client.name) == (
        1_200_000,
        "eur",
        "Müller & Söhne",
    )
    assert configuration.connections["gitea"].api_url == "https://git.acme.example/api/v1"
    assert str(contract.repositories[0]) == "gitea:acme/shop"


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "closeout.yml").write_text("mine", encoding="utf-8")
    refused = init(tmp_path)
    assert isinstance(refused.exception, CloseoutError)
    assert "--force" in refused.exception.mend
    assert (tmp_path / "closeout.yml").read_text(encoding="utf-8") == "mine"
    assert init(tmp_path, "--force").exit_code == 0
    assert "contracts:" in (tmp_path / "closeout.yml").read_text(encoding="utf-8")


def test_an_answer_that_no_contract_takes_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    refused = init(tmp_path, "--total", "12,000")
    assert refused.exit_code == 2
    assert "contracts[0].total" in refused.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("last", "gateway", "payee"),
    [
        (["", "", ""], ("platform", "http", "https://pay.example/events"), ("acc_your_team", "")),
        (["stripe", "acct_1Mine", ""], ("stripe", "stripe", "acct_1Mine"), ("acct_YourTeam", "")),
        (
            ["bank", "", "", "Dev Team"],
            ("bank", "bank", "DE02120300000000202051"),
            ("DE89370400440532013000", "Dev Team"),
        ),
    ],
)
def test_at_a_terminal_what_was_not_given_is_asked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    last: list[str],
    gateway: tuple[str, str, str],
    payee: tuple[str, str],
) -> None:
    monkeypatch.setattr("app.cli.init._is_terminal", lambda: True)
    answers = "\n".join(["Studio", "", "Acme", "", "", "9000.00", "eur", "acme/site", *last, ""])
    place = ["--path", str(tmp_path / "closeout.yml")]
    done = CliRunner().invoke(command, place, input=answers)
    assert done.exit_code == 0, done.output
    found = document.load(tmp_path / "closeout.yml")
    (contract,) = found.contracts.values()
    assert (contract.seller.name, contract.client.name, contract.total_minor) == ("Studio", "Acme", 900_000)
    (one,) = found.gateways.values()
    assert (one.name, one.kind, one.url or one.account) == gateway
    assert [(it.account, it.name) for it in contract.payees] == [payee]
