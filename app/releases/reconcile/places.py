"""Where an invoice of ours may be: every contract that was ever known, at every gateway that is configured.

A contract may have been moved to another gateway, or renamed, after the backup was made: then neither the
file nor the restored books say where its milestones were billed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.gateways.base import Gateway
from app.milestones.contract import Configuration
from app.releases.frozen import gateways_to_ask
from app.releases.tables import intents, releases


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A contract at a gateway, by its name in the file."""

    contract_id: str
    gateway: str

    def __str__(self) -> str:
        return f"{self.contract_id} at {self.gateway}"


def places(
    connection: sa.Connection, file: Configuration, gateways: Mapping[str, Gateway]
) -> tuple[list[Place], list[str]]:
    """Every place to ask, and the gateways that the file, the books or their backup know and nobody can ask.

    The file's are all wanted: one without a secret may have been connected, and billed at, after the backup.

    Two names of one address are one account, which is asked under the name that the books have, else the
    file: else each invoice of one would be missing from the other.
    """
    ours = sa.select(releases.c.contract_id, intents.c.gateway).join(
        intents, intents.c.release_id == releases.c.id
    )
    billed = sorted(Place(*row) for row in connection.execute(ours.distinct()))
    homes = sorted(Place(one.id, one.gateway) for one in file.contracts.values())
    known = set(connection.scalars(sa.select(releases.c.contract_id)))
    anywhere = [Place(one, name) for one in sorted(known | set(file.contracts)) for name in sorted(gateways)]
    found: dict[tuple[str, str], Place] = {}
    for place in (*billed, *homes, *anywhere):
        if place.gateway in gateways:
            found.setdefault((place.contract_id, gateways[place.gateway].address), place)
    wanted = {*file.gateways, *(one.gateway for one in billed), *gateways_to_ask(connection)}
    return sorted(found.values()), sorted(wanted - set(gateways))
