"""The address of a forge's server and the paths of its repositories, as people write them; and our own."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from app.errors import SettingsError

_API = ("/api/v4", "/api/v1")
_PORTS = {"https": ":443", "http": ":80"}
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
    """Whether two spellings name one server, with or without its API's path and its scheme's own port."""
    return _bare(one) == _bare(other)


def _bare(address: str) -> str:
    for api in _API:
        address = address.rstrip("/").removesuffix(api)
    scheme, _, rest = address.rstrip("/").lower().partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.removesuffix(_PORTS.get(scheme, ''))}{slash}{path}"


def doubts(public_url: str) -> list[str]:
    """What will not work where the forges are to call this server at such an address."""
    parts, found = urlsplit(public_url), []
    if _is_local(parts.hostname or ""):
        found.append(
            f"only this machine or its own network reaches {public_url}: GitHub.com and GitLab.com refuse to "
            "send webhooks there, and a forge of that network does so only if its administrator allows it"
        )
    if parts.scheme == "http":
        found.append(
            f"{public_url} is plain http: what clients and forges send can be read and changed on the way. "
            "Put a TLS proxy in front, and give its https address"
        )
    return found


def _is_local(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal"))
