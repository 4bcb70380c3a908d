"""An answer whose contents a fault bends: broken JSON, another amount, another currency. Pure."""

from __future__ import annotations

import json
from typing import Any

_AMOUNTS = frozenset({"amount", "amount_due", "amount_paid", "amount_received", "amount_remaining", "total"})


def spoilt(status: int, body: bytes, fault: str) -> bytes:
    """The body as it goes out; only what was done is bent, never a refusal."""
    if status != 200 or fault not in ("wrong_json", "wrong_amount", "wrong_currency"):
        return body
    if fault == "wrong_json":
        return body[: len(body) // 2]
    return json.dumps(_bent(json.loads(body), fault), ensure_ascii=False).encode()


def _bent(value: Any, fault: str) -> Any:
    if isinstance(value, list):
        return [_bent(one, fault) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _other(name, _bent(one, fault), fault) for name, one in value.items()}


def _other(name: str, value: Any, fault: str) -> Any:
    if fault == "wrong_amount" and name in _AMOUNTS and type(value) is int:
        return value + 1
    if fault == "wrong_currency" and name == "currency" and isinstance(value, str):
        return "eur" if value != "eur" else "usd"
    return value
