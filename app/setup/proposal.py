"""What a new contract says before anybody typed: what was connected, and a repository, in a template."""

from __future__ import annotations

from app.milestones.contract import GatewayConfig
from app.milestones.plans import Wish, render
from app.setup.desk import Desk
from app.setup.installed import owners_repositories

TEMPLATE = "four-phase"
NO_REPOSITORY = "<owner>/<repository>"
"""No name of any forge's, so that the file can not be used before somebody wrote one."""


def proposed_contract(desk: Desk) -> str:
    """A contract file to start from."""
    forges = desk.forges()
    ready = [name for name in forges if name in desk.connections.forges]
    connection = next(iter([*ready, *forges]), "github")
    gateways = desk.gateways()
    ready_ones = [one for one in gateways.values() if desk.is_ready(one)]
    gateway = next(iter(ready_ones or gateways.values()), GatewayConfig("platform", "http"))
    wish = Wish(
        template=TEMPLATE,
        total="30000.00",
        currency="eur" if gateway.kind == "bank" else "usd",
        connection=connection,
        forge=forges.get(connection, "github"),
        repository=f"{connection}:{next(iter(owners_repositories(desk, connection)), NO_REPOSITORY)}",
        gateway=gateway.name,
        gateway_kind=gateway.kind,
        gateway_url=gateway.url or "https://pay.example/events",
        gateway_account=gateway.account,
        api_url=desk.settings.value(connection, "API_URL"),
    )
    return render(wish)
