"""What is wrong with the connections, as far as it is known without asking anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from app.connections import installed
from app.connections.finding import Finding
from app.connections.troubles import list_troubles
from app.errors import CloseoutError
from app.milestones.contract import RepositoryKey
from app.milestones.problems import number_of
from app.notices.switched_off import list_switched_off
from app.notices.text import moment


def lacking(problems: Mapping[str, CloseoutError]) -> list[Finding]:
    """What the file names and that can not be used, by "connection github" or "gateway platform"."""
    return [
        Finding(about, "broken", f"{one.where}: {one.what}" if one.where else one.what, one.mend)
        for about, one in problems.items()
    ]


def switched_off(reading: sa.Connection) -> list[Finding]:
    """Gateways whose platform said that it wants nothing any more, and how they are told of changes again."""
    return [
        Finding(
            f"gateway {one['gateway']}",
            "broken",
            f"{one['reason']} at {one['address']} since {moment(one['at'])}: nothing is told there,"
            f" {number_of(one['kept_back'], 'event')} kept back",
            f"Once the platform takes events again: closeout gateways enable {one['gateway']}",
        )
        for one in list_switched_off(reading)
    ]


def known_problems(reading: sa.Connection, keys: Iterable[RepositoryKey]) -> list[Finding]:
    """Apps that can not be read or do not reach `keys`, and what the last sweep could not read of them.

    Of several problems of one repository the first is told: it is what the others come from.
    """
    wanted = set(keys)
    found = {
        f"connection {name}": Finding(f"connection {name}", "broken", problem, "closeout doctor")
        for name, problem in installed.problems(reading).items()
        if any(key.connection == name for key in wanted)
    }
    for gap in installed.gaps(reading, wanted):
        found.setdefault(str(gap.key), Finding(str(gap.key), "broken", gap.what, gap.mend))
    mine = {str(key) for key in wanted}
    for one in list_troubles(reading):
        if one["about"] in mine:
            found.setdefault(one["about"], Finding(one["about"], "broken", one["what"], "closeout doctor"))
    return list(found.values())
