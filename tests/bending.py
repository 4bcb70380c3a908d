"""Documents that are wrong in one place."""

from __future__ import annotations

import copy
from typing import Any

GONE = object()


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with the field at `path` ("items.0.name") set to `value`, or taken away with GONE."""
    result = copy.deepcopy(document)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = result
    for step in steps:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return result
