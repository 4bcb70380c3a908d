"""`closeout new contract` prints only what `closeout check` accepts without a warning."""

from __future__ import annotations

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from app import money
from app.cli.new import command
from app.milestones import document
from app.milestones.plans import templates
from tests.milestones.test_schema import VALIDATOR

TEMPLATES = sorted(templates())


def new(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["contract", *arguments])


def priced(total: str, currency: str, *more: str, template: str = "four-phase") -> Result:
    return new("--template", template, "--total", total, "--currency", currency, *more)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_clean_for_the_reader_and_for_editors(template: str) -> None:
    result = priced("30000.00", "usd", template=template)
    assert result.exit_code == 0
    configuration, problems = document.read(result.output, "new.yml")
    assert problems == []
    assert configuration is not None
    assert list(VALIDATOR.iter_errors(yaml.safe_load(result.output))) == []
    (contract,) = configuration.contracts.values()
    assert (contract.total_minor, contract.currency, contract.auto_clear) == (3_000_000, "usd", False)


def test_the_four_phases_take_30_25_25_and_20_percent() -> None:
    (contract,) = document.parse(priced("30000.00", "usd").output, "new.yml").contracts.values()
    assert [milestone.amount_minor for milestone in contract.milestones] == [
        900_000,
        750_000,
        750_000,
        600_000,
    ]


def test_what_was_typed_stands_in_the_file() -> None:
    result = priced(
        *("1500", "jpy", "--id", "con_9", "--title", "Shop: phase #1", "--client", "Müller & Söhne"),
        *("--client-email", "ap@m.example", "--seller", "no", "--seller-email", "b@s.example"),
        *("--repository", "acme/web/shop", "--connection", "lab", "--forge", "gitlab"),
        *("--gateway", "bank", "--gateway-url", "https://bank.example/in", "--payee", "acc_1"),
    )
    found = document.parse(result.output, "new.yml")
    contract = found.contracts["con_9"]
    assert (contract.title, contract.client.name, contract.seller.name) == (
        "Shop: phase #1",
        "Müller & Söhne",
        "no",
    )
    assert str(contract.repositories[0]) == "lab:acme/web/shop"
    assert (found.connections["lab"].forge, contract.gateway, contract.payees[0].account) == (
        "gitlab",
        "bank",
        "acc_1",
    )


@pytest.mark.parametrize(
    ("arguments", "repository", "forge"),
    [
        (["--repository", "acme/site"], "github:acme/site", "github"),
        (["--repository", "gitlab:acme/site"], "gitlab:acme/site", "gitlab"),
        (["--repository", "work:acme/site", "--forge", "gitea"], "work:acme/site", "gitea"),
        (["--forge", "forgejo"], "forgejo:your-org/your-repository", "forgejo"),
    ],
)
def test_the_connection_follows_from_the_repository_or_the_forge(
    arguments: list[str], repository: str, forge: str
) -> None:
    found = document.parse(priced("100", "eur", *arguments).output, "new.yml")
    (contract,) = found.contracts.values()
    assert str(contract.repositories[0]) == repository
    assert [connection.forge for connection in found.connections.values()] == [forge]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--total", "five", "--currency", "usd"], "'five' is not an amount"),
        (["--total", "1.005", "--currency", "usd"], "can not be represented in usd"),
        (["--total", "-5", "--currency", "usd"], "not an amount"),
        (["--total", "0.03", "--currency", "usd"], "rounds to nothing"),
        (["--total", "100", "--currency", "USD"], "unknown currency"),
        (["--total", "100", "--currency", "xxx"], "unknown currency"),
        (["--total", "100"], "--currency"),
        (["--total", "100", "--currency", "usd", "--title", "a\nb"], "more than one line"),
        (["--total", "100", "--currency", "usd", "--title", "a\x1b[31m"], "U+001B"),
        (["--total", "100", "--currency", "usd", "--title", ""], "nothing here"),
        (
            ["--total", "100", "--currency", "usd", "--repository", "a:b/c", "--connection", "x"],
            "unknown connection",
        ),
        (["--total", "100", "--currency", "usd", "--template", "nine-phase"], "four-phase"),
    ],
)
def test_what_would_not_pass_is_a_usage_error_and_prints_no_file(arguments: list[str], message: str) -> None:
    result = new("--template", "four-phase", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert result.stdout == ""


@given(text=st.text(min_size=1, max_size=60))
def test_typed_text_is_quoted_so_that_it_reads_back_as_the_very_same(text: str) -> None:
    result = priced("100.00", "usd", f"--title={text}", f"--client={text}")
    if result.exit_code == 0:
        (contract,) = document.parse(result.output, "new.yml").contracts.values()
        assert (contract.title, contract.client.name) == (text, text)
    else:
        assert result.exit_code == 2
        assert not text.isprintable() or text != text.strip()


CURRENCIES = sorted(one.code.lower() for one in Currency if one.exponent is not None)


@given(data=st.data(), template=st.sampled_from(TEMPLATES))
def test_any_total_in_any_currency_is_clean_unless_a_milestone_rounds_to_nothing(
    data: st.DataObject, template: str
) -> None:
    currency = data.draw(st.sampled_from([*CURRENCIES, "jpy", "kwd"]))
    total_minor = data.draw(st.integers(1, 10**12) | st.integers(1, 30))
    total = money.show(total_minor, currency).removesuffix(f" {currency}").replace(",", "")
    result = priced(total, currency, template=template)
    if result.exit_code == 2:
        assert "rounds to nothing" in result.output
        assert total_minor < 5
        return
    configuration, problems = document.read(result.output, "new.yml")
    assert (result.exit_code, problems) == (0, [])
    assert configuration is not None
    (contract,) = configuration.contracts.values()
    assert contract.total_minor == total_minor == sum(one.amount_minor for one in contract.milestones)
