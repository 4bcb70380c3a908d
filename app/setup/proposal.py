"""What a new contract says before anybody typed: what was connected, and a repository, in a template."""

from __future__ import annotations

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
    gateway = next(iter([name for name in gateways if desk.has(name, "SECRET")] or gateways), "platform")
    wish = Wish(
        template=TEMPLATE,
        total="30000.00",
        currency="usd",
        connection=connection,
        forge=forges.get(connection, "github"),
        repository=f"{connection}:{next(iter(owners_repositories(desk, connection)), NO_REPOSITORY)}",
        gateway=gateway,
        gateway_url=gateways.get(gateway, "https://pay.example/events"),
        api_url=desk.settings.value(connection, "API_URL"),
    )
    return render(wish)
