"""Each gateway, asked about an order that was never made: it costs nothing, and shows that we are known."""

from __future__ import annotations

from collections.abc import Iterator

from app.connect import Connections
from app.connections.finding import Finding
from app.doctor import address
from app.gateways.base import Failed, Intent, Order

NEVER_MADE = Order(
    key="doctor/never-made",
    event_id="evt_never_made_by_a_doctor",
    created_at="2026-01-01T00:00:00Z",
    status="triggered_for_disbursement",
    contract_id="doctor",
    milestone_index=1,
    milestone_title="Never made",
    amount_minor=1,
    currency="usd",
    account="nobody",
    auto_clear=False,
    operation="open_invoice",
)
"""What is asked about. It is drafted, so that the question is complete, and never sent."""


def examine(connections: Connections) -> Iterator[Finding]:
    """All gateways that have their secrets."""
    for name, gateway in connections.gateways.items():
        about = f"gateway {name}"
        intent = Intent(NEVER_MADE.key, NEVER_MADE.event_id, gateway.draft(NEVER_MADE))
        outcome = gateway.ask(intent)
        if isinstance(outcome, Failed) and outcome.retry_after_s == 0:
            yield Finding(about, "ok", f"{gateway.address} knows us")
        else:
            reason = getattr(outcome, "reason", "it says that it knows an order that was never made")
            mend = f"See that the url is right and that both sides have the secret of gateway {name}"
            yield Finding(about, "broken", reason, mend)
        yield from address.clock(name, gateway.address)
