"""`closeout sandbox`: the pretend forge and the pretend payment platform alone."""

from __future__ import annotations

import shlex
import signal
import threading

import click

from app.cli.table import echo_table

KINDS = ("http", "stripe", "paypal")


@click.command(short_help="Run the pretend forge and platform alone.")
@click.option("--forge-port", default=0, type=click.IntRange(0, 65535), help="0 picks a free one.")
@click.option("--platform-port", default=0, type=click.IntRange(0, 65535), help="0 picks a free one.")
@click.option("--pay-after", default=None, type=float, help="Pay each invoice after this many seconds.")
@click.option(
    "--gateway", "kind", default="http", type=click.Choice([*KINDS, "bank"]), help="Whose platform."
)
@click.option("--callback-url", default="", help="Closeout's /gateways/<name>, for the platform's callbacks.")
def command(
    forge_port: int, platform_port: int, pay_after: float | None, kind: str, callback_url: str
) -> None:
    """Run the pretend forge and payment platform until Ctrl-C; drive them with PyGithub or curl."""
    from app.sandbox import world

    with world.World.create(
        forge_port=forge_port, platform_port=platform_port, pay_after_s=pay_after, kind=kind
    ) as running:
        payer = running.payer
        if payer.callbacks is not None:
            payer.callbacks.url = callback_url
        click.echo(f"Forge     {running.forge.url}   (GitHub's REST; repository {world.REPOSITORY})")
        address = f"{payer.address}   ({payer.speaks}; journal: {payer.served.url}/sandbox/journal)"
        click.echo(f"Platform  {address}")
        click.echo()
        echo_table(
            ("login", "role", "token"),
            [(login, role, token) for login, (token, role) in world.PEOPLE.items()],
        )
        click.echo("\nA server for this world (its callbacks go to --callback-url):\n")
        environment = running.environment(payer.example, "sqlite:///closeout.db") | world.PAGES
        for name, value in environment.items():
            click.echo(f"export {name}={shlex.quote(value)}")
        click.echo("closeout serve --port 8080")
        click.echo(
            "\nWebhooks: create a hook on the repository with the url http://127.0.0.1:8080/hooks/github,"
        )
        click.echo(f"content type json and the secret {world.WEBHOOK_SECRET}. Press Ctrl-C to stop.")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):  # also where whoever started it ignores Ctrl-C
            signal.signal(number, lambda *_: stop.set())
        stop.wait()
        click.echo("\nStopped.")
