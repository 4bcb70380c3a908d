"""`closeout demo`: the whole flow once, over real HTTP, against the sandbox, told stage by stage."""

from __future__ import annotations

import json
import shutil
import threading
import webbrowser
from pathlib import Path

import click

from app.cli.sandbox import KINDS

FOLDER = Path("var/demo")


@click.command(short_help="Run the whole flow once against the sandbox.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the story.")
@click.option("--open", "keep_open", is_flag=True, help="Keep the server running and open its page.")
@click.option("--gateway", default="http", type=click.Choice(KINDS), help="Whose gateway pays.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="The server's port; 0 picks one.")
def command(as_json: bool, keep_open: bool, gateway: str, port: int) -> None:
    """Close the worked example's issues on a pretend forge, and watch the money follow."""
    from app.cli.demo.show import Narrator, Silent
    from app.cli.demo.stage import Stage
    from app.cli.demo.story import tell

    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    narrator = Silent() if as_json else Narrator()
    with Stage.set(FOLDER.resolve(), port, narrator, gateway) as stage:
        ending = tell(stage, narrator)
        if as_json:
            click.echo(json.dumps(ending.as_json(), indent=2, ensure_ascii=False))
        else:
            narrator.ending(ending, FOLDER)
        if keep_open:
            page = f"{stage.server.url}/?token={stage.status_token}"
            click.echo(f"\nThe page: {page}\nPress Ctrl-C to stop.", err=as_json)
            webbrowser.open(page)
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                click.echo("\nStopped.", err=as_json)
