"""Holds every parameter against the SDK's own parameter types, and turns text into numbers and truths.

`Literal[...] | str` counts as the Literal: Stripe refuses what is not in it, the `str` is there for values of
later versions. https://docs.stripe.com/error-codes has the codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from stripe import RequestOptions
from stripe._stripe_object import UntypedStripeObject

from app.sandbox.stripe.errors import Refused

_NAMES = {"StripeContext": object, "Mapping": Mapping}
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,12})?", re.ASCII)
MAX_TEXT = 5000
METADATA_KEYS, METADATA_KEY, METADATA_VALUE = 50, 40, 500
"""https://docs.stripe.com/metadata"""


def check(shape: type, form: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The parameters of one request with their right types. Raises Refused.

    `required` adds what Stripe needs and its types mark as optional.
    """
    return _hash(shape, form, "", required)


@cache
def fields(shape: type) -> dict[str, Any]:
    """What a request may carry, by name, without what the SDK itself takes for its own use."""
    hints = get_type_hints(shape, localns=_NAMES)
    own = get_type_hints(RequestOptions, localns=_NAMES)
    return {name: hint for name, hint in hints.items() if name not in own}


def _hash(shape: type, form: Mapping[str, Any], path: str, required: tuple[str, ...] = ()) -> dict[str, Any]:
    known = fields(shape)
    for name in form:
        if name not in known:
            full = _join(path, name)
            raise Refused(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    needed = [name for name in known if name in getattr(shape, "__required_keys__", ()) or name in required]
    for name in needed:
        if name not in form:
            full = _join(path, name)
            raise Refused(f"Missing required param: {full}.", code="parameter_missing", param=full)
    return {name: _value(known[name], value, _join(path, name)) for name, value in form.items()}


def _value(hint: Any, value: Any, path: str) -> Any:
    options = [one for one in get_args(hint) if one is not type(None)] if _is_union(hint) else [hint]
    literals = [text for one in options if get_origin(one) is Literal for text in get_args(one)]
    if path.endswith("metadata"):
        return _metadata(value, path, may_clear="" in literals)
    if isinstance(value, str) and value in literals:
        return value
    rest = [one for one in options if get_origin(one) is not Literal]
    if literals and rest == [str] and literals != [""]:
        rest = []
    if literals and not rest:
        choices = ", ".join(str(one) for one in literals)
        raise Refused(f"Invalid {path}: must be one of {choices}", param=path)
    wanted = _fitting(rest, value)
    if wanted is None:
        raise Refused(f"Invalid {_called(rest)}", param=path)
    if _is_hash(wanted):
        return _hash(wanted, value, path)
    if get_origin(wanted) is list:
        return [_value(get_args(wanted)[0], one, f"{path}[{place}]") for place, one in enumerate(value)]
    return value if get_origin(wanted) is dict else _plain(wanted, value, path)


def _is_hash(hint: Any) -> bool:
    """Whether it is a TypedDict, of the typing module or of its newer copy, which the SDK uses."""
    return hasattr(hint, "__required_keys__")


def _is_union(hint: Any) -> bool:
    return get_origin(hint) is not None and get_origin(hint) not in (list, dict, Literal, UntypedStripeObject)


def _fitting(options: list[Any], value: Any) -> Any:
    """The option whose kind (hash, array, text) the value has."""
    for one in options:
        is_hash = _is_hash(one) or get_origin(one) is dict
        is_list = get_origin(one) is list
        if (isinstance(value, dict) and is_hash) or (isinstance(value, list) and is_list):
            return one
        if isinstance(value, str) and not is_hash and not is_list:
            return one
    return None


def _called(options: list[Any]) -> str:
    if any(get_origin(one) is list for one in options):
        return "array"
    return "hash" if any(_is_hash(one) or get_origin(one) is dict for one in options) else "string"


def _plain(wanted: Any, text: str, path: str) -> Any:
    if text == "":
        raise Refused(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a"
            f" parameter; however '{path}' cannot be unset.",
            code="parameter_invalid_empty",
            param=path,
        )
    if wanted is int:
        if not _WHOLE.fullmatch(text):
            raise Refused(f"Invalid integer: {text}", code="parameter_invalid_integer", param=path)
        return int(text)
    if wanted is bool:
        if text not in ("true", "false"):
            raise Refused(f"Invalid boolean: {text}", param=path)
        return text == "true"
    if wanted is Decimal:
        if not _DECIMAL.fullmatch(text):
            raise Refused(f"Invalid decimal: {text}", param=path)
        return text
    if len(text) > MAX_TEXT:
        raise Refused(
            f"Invalid string: {path} must be at most {MAX_TEXT} characters",
            code="parameter_invalid_string_length",
            param=path,
        )
    return text


def _metadata(value: Any, path: str, *, may_clear: bool) -> Any:
    if value == "" and may_clear:
        return value
    if not isinstance(value, dict) or any(not isinstance(one, str) for one in value.values()):
        raise Refused("Invalid hash", param=path)
    if len(value) > METADATA_KEYS:
        raise Refused(f"Metadata can have up to {METADATA_KEYS} keys.", param=path)
    for key, text in value.items():
        if len(key) > METADATA_KEY:
            raise Refused(f"Metadata keys can have up to {METADATA_KEY} characters.", param=f"{path}[{key}]")
        if len(text) > METADATA_VALUE:
            raise Refused(
                f"Metadata values can have up to {METADATA_VALUE} characters.", param=f"{path}[{key}]"
            )
    return dict(value)


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
