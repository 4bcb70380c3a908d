"""`closeout init`: write the first contract file from a few answers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.cli.new import FORGES, HELP, wished, written
from app.errors import CloseoutError
from app.milestones.plans import EXAMPLES, templates

_ASKED = {
    "seller": "Your Agency",
    "seller_email": "billing@your-agency.example",
    "client": "Your Client",
    "client_email": "ap@your-client.example",
    "title": "Website",
    "total": "30000.00",
    "currency": "usd",
    "repository": "your-org/your-repository",
    "gateway_kind": "http",
    "gateway_url": "https://pay.example/events",
    "gateway_account": "",
    "payee": "",
    "payee_name": "Your Team",
}
"""What is asked for where it was not given, and the answer that Return gives."""
_QUESTIONS = HELP | {
    "total": "The whole price",
    "currency": "Its currency (ISO 4217, lower case)",
    "repository": "Where the issues live (owner/name)",
}


def _options() -> list[click.Parameter]:
    about = "; ".join(f"{name}: {text}" for name, text in templates().items())
    return [
        click.Option(
            ["--template"],
            type=click.Choice(list(templates())),
            default="four-phase",
            show_default=True,
            help=about,
        ),
        click.Option(["--connection"], help="A name for the forge's connection; left out: the forge's kind"),
        click.Option(["--forge"], type=click.Choice(FORGES), help="What kind of forge; left out: github"),
        *(click.Option([f"--{name.replace('_', '-')}"], help=text) for name, text in _QUESTIONS.items()),
        click.Option(
            ["--path"], type=click.Path(path_type=Path), help="Where to write it; by default CLOSEOUT_CONFIG"
        ),
        click.Option(["--force"], is_flag=True, help="Replace a file that is there."),
        click.Option(["--no-input"], is_flag=True, help="Ask nothing: what is not given is an example."),
    ]


@click.command("init", params=_options(), short_help="Write the first contract file from a few answers.")
def command(
    path: Path | None,
    force: bool,
    no_input: bool,
    repository: str | None,
    connection: str | None,
    forge: str | None,
    **options: str | None,
) -> None:
    """Write a commented contract file that `closeout check` accepts, and its schema for editors beside it.

    What is not given by an option is asked for at a terminal.
    """
    from app.milestones.schema import schema_text
    from app.settings import Settings

    configured = Settings.load().config
    # A file in a repository is written into the checkout that it is pushed from.
    target = path or (configured if isinstance(configured, Path) else Path(configured.path))
    if target.exists() and not force:
        raise CloseoutError(
            "there is a contract file already", where=str(target), mend="Edit it, or replace it with --force"
        )
    answers = {**options, "repository": repository}
    for name, usual in _ASKED.items():
        kind = answers.get("gateway_kind") or "http"
        default = _usual(name, kind, usual)
        if answers.get(name) is None and default is not None:
            is_asked = not no_input and _is_terminal()
            answers[name] = click.prompt(_QUESTIONS[name], default=default) if is_asked else default
    text = written(wished(answers.pop("repository"), connection, forge, answers))
    schema = target.with_name("closeout.schema.json")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        schema.write_text(schema_text(), encoding="utf-8")
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CloseoutError(
            f"can not be written: {error.strerror}",
            where=error.filename or str(target),
            mend="Choose a --path",
        ) from error
    click.echo(f"Wrote {target}, and {schema.name} beside it for your editor.")
    click.echo("Read it, mend what is not so, then: closeout check, closeout serve, closeout doctor")


def _usual(name: str, kind: str, usual: str) -> str | None:
    """The answer that Return gives; None where this kind of gateway makes the question meaningless."""
    account, payee = EXAMPLES.get(kind, ("", ""))
    of_kind = {"gateway_account": account, "payee": payee}
    if (name == "gateway_url" and kind != "http") or (name == "payee_name" and kind != "bank"):
        return None
    return of_kind.get(name, usual) or None


def _is_terminal() -> bool:
    return sys.stdin.isatty()
