"""Reads a form as Stripe does: `metadata[a]=1&lines[0][amount]=5&expand[]=x` become nested values. Pure."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from app.sandbox.stripe.errors import Refused

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")
MAX_FIELDS = 1000


def read_form(text: str) -> dict[str, Any]:
    """Nested dicts and lists with text at the leaves. Raises Refused."""
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise Refused("Invalid request: the parameters are not form encoded.") from error
    form: dict[str, Any] = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        if match is None:
            raise Refused(f"Invalid request: the parameter name '{name}' is malformed.", param=name)
        _put(form, [match[1], *_STEP.findall(match[2])], value, name)
    return {name: _listed(value, name) for name, value in form.items()}


def _put(place: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    for step in steps[:-1]:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            raise Refused(f"Invalid request: '{name}' is both a value and a hash.", param=name)
    last = str(len(place)) if steps[-1] == "" else steps[-1]
    if last in place:
        raise Refused(f"Invalid request: '{name}' was given twice.", param=name)
    place[last] = value


def _listed(value: Any, name: str) -> Any:
    """Dicts whose keys count from 0 are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one, f"{name}[{key}]") for key, one in value.items()}
    if inner and all(key.isdecimal() for key in inner) and not name.startswith("metadata"):
        if sorted(int(key) for key in inner) != list(range(len(inner))):
            raise Refused("Invalid array", param=name)
        return [inner[str(number)] for number in range(len(inner))]
    return inner
