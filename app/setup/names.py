"""The names of connections and gateways, which name addresses and the variables of their secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.errors import SettingsError
from app.milestones.environment import Kind, fixed_variables, variables
from app.milestones.fields import NAME


def check_name(kind: Kind, name: str, others: Iterable[tuple[Kind, str]]) -> str:
    """The name, when a new one may be called so beside these. Raises SettingsError.

    Two readers of one variable would share a secret: a connection `status` would read CLOSEOUT_STATUS_TOKEN.
    """
    if not re.fullmatch(NAME, name, re.ASCII):
        raise SettingsError(
            f"{name[:40]!r} is not a name",
            where="name",
            mend="Use lower-case letters, digits and dashes, 32 at most, a letter first",
        )
    mine = set(variables(kind, name))
    readers = dict.fromkeys(fixed_variables(), "Closeout itself")
    for other in others:
        if other != (kind, name):
            readers |= dict.fromkeys(variables(*other), f"the {other[0]} {other[1]}")
    if shared := sorted(mine & readers.keys()):
        raise SettingsError(
            f"{name!r} would read {shared[0]}, which {readers[shared[0]]} reads",
            where="name",
            mend="Choose another name",
        )
    return name
