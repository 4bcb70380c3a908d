"""`closeout github`: take over a GitHub App that exists."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.store import opened_or_made
from app.cli.table import clean


@click.group(short_help="Take over a GitHub App that exists.")
def command() -> None:
    """GitHub Apps. A new one is made in the browser: closeout setup."""


@command.command("import")
@click.option("--app-id", required=True, help="The App ID from the App's settings page.")
@click.option(
    "--private-key",
    "key_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The .pem file of a private key that was made on that page.",
)
@click.option(
    "--name", default="github", show_default=True, help="The connection's name in the contract file."
)
@click.option("--api-url", default="", help="For one's own GitHub server: https://host/api/v3")
@click.option("--public-url", default="", help="Where GitHub reaches this server; kept in the vault.")
@click.option(
    "--webhook-secret-file",
    "secret_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The App's webhook secret; then its webhook is left as it is.",
)
@click.option("--replace", "replaces", is_flag=True, help="Also where the connection is another App now.")
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
    from app.connections.github_import import import_app
    from app.connections.installed import App, Installed
    from app.forges.github.apps import GitHubApp
    from app.settings import Settings
    from app.vault.store import Vault

    key = key_file.read_text(encoding="utf-8", errors="replace")
    secret = secret_file.read_text(encoding="utf-8").strip() if secret_file else ""
    settings = Settings.load()
    with opened_or_made() as db:
        vault = Vault(db, settings)
        if public_url:
            settings.over({"PUBLIC_URL": public_url})
            vault.put({"PUBLIC_URL": public_url})
        whole = settings.over(vault.values())
        found = import_app(
            whole, vault, name, app_id, key, api_url=api_url, webhook_secret=secret, replaces=replaces
        )
        click.echo(clean(f"The GitHub App {found.facts.name} ({found.facts.slug}) is the connection {name}."))
        if found.is_pointed:
            click.echo(clean(f"Its webhook calls {whole.public_url}/hooks/{name}, with a new secret."))
        for lack in found.lacks:
            click.echo(clean(f"To do: {lack}"))
        places: dict[str, App] = {name: GitHubApp(app_id, key, api_url)}
        click.echo(clean(f"It is here: {Installed(db, places).refresh(name)}."))
    click.echo(clean(f"Install it, or change where: {found.facts.url}/installations/new"))
    click.echo(f"In the contract file: connections: [{{name: {name}, forge: github}}]; then closeout doctor")
