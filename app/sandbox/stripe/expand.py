"""Puts whole objects where an answer has their ids. https://docs.stripe.com/api/expanding_objects"""

from __future__ import annotations

from typing import Any

from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.shelf import Shelf

MAX_DEPTH = 4
EXPANDABLE = frozenset(
    {
        "amount_paid_off_stripe",
        "balance_transaction",
        "charge",
        "customer",
        "destination",
        "invoice",
        "latest_charge",
        "lines",
        "payment_intent",
        "payments",
        "refunds",
        "source_transaction",
        "transfer",
    }
)
"""With what a path may begin in a request that books: it is refused before anything is booked."""


def expand(shelf: Shelf, answer: dict[str, Any], paths: list[str]) -> None:
    """Change `answer` in place. Raises Refused for a path that can not be expanded."""
    for path in paths:
        steps = path.split(".")
        if len([one for one in steps if one != "data"]) > MAX_DEPTH:
            raise Refused(
                f"You cannot expand more than {MAX_DEPTH} levels of a property.",
                code="property_expansion_max_depth",
                param="expand",
            )
        _walk(shelf, answer, steps, path)


def check_expandable(paths: list[str]) -> None:
    """Raises Refused for a path that no answer to a booking has."""
    for path in paths:
        if path.split(".")[0] not in EXPANDABLE:
            raise _impossible(path)


def _walk(shelf: Shelf, value: Any, steps: list[str], path: str) -> None:
    if isinstance(value, list):
        for one in value:
            _walk(shelf, one, steps, path)
        return
    if not steps or value is None:
        return
    head, rest = steps[0], steps[1:]
    extra = shelf.extras.get((value.get("object", ""), head)) if isinstance(value, dict) else None
    if extra and head not in value:
        own = shelf.find(value["id"])
        value[head] = extra(own) if own else None
    if not isinstance(value, dict) or head not in value:
        raise _impossible(path)
    child = value[head]
    if isinstance(child, str):
        found = shelf.find(child)
        if found is None:
            raise _impossible(path)
        value[head] = shelf.view(found)
    elif not isinstance(child, (dict, list, type(None))) and not extra:
        raise _impossible(path)
    if rest:
        _walk(shelf, value[head], rest, path)


def _impossible(path: str) -> Refused:
    return Refused(f"This property cannot be expanded ({path}).", param="expand")
