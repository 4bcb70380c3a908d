"""Where an invoice of ours may be: every contract that was ever known, at every gateway that is configured.

A contract may have been moved to another gateway, or renamed, after the backup was made: then neither the
file nor the restored books say where its milestones were billed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.gateways.base import Gateway
from app.milestones.contract import Configuration, Contract
from app.releases.frozen import gateways_to_ask
from app.releases.tables import intents, releases


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A contract at a gateway's account: `gateway` is the name to ask under, `names` are all that it has."""

    contract_id: str
    gateway: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.contract_id} at {self.gateway}"

    def bills(self, contract: Contract) -> Contract:
        """The contract as it is where it is billed here, under whichever name."""
        return contract if contract.gateway in self.names else replace(contract, gateway=self.gateway)


def places(
    connection: sa.Connection, file: Configuration, gateways: Mapping[str, Gateway]
) -> tuple[list[Place], list[str]]:
    """Every place to ask, and the gateways that the file, the books or their backup know and nobody can ask.

    The file's are all wanted: one without a secret may have been connected, and billed at, after the backup.

    Two names of one account are one place, asked under a name that the books have, else the file: else each
    invoice of one would be missing from the other.
    """
    ours = sa.select(releases.c.contract_id, intents.c.gateway).join(
        intents, intents.c.release_id == releases.c.id
    )
    billed = sorted((contract_id, name) for contract_id, name in connection.execute(ours.distinct()))
    homes = sorted((one.id, one.gateway) for one in file.contracts.values())
    known = set(connection.scalars(sa.select(releases.c.contract_id)))
    anywhere = [(one, name) for one in sorted(known | set(file.contracts)) for name in sorted(gateways)]
    found: dict[tuple[str, tuple[str, ...]], Place] = {}
    for contract_id, name in (*billed, *homes, *anywhere):
        if name in gateways:
            logins = gateways[name].logins
            names = tuple(one for one in sorted(gateways) if gateways[one].logins & logins)
            found.setdefault((contract_id, names), Place(contract_id, name, names))
    wanted = {*file.gateways, *(name for _, name in billed), *gateways_to_ask(connection)}
    return sorted(found.values()), sorted(wanted - set(gateways))
