"""`closeout setup`: the address and a fresh code for setting up in the browser."""

from __future__ import annotations

import click


@click.command(short_help="A fresh one-time code for the setup pages.")
def command() -> None:
    """Print where the running server is set up in a browser, and a new one-time code for it.

    It works at any time, also to add another forge later. An earlier code ends, and whoever is signed in to
    those pages is signed out.
    """
    from app.cli.store import opened
    from app.settings import Settings
    from app.setup.codes import LIVES_H, Codes
    from app.setup.sessions import Sessions
    from app.vault.store import Vault

    settings = Settings.load()
    with opened() as db:
        vault = Vault(db, settings)
        public_url = settings.over(vault.values()).public_url
        Sessions(db, vault).end_all()
        code = Codes(db, vault).make()
    click.echo(f"Open  {public_url or 'http://<the address of the server>'}/setup")
    click.echo(f"Code  {code}   (good once, for {LIVES_H} hours)")
