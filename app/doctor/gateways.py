"""Each gateway, asked about an order that was never made: it costs nothing, and shows that we are known."""

from __future__ import annotations

from collections.abc import Iterator

from app.connect import Connections
from app.connections.finding import Finding
from app.doctor import address
from app.gateways.base import Failed, Intent

NEVER_MADE = Intent("doctor/never-made", "evt_never_made_by_closeout_doctor", b"")


def examine(connections: Connections) -> Iterator[Finding]:
    """All gateways that have their secrets."""
    for name, gateway in connections.gateways.items():
        about = f"gateway {name}"
        outcome = gateway.ask(NEVER_MADE)
        if isinstance(outcome, Failed) and outcome.retry_after_s == 0:
            yield Finding(about, "ok", f"{gateway.address} knows us")
        else:
            reason = getattr(outcome, "reason", "it says that it knows an order that was never made")
            mend = f"See that the url is right and that both sides have the secret of gateway {name}"
            yield Finding(about, "broken", reason, mend)
        yield from address.clock(name, gateway.address)
