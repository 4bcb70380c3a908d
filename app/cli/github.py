"""`closeout github`: take over a GitHub App that exists, change its webhook's secret, let it go."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from app.cli.connecting.group import finish_option, name_option, yes_option
from app.cli.connecting.inputs import content, say
from app.cli.store import opened_or_made

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(short_help="Take over a GitHub App; change its webhook's secret; let it go.")
def command() -> None:
    """GitHub Apps that exist. A new one is made in the browser: closeout setup."""


@command.command("import", params=[name_option("github")])
@click.option("--app-id", required=True, help="The App ID from the App's settings page.")
@click.option("--private-key", "key_file", required=True, type=_FILE, help="The .pem file made on that page.")
@click.option("--api-url", default="", help="For one's own GitHub server: https://host/api/v3")
@click.option("--public-url", default="", help="Where GitHub reaches this server; kept in the vault.")
@click.option(
    "--webhook-secret-file",
    "secret_file",
    type=_FILE,
    help="The App's webhook secret; then its webhook is left as it is.",
)
@click.option("--replace", "replaces", is_flag=True, help="Also where the connection is something else now.")
def import_(
    app_id: str,
    key_file: Path,
    name: str,
    api_url: str,
    public_url: str,
    secret_file: Path | None,
    replaces: bool,
) -> None:
    """Take over an App: prove its id and key, point its webhook here, keep its secrets in the vault.

    A running server takes it up within seconds. Safe to run again.
    """
    from app import wellformed
    from app.cli.connecting.known import known
    from app.connections.github import Credentials, lacks, take_over
    from app.connections.installed import App, Installed
    from app.releases.decision.known_names import forget_connection

    key, secret = content(key_file), content(secret_file) if secret_file else ""
    given = Credentials(app_id, key, api_url, secret)
    public_url = wellformed.web_address(public_url)
    with known("github", name, opened_or_made) as one:
        forget = partial(forget_connection, one.db, name) if replaces else None
        facts = take_over(one.kept, one.book, given, public_url=public_url, forget=forget)
        say(f"The GitHub App {facts.name} ({facts.slug}) is the connection {name}.")
        if not secret:
            say(f"Its webhook calls {one.kept.public_url}/hooks/{name}.")
        for what, mend in lacks(facts):
            say(f"To do: {what}. {mend}")
        places: dict[str, App] = {name: given.app}
        say(f"Now {Installed(one.db, places).refresh(name)}.")
    say(f"Install it, or change where: {facts.url}/installations/new")
    say(f"In the contract file: connections: [{{name: {name}, forge: github}}]; then closeout doctor")


@command.command(params=[name_option("github"), finish_option()])
def rotate(name: str, finish: bool) -> None:
    """Give the App's webhook a new secret; the one before is accepted until --finish, or the next time.

    A rotation that was interrupted is finished first; until then --finish is refused.
    """
    from app.cli.connecting.known import finish_rotation, known
    from app.connections import github

    if finish:
        finish_rotation("github", name)
        return
    with known("github", name) as one:
        is_new = github.rotate(one.kept, one.book)
    say("The App signs with a new secret." if is_new else "The App signs with the last new secret now.")
    say(f"A day from now: closeout github rotate --name {name} --finish")


@command.command(params=[name_option("github"), yes_option()])
def disconnect(name: str, yes: bool) -> None:
    """Remove the App's secrets from the vault: its webhooks are refused from then on."""
    from app.cli.connecting.known import known
    from app.connections.github import app_of
    from app.errors import CloseoutError

    with known("github", name) as one:
        if not yes:
            one.refuse_used()
        try:
            page = app_of(one.kept).read().url
        except CloseoutError:  # it may be deleted already
            page = "its settings page"
        one.remove()
    say(f"Uninstall or delete the App at GitHub: {page}")
