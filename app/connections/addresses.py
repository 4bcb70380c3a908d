"""The address of a forge's server and the paths of its repositories, as people write them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from app.errors import SettingsError

_API = ("/api/v4", "/api/v1")
_FULL_NAME = re.compile(r"[\w.-]+(/[\w.-]+)+")


def server_address(text: str, example: str) -> str:
    """https://host[:port][/path] of a forge, without its API's path. Raises SettingsError."""
    text = text.strip()
    text = text if "://" in text else f"https://{text}"
    address = text.rstrip("/")
    for api in _API:
        address = address.removesuffix(api)
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable, parts = False, urlsplit("")
    is_plain = address.isascii() and address.isprintable() and " " not in address
    if not is_usable or not is_plain or parts.username or parts.query or parts.fragment:
        raise SettingsError(
            "this is not the address of a server",
            where="URL",
            mend=f"Give what people open, for example {example}",
        )
    return address


def is_full_name(text: str) -> bool:
    """Whether this can be the path of a repository."""
    return bool(_FULL_NAME.fullmatch(text)) and ".." not in text


def same_server(one: str, other: str) -> bool:
    """Whether two spellings name one server, with or without its API's path."""
    return _bare(one) == _bare(other)


def _bare(address: str) -> str:
    for api in _API:
        address = address.rstrip("/").removesuffix(api)
    return address.rstrip("/").lower()
