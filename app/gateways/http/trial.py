"""Whether the platform knows us: it is asked about an order that was never made, which costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

from app.gateways.base import Failed, Intent, Order, Trial
from app.gateways.http.client import HttpGateway

NEVER_MADE = Order(
    key="trial/never-made",
    event_id="evt_never_made_by_a_trial",
    created_at="2026-01-01T00:00:00Z",
    status="triggered_for_disbursement",
    contract_id="trial",
    milestone_index=1,
    milestone_title="Never made",
    amount_minor=1,
    currency="usd",
    account="nobody",
    auto_clear=False,
    operation="open_invoice",
)
"""It is drafted, so that the question is complete, and never sent."""


def trial(gateway: HttpGateway) -> Iterator[Trial]:
    """One question, signed: the platform answers that it never saw this order."""
    outcome = gateway.ask(Intent(NEVER_MADE.key, NEVER_MADE.event_id, gateway.draft(NEVER_MADE)))
    if isinstance(outcome, Failed) and outcome.retry_after_s == 0:
        yield Trial(f"{gateway.address} knows us")
        return
    problem = getattr(outcome, "reason", "it says that it knows an order that was never made")
    mend = f"See that the url is right and that both sides have the secret of gateway {gateway.name}"
    yield Trial(f"asking {gateway.address}", problem, mend)
