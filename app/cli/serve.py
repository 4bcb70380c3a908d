"""`closeout serve`: the server."""

from __future__ import annotations

import click


@click.command(short_help="Run the server.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 picks one.")
def command(host: str, port: int) -> None:
    """Take webhooks, release milestones, serve the pages."""
    from app import create_app, logs
    from app.settings import Settings
    from app.web.server import serve

    settings = Settings.load()
    logs.configure(settings.log_level)
    logs.redact(settings.secrets())
    parts = create_app(settings)
    parts.start()
    serve(parts.asgi, host=host, port=port, on_stop=parts.stop)
