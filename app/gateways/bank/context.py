"""What the context of an order says of the people in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def party_in(context: Mapping[str, Any], role: str) -> dict[str, Any]:
    """The "seller" or "client" of an order's context; {} where it has none."""
    found = context.get(role)
    return found if isinstance(found, dict) else {}


def legs_in(context: Mapping[str, Any]) -> dict[str, int]:
    """What each payee may get of the invoice, by account; {} where the order does not say it."""
    return {leg["account_token"]: leg["amount_cents"] for leg in context.get("legs", ())}
