"""`closeout serve`: the server."""

from __future__ import annotations

import click


@click.command(short_help="Run the server.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 picks one.")
@click.option(
    "--only", type=click.Choice(["web"]), help="Leave the work to `closeout work` (PostgreSQL only)."
)
def command(host: str, port: int, only: str | None) -> None:
    """Take webhooks, release milestones, serve the pages.

    With --only web it takes webhooks and serves the pages, and what it stored is worked on by `closeout work`
    beside it. Any number of each may share one database.
    """
    from app import create_app, logs
    from app.cli.ending import in_time, told_to_end
    from app.settings import Settings
    from app.web.server import serve

    settings = Settings.load()
    logs.configure(settings.log_level)
    logs.redact(settings.secrets())
    with told_to_end() as told:
        parts = create_app(settings, "web" if only else "all")
        parts.start()
        serve(
            parts.asgi,
            host=host,
            port=port,
            on_started=parts.announce,
            on_stop=in_time(parts.stop),
            proxies=settings.trusted_proxies,
            is_told_to_stop=told.is_set,
        )
