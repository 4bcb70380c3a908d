"""Saying where and with which code a server is set up."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog

from app.setup.codes import LIVES_H
from app.setup.desk import Desk

log = structlog.get_logger()


def announce(desk: Desk, listens_at: str) -> None:
    """Tell the log of a server that lacks something how to set it up; of any other one, end an open code."""
    if not desk.is_unfinished:
        desk.codes.withdraw()
        return
    place = setup_url(desk.settings.public_url, listens_at)
    log.warning(
        f"NOT SET UP YET: open {place} and give the code {desk.codes.make()}, good once, for {LIVES_H} h"
    )


def setup_url(public_url: str, listens_at: str) -> str:
    """Where a person opens the setup. A server that listens everywhere is at least on this machine."""
    if public_url:
        return f"{public_url}/setup"
    parts = urlsplit(listens_at)
    host = "localhost" if parts.hostname in ("0.0.0.0", "::") else parts.netloc.rpartition(":")[0]  # noqa: S104
    return f"{parts.scheme}://{host}:{parts.port}/setup"
