"""`closeout work`: the work without the web."""

from __future__ import annotations

import click


@click.command(short_help="Run a worker beside `closeout serve --only web`.")
@click.option(
    "--health-port",
    type=click.IntRange(0, 65535),
    help="Answer /healthz, /readyz and /metrics on this port; without it on none.",
)
@click.option("--health-host", default="127.0.0.1", show_default=True, help="The address of that port.")
def command(health_port: int | None, health_host: str) -> None:
    """Work on what `closeout serve --only web` stored: release milestones, order, tell, sweep.

    Several workers may share one PostgreSQL database, each under a CLOSEOUT_WORKER_ID of its own. An id has
    to stay the same across restarts: what a killed worker had in hand is resumed by the next one of its id.
    """
    from app import create_app, logs
    from app.cli.ending import in_time, told_to_end
    from app.settings import Settings
    from app.web.server import serve

    settings = Settings.load()
    logs.configure(settings.log_level)
    logs.redact(settings.secrets())
    with told_to_end() as told:
        parts = create_app(settings, "work")
        parts.start()
        stop = in_time(parts.stop)
        if health_port is None:
            told.wait()
            stop()
        else:
            serve(parts.asgi, host=health_host, port=health_port, on_stop=stop, is_told_to_stop=told.is_set)
