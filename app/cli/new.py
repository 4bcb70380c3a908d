"""`closeout new contract`: print a contract file that `closeout check` accepts without a warning."""

from __future__ import annotations

from collections.abc import Mapping

import click

from app.milestones import document
from app.milestones.plans import EXAMPLES, Wish, render, templates

FORGES = ("github", "gitlab", "gitea", "forgejo")
HELP = {
    "id": "The contract's id",
    "title": "What the contract is called",
    "seller": "Your name on the invoices",
    "seller_email": "Your address on the invoices",
    "client": "The client's name on the invoices",
    "client_email": "Where the invoices go",
    "gateway": "A name for the payment gateway",
    "gateway_kind": f"What kind of gateway: {', '.join(EXAMPLES)}",
    "gateway_url": "Where a gateway of kind http takes events",
    "gateway_account": "Your own account at another: Stripe's acct_…, PayPal's client id, the bank's IBAN",
    "payee": "Your team's account at the gateway",
    "payee_name": "The holder of that account, for a bank",
    "api_url": "Where your own server's API is; left out: the vendor's",
}


@click.group("new", short_help="Print a new contract to start from.")
def command() -> None:
    """Print new files to start from."""


def _options() -> list[click.Parameter]:
    about = "; ".join(f"{name}: {text}" for name, text in templates().items())
    return [
        click.Option(["--template"], type=click.Choice(list(templates())), required=True, help=about),
        click.Option(["--total"], required=True, help="The whole price, for example 30000.00"),
        click.Option(["--currency"], required=True, help="Its ISO 4217 code in lower case, for example usd"),
        click.Option(["--repository"], help="Where the issues live: owner/name, or connection:owner/name"),
        click.Option(["--connection"], help="A name for the forge's connection; left out: the forge's kind"),
        click.Option(["--forge"], type=click.Choice(FORGES), help="What kind of forge; left out: github"),
        *(click.Option([f"--{name.replace('_', '-')}"], help=text) for name, text in HELP.items()),
    ]


@command.command("contract", params=_options())
def contract(
    repository: str | None, connection: str | None, forge: str | None, **options: str | None
) -> None:
    """Print a whole contract file to stdout; `closeout check` accepts it without a warning.

    What is left out stands in it as an example to be replaced.
    """
    text = written(wished(repository, connection, forge, options))
    click.echo(text, nl=False)


def wished(
    repository: str | None, connection: str | None, forge: str | None, options: Mapping[str, str | None]
) -> Wish:
    """What was typed, with what follows from it; what is None stays an example."""
    prefix, _, full_name = (repository or "").rpartition(":")
    connection = connection or prefix or forge or "github"
    return Wish(
        connection=connection,
        forge=forge or (connection if connection in FORGES else "github"),
        repository=f"{prefix or connection}:{full_name or 'your-org/your-repository'}",
        **{name: value for name, value in options.items() if value is not None},
    )


def written(wish: Wish) -> str:
    """The whole file. Raises UsageError where it would not be accepted without a warning."""
    if wish.gateway_kind not in EXAMPLES:
        raise click.UsageError(f"{wish.gateway_kind!r} is no kind of gateway; use {', '.join(EXAMPLES)}")
    text = render(wish)
    _, problems = document.read(text, "-")
    if problems:
        lines = (f"{one.field or 'file'}: {one.message}. {one.mend}" for one in problems)
        raise click.UsageError("\n".join(lines))
    return text
